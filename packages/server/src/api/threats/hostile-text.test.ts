/** Text that people or programs wrote is never a page, a script or a header of an answer. */
import { gzipSync } from 'node:zlib';
import { connect } from 'node:net';
import { MemoryService } from '@sluice/protocol/generated/sluice/agents/v1/memory_pb.js';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { escaped } from '../http/access/login-page.ts';
import { listenOnLoopback } from '../listen-on-loopback.ts';
import { type TestApi, testApi } from '../testing/test-api.ts';

const SCRIPT = '<script>alert(1)</script>';
let api: TestApi;
let port = 0;
const routes: string[] = [];

beforeAll(async () => {
  api = testApi({ calls: (router) => void router.service(MemoryService, {}) });
  const logs = api.plane.logs.bind(api.plane);
  api.plane.logs = async (...query) => {
    const found = await logs(...query);
    return found.ok ? { ...found, value: `${SCRIPT}\n` } : found;
  };
  api.app.addHook('onRoute', ({ method, url }) => {
    if ([method].flat().includes('GET')) routes.push(url);
  });
  ({ port } = await listenOnLoopback(api.app, { port: 0 }));
});
afterAll(() => api.app.close());

/** Sends a request as it is, and gives everything that comes back. */
function exchange(bytes: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes, 'latin1'));
    let answer = '';
    socket.setEncoding('latin1').on('data', (text: string) => {
      answer += text;
    });
    socket.on('close', () => resolve(answer));
    socket.on('error', reject);
  });
}

test('no operation answers with anything that a browser would show as a page', {
  timeout: 30_000,
}, async () => {
  expect(routes.length).toBeGreaterThan(50);
  for (const route of routes) {
    const path = route.replaceAll(/:[a-zA-Z]+/g, encodeURIComponent(SCRIPT));
    const gone = new AbortController();
    const answer = await fetch(`http://127.0.0.1:${port}${path}?x=${encodeURIComponent(SCRIPT)}`, {
      headers: { accept: 'text/html' },
      signal: gone.signal,
    });
    const type = answer.headers.get('content-type') ?? '';
    gone.abort();
    expect(type, path).toMatch(
      /^(application\/([\w.+-]*json|octet-stream|problem\+json|yaml)|text\/(plain|event-stream|csv|markdown))(;|$)/,
    );
  }
});

test('what a process wrote to its log is plain text', async () => {
  const answer = await fetch(`http://127.0.0.1:${port}/api/v1/tracks/storefront/production/web/logs`, {
    headers: { accept: 'text/html' },
  });
  expect(await answer.text()).toBe(`${SCRIPT}\n`);
  expect(answer.headers.get('content-type')).toBe('text/plain; charset=utf-8');
  expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
});

test('what stands in a page of the sign-in is no markup', () => {
  expect(escaped(`${SCRIPT}"'&`)).not.toMatch(/[<>"']/);
});

test.each([
  ['a line feed', 'a\nset-cookie: stolen=1'],
  ['a carriage return', 'a\rset-cookie: stolen=1'],
  ['a folded line', 'a\r\n set-cookie: stolen=1'],
  ['a null', 'a\0b'],
  ['half a character', 'a\u00c3'],
  ['the end of a log line', 'a","level":"error'],
])('%s in the id of a request comes back in no header', async (_what, id) => {
  const answer = await exchange(
    `GET /health/live HTTP/1.1\r\nHost: localhost\r\nX-Request-Id: ${id}\r\nConnection: close\r\n\r\n`,
  );
  expect(answer).toMatch(/^HTTP\/1.1 (200|400) /);
  expect(answer).not.toMatch(/stolen|a\0b|"level"|\u00c3/i);
});

test.each([
  '%0d%0aset-cookie:%20stolen=1',
  '%0aset-cookie:%20stolen=1',
  '%e5%98%8a%e5%98%8dset-cookie:stolen=1',
])('%s in a path makes no header', async (name) => {
  for (const path of [`/${name}`, `/api/v1/tracks/${name}/x/y`, `/api/v1/rollouts/${name}?x=${name}`]) {
    const { headers } = await fetch(`http://127.0.0.1:${port}${path}`, { redirect: 'manual' });
    expect(headers.get('set-cookie'), path).toBeNull();
  }
});

test('a compressed call that unpacks to more than a message may hold is refused while it is unpacked', async () => {
  const [method] = MemoryService.methods;
  const answer = await fetch(`http://127.0.0.1:${port}/${MemoryService.typeName}/${method?.name}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'content-encoding': 'gzip' },
    body: gzipSync(Buffer.alloc(200 * 1024 * 1024, ' ')),
  });
  expect(await answer.json()).toMatchObject({ code: 'resource_exhausted' });
});

test('a compressed body of the HTTP API is not unpacked', async () => {
  const answer = await fetch(`http://127.0.0.1:${port}/api/v1/plans`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'content-encoding': 'gzip' },
    body: gzipSync(JSON.stringify({ text: '' })),
  });
  expect(await answer.json()).toMatchObject({ status: 400, code: 'malformed-json' });
});
