import { afterEach, beforeEach, expect, test } from 'vitest';
import { ask, problemIn } from '../testing/ask.ts';
import { sampleTrack } from '@sluice/protocol/http/testing/sample-views.ts';
import { type TestApi, testApi } from '../testing/test-api.ts';

const URL = '/api/v1/tracks/storefront/production/web';
let api: TestApi;

beforeEach(() => {
  api = testApi();
});
afterEach(() => api.app.close());

test('a track is given as the control plane shows it, with its tag', async () => {
  const response = await ask(api, URL);
  expect(response.statusCode).toBe(200);
  expect(response.json()).toEqual(sampleTrack());
  expect(response.headers.etag).toMatch(/^"17\./);
});

test('whoever has the present tag gets 304 and no body', async () => {
  const { etag } = (await ask(api, URL)).headers;
  const response = await ask(api, { url: URL, headers: { 'if-none-match': String(etag) } });
  expect(response.statusCode).toBe(304);
  expect(response.body).toBe('');
  expect(response.headers.etag).toBe(etag);
});

test('a change that is no new version is still seen by those who have the old tag', async () => {
  const { etag } = (await ask(api, URL)).headers;
  api.plane.put(sampleTrack({ splitConfirmed: false }));
  const response = await ask(api, { url: URL, headers: { 'if-none-match': String(etag) } });
  expect(response.statusCode).toBe(200);
});

test('a track that is not there is a 404', async () => {
  expect(problemIn(await ask(api, '/api/v1/tracks/storefront/production/db')).code).toBe('not-found');
});

test('HEAD gives the headers alone', async () => {
  const response = await ask(api, { url: URL, method: 'HEAD' });
  expect(response.statusCode).toBe(200);
  expect(response.headers.etag).toBeDefined();
  expect(response.body).toBe('');
});
