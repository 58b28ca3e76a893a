import { SluiceError } from '@sluice/core/kernel/failure.ts';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ask as askApi, problemIn } from './testing/ask.ts';
import { type TestApi, testApi } from './testing/test-api.ts';

let api: TestApi;

beforeEach(() => {
  api = testApi();
});
afterEach(() => api.app.close());

const ask = (options: Parameters<typeof askApi>[1]) => askApi(api, options);

test('an unknown path is a 404 that says where the operations are listed', async () => {
  const problem = problemIn(await ask({ url: '/api/v1/nothing' }));
  expect(problem).toMatchObject({ status: 404, code: 'no-such-path', title: 'Not Found' });
  expect(problem.remedy).toContain('/openapi.json');
});

test('a wrong method is a 405 with the methods that the path takes', async () => {
  const response = await ask({ method: 'DELETE', url: '/api/v1/tracks/shop/production/web' });
  expect(problemIn(response).code).toBe('method-not-allowed');
  expect(response.headers.allow).toBe('GET, HEAD');
});

test('malformed JSON is a 400 and not an error of the server', async () => {
  const headers = { 'content-type': 'application/json' };
  const response = await ask({ method: 'POST', url: '/api/v1/plans', headers, payload: '{"text": ' });
  expect(problemIn(response)).toMatchObject({ status: 400, code: 'malformed-json' });
});

test('a body that is not JSON is a 415, so that no HTML form can send one', async () => {
  for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x']) {
    const headers = { 'content-type': type };
    const response = await ask({ method: 'POST', url: '/api/v1/plans', headers, payload: '{}' });
    expect(problemIn(response)).toMatchObject({ status: 415, code: 'unsupported-media-type' });
  }
});

test('a body that is too large is a 413', async () => {
  const url = '/api/v1/tracks/storefront/production/web/commands';
  const payload = { command: 'pause', by: 'x'.repeat(70_000) };
  expect(problemIn(await ask({ method: 'POST', url, payload }))).toMatchObject({
    status: 413,
    code: 'body-too-large',
  });
});

test('a request that does not fit the schema names each fault with a JSON pointer', async () => {
  const payload = { text: 'a', file: 'f', baseDirectory: 'relative', lane: 'fast', 'a/b': 1 };
  const problem = problemIn(await ask({ method: 'POST', url: '/api/v1/releases', payload }));
  expect(problem.code).toBe('invalid-request');
  expect(problem.errors).toEqual([
    { pointer: '/body/baseDirectory', detail: 'invalid string: must start with "/"' },
    { pointer: '/body/lane', detail: 'invalid option: expected one of "normal"|"hotfix"' },
    { pointer: '/body/a~1b', detail: 'is not known here' },
  ]);
});

test('queries and paths are held to their schemas as bodies are', async () => {
  const query = problemIn(await ask({ url: '/api/v1/tracks?limit=900&aplication=shop' }));
  expect(query.errors?.map(({ pointer }) => pointer)).toEqual(['/query/limit', '/query/aplication']);
  const path = problemIn(await ask({ url: '/api/v1/rollouts/ro%202' }));
  expect(path.errors?.map(({ pointer }) => pointer)).toEqual(['/path/id']);
});

test('text that no database can hold is refused before it is asked for', async () => {
  const url = '/api/v1/tracks/storefront/production/web/rollbacks';
  const headers = { 'content-type': 'application/json' };
  const response = await ask({ method: 'POST', url, headers, payload: '{"to":"a\\u0000","by":"\\ud800"}' });
  expect(problemIn(response).errors?.map(({ pointer }) => pointer)).toEqual(['/body/to', '/body/by']);
  expect(api.plane.effects).toEqual([]);
});

test('what fails unexpectedly is a 500 that tells nothing of the inside, and is logged with the request id', async () => {
  api.plane.failure = new TypeError('cannot read properties of the secret table');
  const response = await ask({ url: '/api/v1/tracks', headers: { 'x-request-id': 'abc-1' } });
  const problem = problemIn(response);
  expect(problem).toMatchObject({ status: 500, instance: 'urn:sluice:request:abc-1' });
  expect(response.body).not.toContain('secret');
  expect(api.logged()).toContainEqual(
    expect.objectContaining({ level: 'error', msg: 'request failed', requestId: 'abc-1' }),
  );
});

test('what does not answer is a 503 that says when to come back', async () => {
  api.plane.failure = new SluiceError('unreachable', 'the database does not answer', { next: 'retry' });
  const response = await ask({ url: '/api/v1/tracks' });
  expect(problemIn(response)).toMatchObject({ status: 503, code: 'unreachable' });
  expect(response.headers['retry-after']).toBe('2');
});

test('an answer that takes too long is given up with 503', async () => {
  const slow = testApi({ limits: { answerTimeoutMs: 20 } });
  slow.plane.hold = new Promise(() => {});
  const response = await slow.app.inject({ url: '/api/v1/tracks', headers: { host: 'localhost' } });
  expect(problemIn(response)).toMatchObject({ status: 503, code: 'answer-timed-out' });
  await slow.app.close();
});

test('a control plane that breaks its own contract is found out and not passed on', async () => {
  const track = await api.plane.track('storefront/production/web');
  if (track.ok) api.plane.put({ ...track.value, version: 1.5 });
  const response = await ask({ url: '/api/v1/tracks/storefront/production/web' });
  expect(problemIn(response)).toMatchObject({ status: 500, code: 'unexpected' });
});

test('every answer carries a request id, must not be cached or sniffed, and does not name its server', async () => {
  for (const url of ['/health/live', '/api/v1/tracks', '/nothing']) {
    const { headers } = await ask({ url });
    expect(headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
    expect(headers).toMatchObject({ 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' });
    expect(headers.server).toBeUndefined();
  }
});

test('a request id that could break a log line is replaced', async () => {
  const { headers } = await ask({ url: '/health/live', headers: { 'x-request-id': 'a b\tc' } });
  expect(headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
});

test('each request is logged once: changes as info, reads as debug', async () => {
  await ask({ url: '/api/v1/tracks' });
  const url = '/api/v1/tracks/storefront/production/web/commands';
  await ask({ method: 'POST', url, payload: { command: 'pause' } });
  const answered = api.logged().filter(({ msg }) => msg === 'request answered');
  expect(answered).toMatchObject([
    { level: 'debug', method: 'GET', route: '/api/v1/tracks', status: 200 },
    { level: 'info', method: 'POST', route: expect.stringContaining('/commands'), status: 200 },
  ]);
});
