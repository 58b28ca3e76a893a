import { afterEach, beforeEach, expect, test } from 'vitest';
import { ask, problemIn } from '../testing/ask.ts';
import { idleTrack } from '@sluice/protocol/http/testing/sample-views.ts';
import { type TestApi, testApi } from '../testing/test-api.ts';

const TRACK = '/api/v1/tracks/storefront/production/web';
let api: TestApi;

beforeEach(() => {
  api = testApi();
});
afterEach(() => api.app.close());

const command = (name: string, headers: Record<string, string> = {}) =>
  ask(api, { method: 'POST', url: `${TRACK}/commands`, headers, payload: { command: name, by: 'ada' } });

test('a command is passed on and answered with the track after it, and its tag', async () => {
  const response = await command('pause');
  expect(response.statusCode).toBe(200);
  expect(response.json()).toMatchObject({
    version: 18,
    active: { phase: 'held', reason: { kind: 'paused' } },
  });
  expect(response.headers.etag).toBe((await ask(api, TRACK)).headers.etag);
  expect(api.plane.effects).toEqual(['pause web']);
});

test('whoever looked at an older version is refused with 412 and nothing happens', async () => {
  const { etag } = (await ask(api, TRACK)).headers;
  expect((await command('pause', { 'if-match': String(etag) })).statusCode).toBe(200);
  expect(problemIn(await command('abort', { 'if-match': String(etag) }))).toMatchObject({ status: 412 });
  expect(api.plane.effects).toEqual(['pause web']);
});

test('an If-Match that is no tag is refused and not ignored', async () => {
  expect(problemIn(await command('abort', { 'if-match': 'latest' }))).toMatchObject({
    status: 400,
    code: 'invalid-entity-tag',
  });
  expect(api.plane.effects).toEqual([]);
});

test('a command to nothing is a conflict', async () => {
  api.plane.put(idleTrack());
  expect(problemIn(await command('skip'))).toMatchObject({ status: 409, code: 'nothing-under-way' });
});

test('a command that there is not is refused with those that there are', async () => {
  const problem = problemIn(await command('explode'));
  expect(problem.errors?.[0]).toMatchObject({ pointer: '/body/command' });
  expect(problem.detail).toContain('"pause"|"resume"|"promote"|"promote-full"|"skip"|"abort"');
});

test('a page of another site cannot command', async () => {
  const response = await command('abort', { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' });
  expect(problemIn(response)).toMatchObject({ status: 403, code: 'cross-site-request' });
  expect(api.plane.effects).toEqual([]);
});

test('a name that resolves to this machine is not enough', async () => {
  const response = await command('abort', { host: 'evil.example:7070' });
  expect(problemIn(response)).toMatchObject({ status: 421, code: 'unknown-host' });
  expect(api.plane.effects).toEqual([]);
});
