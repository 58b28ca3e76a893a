import { afterEach, beforeEach, expect, test } from 'vitest';
import { ask, problemIn } from '../testing/ask.ts';
import { type TestApi, testApi } from '../testing/test-api.ts';

const file = { text: 'application: shop\ncomponents:\n  web: { run: node a.js }\n', file: 'sluice.yaml' };
let api: TestApi;

beforeEach(() => {
  api = testApi({ tracks: [] });
});
afterEach(() => api.app.close());

const release = (change: object = {}, headers: Record<string, string> = {}) =>
  ask(api, {
    method: 'POST',
    url: '/api/v1/releases',
    headers,
    payload: { ...file, baseDirectory: '/srv/shop', version: 'v2', ...change },
  });

test('a release is accepted, and its track can be read', async () => {
  const response = await release();
  expect(response.statusCode).toBe(202);
  expect(response.json()).toMatchObject({
    application: 'shop',
    rollouts: [{ track: 'shop/production/web' }],
  });
  expect((await ask(api, '/api/v1/tracks/shop/production/web')).statusCode).toBe(200);
});

test('a plan says the same and changes nothing', async () => {
  const payload = { ...file, baseDirectory: '/srv/shop', version: 'v2' };
  const response = await ask(api, { method: 'POST', url: '/api/v1/plans', payload });
  expect(response.statusCode).toBe(200);
  expect(response.json()).toMatchObject({ version: 'v2', rollouts: [{ rollout: null }] });
  expect(api.plane.effects).toEqual([]);
});

test('a refused file is a 422 with every fault at its place', async () => {
  const problem = problemIn(await release({ text: 'components: {}' }));
  expect(problem).toMatchObject({ status: 422, code: 'invalid-file' });
  expect(problem.faults).toMatchObject([{ file: 'sluice.yaml', line: 2, column: 5, suggestion: 'port' }]);
});

test('a repetition with the same key has one effect and says that it is one', async () => {
  const key = { 'idempotency-key': 'deploy-1' };
  const first = await release({}, key);
  const again = await release({}, key);
  expect(first.headers['idempotency-replayed']).toBeUndefined();
  expect(again.headers['idempotency-replayed']).toBe('true');
  expect([again.statusCode, again.json()]).toEqual([first.statusCode, first.json()]);
  expect(api.plane.effects).toEqual(['release v2 of web']);
});

test('the same key for another release is refused', async () => {
  const key = { 'idempotency-key': 'deploy-1' };
  await release({}, key);
  expect(problemIn(await release({ version: 'v3' }, key))).toMatchObject({ status: 422 });
  expect(api.plane.effects).toEqual(['release v2 of web']);
});

test('repetitions that arrive while the first is under way have one effect', async () => {
  const gate = Promise.withResolvers<void>();
  api.plane.hold = gate.promise;
  const key = { 'idempotency-key': 'deploy-1' };
  const replies = [1, 2, 3].map(() => release({}, key));
  gate.resolve();
  const bodies = (await Promise.all(replies)).map((response) => response.json() as unknown);
  expect(bodies).toEqual([bodies[0], bodies[0], bodies[0]]);
  expect(api.plane.effects).toEqual(['release v2 of web']);
});

test('a file of a million characters is taken, one more is not', async () => {
  const text = file.text.padEnd(1_000_000, '#');
  expect((await release({ text })).statusCode).toBe(202);
  expect(problemIn(await release({ text: `${text}#` })).errors?.[0]?.pointer).toBe('/body/text');
});
