import { afterEach, beforeEach, expect, test } from 'vitest';
import { ask, problemIn } from '../testing/ask.ts';
import { type TestApi, testApi } from '../testing/test-api.ts';

const URL = '/api/v1/tracks/storefront/production/web/logs';
let api: TestApi;

beforeEach(() => {
  api = testApi();
});
afterEach(() => api.app.close());

test('the last lines come as plain text', async () => {
  const response = await ask(api, `${URL}?revision=v2&tail=2`);
  expect(response.headers['content-type']).toBe('text/plain; charset=utf-8');
  expect(response.body).toBe('v2 line 3\nv2 line 4\n');
});

test('without a revision it is the newest', async () => {
  expect((await ask(api, URL)).body).toContain('newest line 1');
});

test.each(['', '../../etc/passwd', 'a b', 'x'.repeat(254)])('an instance %j is refused', async (name) => {
  const response = await ask(api, `${URL}?instance=${encodeURIComponent(name)}`);
  expect(problemIn(response).errors?.[0]?.pointer).toBe('/query/instance');
});

test.each(['0', '-1', '10001', 'many', '1.5'])('a tail of %s is refused', async (tail) => {
  expect(problemIn(await ask(api, `${URL}?tail=${tail}`)).errors?.[0]?.pointer).toBe('/query/tail');
});
