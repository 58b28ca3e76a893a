import { secretPageSchema, secretSchema } from '@sluice/protocol/http/secrets.ts';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ask, problemIn } from '../testing/ask.ts';
import { type TestApi, testApi } from '../testing/test-api.ts';

let api: TestApi;
beforeEach(() => {
  api = testApi();
});
afterEach(() => api.app.close());

const send = (method: 'PUT' | 'DELETE' | 'POST', url: string, payload?: object) =>
  api.app.inject({ method, url, headers: { host: 'localhost' }, ...(payload && { payload }) });

test('a secret is set, listed and removed, and its value is in no answer and no line of the log', async () => {
  const set = await send('PUT', '/api/v1/secrets/shop-db', { value: 'hunter2-hunter2' });
  expect(secretSchema.parse(set.json())).toMatchObject({ name: 'shop-db', version: 1 });
  const list = await ask(api, '/api/v1/secrets');
  expect(secretPageSchema.parse(list.json()).items).toHaveLength(1);
  const rotated = await send('POST', '/api/v1/secret-keys/rotations', {});
  expect(rotated.statusCode).toBe(200);
  const removed = await send('DELETE', '/api/v1/secrets/shop-db');
  expect(removed.statusCode).toBe(200);
  const everything =
    [set, list, rotated, removed].map(({ body }) => body).join() + JSON.stringify(api.logged());
  expect(everything).not.toContain('hunter2');
});

test.each([
  ['no value', { value: '' }],
  ['a zero byte', { value: 'hunter2\0' }],
  ['an unknown key', { value: 'hunter2', values: 'hunter2' }],
  ['a number', { value: 12 }],
])('with %s it is refused, and what was given is not repeated', async (_, body) => {
  const reply = await send('PUT', '/api/v1/secrets/shop-db', body);
  expect(problemIn(reply)).toMatchObject({ status: 400, code: 'invalid-request' });
  expect(reply.body + JSON.stringify(api.logged())).not.toContain('hunter2');
});
