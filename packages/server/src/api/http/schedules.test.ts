import { schedulePageSchema, scheduleSchema } from '@sluice/protocol/http/schedules.ts';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ask, problemIn } from '../testing/ask.ts';
import { type TestApi, testApi } from '../testing/test-api.ts';

let api: TestApi;
beforeEach(() => {
  api = testApi();
});
afterEach(() => api.app.close());

const PATH = '/api/v1/tracks/storefront/production/web/schedules';
const put = (name: string, payload: object = { cron: '0 9 * * 1-5' }) =>
  ask(api, { method: 'PUT', url: `${PATH}/${name}`, payload });
const post = (path: string) => ask(api, { method: 'POST', url: `${PATH}/${path}` });

test('a schedule is made with its defaults, and shown', async () => {
  const made = await put('daily');
  expect(made.statusCode).toBe(200);
  const view = scheduleSchema.parse(made.json());
  expect(view).toMatchObject({
    name: 'daily',
    timeZone: 'UTC',
    missed: 'once',
    overlap: 'allow',
    priority: 5,
  });
  const read = await ask(api, { url: `${PATH}/daily` });
  expect(scheduleSchema.parse(read.json())).toEqual(view);
});

test('schedules are listed page by page, of one track or all', async () => {
  for (const name of ['a', 'b', 'c']) await put(name);
  const first = schedulePageSchema.parse((await ask(api, { url: '/api/v1/schedules?limit=2' })).json());
  expect(first.items.map(({ name }) => name)).toEqual(['a', 'b']);
  const rest = await ask(api, { url: `/api/v1/schedules?limit=2&cursor=${first.next}` });
  expect(schedulePageSchema.parse(rest.json()).items.map(({ name }) => name)).toEqual(['c']);
  const other = await ask(api, { url: '/api/v1/schedules?track=storefront/production/other' });
  expect(schedulePageSchema.parse(other.json()).items).toEqual([]);
});

test('a schedule rests, goes on and is removed', async () => {
  await put('daily');
  expect(scheduleSchema.parse((await post('daily/pause')).json()).isPaused).toBe(true);
  expect(scheduleSchema.parse((await post('daily/resume')).json()).isPaused).toBe(false);
  expect((await ask(api, { method: 'DELETE', url: `${PATH}/daily` })).statusCode).toBe(200);
  const gone = problemIn(await ask(api, { url: `${PATH}/daily` }));
  expect(gone).toMatchObject({ status: 404, remedy: expect.stringContaining('sluice schedules list') });
});

test('what is no schedule is refused with what to do', async () => {
  expect(problemIn(await put('daily', { cron: 'now' }))).toMatchObject({
    ...{ status: 422, code: 'invalid-schedule', remedy: expect.stringContaining('0 9 * * 1-5') },
  });
  expect((await put('daily', { cron: '* * * * *', every: '5m' })).statusCode).toBe(400);
  expect((await put('Not_A_Name')).statusCode).toBe(400);
});

test('what a release has brought is changed by releases', async () => {
  await put('daily');
  for (const [key, view] of api.schedules.known) api.schedules.known.set(key, { ...view, origin: 'file' });
  for (const refused of [await put('daily'), await ask(api, { method: 'DELETE', url: `${PATH}/daily` })])
    expect(problemIn(refused)).toMatchObject({
      ...{ status: 409, code: 'declared', remedy: expect.stringContaining('sluice schedules pause') },
    });
  expect((await post('daily/pause')).statusCode).toBe(200);
});
