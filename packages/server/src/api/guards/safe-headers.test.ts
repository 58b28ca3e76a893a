/** Every answer, of whichever route and whoever refused, carries the headers that keep browsers from misusing it. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ApiParts } from '../api-parts.ts';
import { listenOnLoopback } from '../listen-on-loopback.ts';
import { type TestApi, testApi } from '../testing/test-api.ts';
import { SAFE_HEADERS } from './safe-headers.ts';

let api: TestApi;
let port = 0;
const routes: { readonly method: string; readonly url: string }[] = [
  ...['/', '/assets/page.js', '/sluice.svg'].map((url) => ({ method: 'GET', url })),
];

beforeAll(async () => {
  const page = { type: 'text/html; charset=utf-8', bytes: Buffer.from('<p>'), gzipped: null, tag: '"1"' };
  const others = new Map([['/sluice.svg', { ...page, type: 'image/svg+xml' }]]);
  // What they would do fails, and the answer that says so is one as well.
  const unfinished = { accounts: {}, signIn: {}, presses: {} } as Partial<ApiParts>;
  api = testApi({ dashboard: { files: async () => ({ page, others }) }, ...unfinished });
  // Operations are registered when the API gets ready, so each of them passes here.
  api.app.addHook('onRoute', ({ method, url }) => {
    for (const name of [method].flat()) routes.push({ method: name, url });
  });
  ({ port } = await listenOnLoopback(api.app, { port: 0 }));
});
afterAll(() => api.app.close());

/** The headers of an answer; its body, which may never end, is not waited for. */
async function headersOf(method: string, path: string) {
  const gone = new AbortController();
  const body = method === 'GET' || method === 'HEAD' ? {} : { body: '{}' };
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch(`http://127.0.0.1:${port}${path}`, {
    ...{ method, headers, redirect: 'manual', signal: gone.signal },
    ...body,
  });
  gone.abort();
  return { status: answer.status, headers: Object.fromEntries(answer.headers) };
}

/** What pages of ours may do is theirs to say, as long as nobody frames them. */
function expectSafe(headers: Readonly<Record<string, unknown>>, where: string) {
  const { 'content-security-policy': _policy, 'referrer-policy': _referrer, ...others } = SAFE_HEADERS;
  expect(headers, where).toMatchObject(others);
  expect(headers['referrer-policy'], where).toMatch(/^(no-referrer|same-origin)$/);
  expect(headers['content-security-policy'], where).toContain("default-src 'none'");
  expect(headers['content-security-policy'], where).toContain("frame-ancestors 'none'");
}

test('of every route there is', { timeout: 60_000 }, async () => {
  expect(routes.length).toBeGreaterThan(100);
  expect(routes.filter(({ url }) => /^\/(auth|hooks)\//.test(url)).length).toBeGreaterThan(5);
  for (const { method, url } of routes) {
    const path = url.replaceAll(/:[a-zA-Z]+/g, 'x').replace('*', 'x');
    expectSafe((await headersOf(method, path)).headers, `${method} ${path}`);
  }
});

test.each([
  ['GET', '/api/v1/tracks', 200],
  ['GET', '/api/v1/events', 200],
  ['GET', '/', 200],
  ['GET', '/sluice.svg', 200],
  ['GET', '/api/v1/tracks/storefront/production/web', 200],
  ['GET', '/nothing', 404],
  ['GET', '/%', 400],
  ['GET', `/api/v1/rollouts/${'x'.repeat(300)}`, 400],
  ['DELETE', '/api/v1/tracks', 405],
])('of %s %s', async (method, path, expected) => {
  const { status, headers } = await headersOf(method, path);
  expect(status).toBe(expected);
  expectSafe(headers, path);
});

test('of what is refused before any route is looked for', async () => {
  const refused = await api.app.inject({ url: '/api/v1/tracks', headers: { host: 'evil.example' } });
  expect(refused.statusCode).toBe(421);
  expectSafe(refused.headers, 'a stranger');
});

describe('the command to come by https alone', () => {
  const told = async (publicUrl: string | null) => {
    const { app } = testApi({ publicUrl });
    const { headers } = await app.inject({ url: '/health/live', headers: { host: 'localhost' } });
    await app.close();
    return headers['strict-transport-security'];
  };
  test('is given where people come by https', async () => {
    expect(await told('https://sluice.example')).toBe('max-age=31536000');
  });
  test('is not given by a server that has no https, for whose whole machine it would hold', async () => {
    expect(await told(null)).toBeUndefined();
    expect(await told('http://sluice.example')).toBeUndefined();
  });
});
