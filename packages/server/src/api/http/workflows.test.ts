import { workflowPageSchema, workflowReplySchema, workflowSchema } from '@sluice/protocol/http/workflows.ts';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ask, problemIn } from '../testing/ask.ts';
import { type TestApi, testApi } from '../testing/test-api.ts';

let api: TestApi;
beforeEach(() => {
  api = testApi();
});
afterEach(() => api.app.close());

const WORKFLOWS = '/api/v1/workflows';
const TRACK = 'shop/production/agent';
const post = (url: string, payload: object, headers = {}) =>
  ask(api, { method: 'POST', url, payload, headers });
const submit = async (...tasks: readonly object[]): Promise<string> => {
  const response = await post(WORKFLOWS, { tasks });
  expect(response.statusCode).toBe(202);
  return workflowReplySchema.parse(response.json()).id;
};

test('a workflow is taken, shown with its tasks, and cancelled', async () => {
  const id = await submit(
    { name: 'a', track: TRACK, input: { x: 1 } },
    { name: 'b', track: TRACK, after: ['a'], join: { quorum: 1 }, input: { $result: 'a' } },
  );
  const shown = workflowSchema.parse((await ask(api, `${WORKFLOWS}/${id}`)).json());
  expect(shown).toMatchObject({
    ...{ state: 'running', onFailure: 'fail', tasks: 2, limits: { depth: 8, fanOut: 100, tasks: 10_000 } },
    nodes: [
      { name: 'a', state: 'waiting' },
      { name: 'b', state: 'blocked', after: ['a'] },
    ],
  });
  const cancelled = await post(`${WORKFLOWS}/${id}/cancel`, { reason: 'enough' });
  expect(workflowSchema.parse(cancelled.json())).toMatchObject({ state: 'stopping', reason: 'enough' });
  expect(problemIn(await post(`${WORKFLOWS}/${id}/cancel`, {}))).toMatchObject({
    ...{ status: 409, code: 'not-possible' },
  });
});

test('workflows are listed in pages, the newest first, and by their state', async () => {
  const ids: string[] = [];
  for (let n = 0; n < 3; n++) ids.push(await submit({ name: 'a', track: TRACK }));
  api.workflows.put({ id: ids[0] ?? '', state: 'failed' });
  const first = workflowPageSchema.parse((await ask(api, `${WORKFLOWS}?limit=2`)).json());
  expect(first.items.map(({ id }) => id)).toEqual([ids[2], ids[1]]);
  const second = await ask(api, `${WORKFLOWS}?limit=2&cursor=${first.next}`);
  expect(workflowPageSchema.parse(second.json())).toMatchObject({ items: [{ id: ids[0] }], next: null });
  const failed = workflowPageSchema.parse((await ask(api, `${WORKFLOWS}?state=failed`)).json());
  expect(failed.items.map(({ id }) => id)).toEqual([ids[0]]);
});

test('twice with one Idempotency-Key is taken once', async () => {
  const send = () => post(WORKFLOWS, { tasks: [{ name: 'a', track: TRACK }] }, { 'idempotency-key': 'once' });
  expect((await send()).json()).toEqual((await send()).json());
  expect(api.workflows.known.size).toBe(1);
});

test.each([
  ['without a task', { tasks: [] }, 400, '/body/tasks'],
  [
    'with a key that is unknown',
    { tasks: [{ name: 'a', track: TRACK, prio: 1 }] },
    400,
    '/body/tasks/0/prio',
  ],
  ['for no track', { tasks: [{ name: 'a', track: 'agent' }] }, 400, '/body/tasks/0/track'],
  [
    'in a circle',
    {
      tasks: [
        { name: 'a', track: TRACK, after: ['b'] },
        { name: 'b', track: TRACK, after: ['a'] },
      ],
    },
    422,
    'a waits for b waits for a',
  ],
])('a workflow %s is refused', async (_, body, status, words) => {
  const problem = problemIn(await post(WORKFLOWS, body));
  expect(problem.status).toBe(status);
  expect(`${problem.detail} ${JSON.stringify(problem.errors)}`).toContain(words);
  expect(api.workflows.known.size).toBe(0);
});

test('one that nobody knows is not found', async () => {
  const url = `${WORKFLOWS}/01936b2e-4c00-7000-8000-00000000dead`;
  expect(problemIn(await ask(api, url))).toMatchObject({ status: 404, code: 'not-found' });
  expect((await post(`${url}/cancel`, {})).statusCode).toBe(404);
});
