import { afterEach, beforeEach, expect, test } from 'vitest';
import { ask, problemIn } from '../testing/ask.ts';
import { type TestApi, testApi } from '../testing/test-api.ts';

let api: TestApi;

beforeEach(() => {
  api = testApi();
});
afterEach(() => api.app.close());

const rollBack = (payload: object, headers: Record<string, string> = {}) =>
  ask(api, { method: 'POST', url: '/api/v1/tracks/storefront/production/web/rollbacks', headers, payload });

test('without a revision the one before stable comes back', async () => {
  const response = await rollBack({});
  expect(response.statusCode).toBe(202);
  expect(response.json()).toMatchObject({ active: { lane: 'undo', version: 'v0' } });
});

test('a revision that cannot be brought back is a conflict', async () => {
  expect(problemIn(await rollBack({ to: 'v9' })).status).toBe(409);
});

test('a repetition with the same key rolls back once', async () => {
  const key = { 'idempotency-key': 'undo-1' };
  await rollBack({ to: 'v0' }, key);
  expect((await rollBack({ to: 'v0' }, key)).headers['idempotency-replayed']).toBe('true');
  expect(api.plane.effects).toEqual(['roll back to v0']);
});
