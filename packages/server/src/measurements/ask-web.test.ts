import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { MeasurementQuery } from '@sluice/core/rollout/measurement-spec.ts';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { GuardedOutgoing } from '../outgoing/guarded-outgoing.ts';
import { loopbackOutgoing, outgoingUnder } from '../outgoing/testing/outgoing-under.ts';
import { type WebQuestions, webQuestions } from './ask-web.ts';
import type { MeasuredResult } from './measurement-ports.ts';
import { testContext } from './testing/measurement-at-hand.ts';

const never = new AbortController().signal;
const BODY = { data: { ok: true, rates: [0.5, 0.7], nothing: null }, items: [{ name: 'a' }, { name: 'b' }] };

let server: Server;
let outgoing: GuardedOutgoing;
let web: WebQuestions;
let origin: string;
const seen: { method?: string; url?: string; headers: IncomingMessage['headers']; body: string }[] = [];

beforeAll(async () => {
  server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      const { method = '', url = '', headers } = request;
      seen.push({ method, url, headers, body });
      if (url.startsWith('/text')) return response.end('all is well');
      if (url.startsWith('/bad')) return response.writeHead(503).end('{"data":{"ok":true}}');
      if (url.startsWith('/cut')) return request.socket.destroy();
      if (url.startsWith('/away')) return response.writeHead(302, { location: '/inside?token=x' }).end();
      if (url.startsWith('/large')) return response.end(Buffer.alloc(1024 * 1024 + 1, 'x'));
      return response.end(JSON.stringify(BODY));
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  outgoing = loopbackOutgoing();
  web = webQuestions(outgoing.lines);
});
afterAll(async () => {
  await web.close();
  await outgoing.close();
  await new Promise((resolve) => server.close(resolve));
});

type WebQuery = Extract<MeasurementQuery, { provider: 'web' }>;

const queryOf = (path: string, changes: Partial<WebQuery>): WebQuery => ({
  provider: 'web',
  url: `${origin}${path}`,
  method: 'GET',
  headers: {},
  body: null,
  jsonPath: null,
  insecure: false,
  timeoutMs: 5_000,
  ...changes,
});

const ask = (path: string, changes: Partial<WebQuery> = {}) =>
  web.ask(queryOf(path, changes), { context: testContext(), headers: { 'x-token': 'secret' } }, never);

it.each<[string | null, MeasuredResult]>([
  [null, BODY],
  ['{$.data.ok}', true],
  ['{.data.rates[1]}', 0.7],
  ['{.data.rates}', [0.5, 0.7]],
  ['$.items[0].name', 'a'],
  ['{$.items[-1:].name}', 'b'],
  ["{$['items'][*].name}", 'a'],
  ['{.data.nothing}', null],
])('at %s is %j', async (jsonPath, result) => {
  expect(await ask('/', { jsonPath })).toEqual({ ok: true, result, warnings: [], wentWell: true });
});

it('puts the revisions into address and body, and sends headers', async () => {
  await ask('/of/{{candidate}}', {
    method: 'POST',
    body: { revision: '{{stable}}', deep: [{ hash: '{{stable-hash}}' }] },
  });
  expect(seen.at(-1)).toMatchObject({
    method: 'POST',
    url: '/of/web-0000000000bb',
    body: '{"revision":"web-0000000000aa","deep":[{"hash":"0000000000aa"}]}',
    headers: { 'x-token': 'secret', 'content-type': 'application/json' },
  });
});

it('takes an answer that is no JSON as a text where nothing is looked for in it', async () => {
  expect(await ask('/text')).toMatchObject({ ok: true, result: 'all is well' });
});

it('says that it did not go well when the status is not 2xx', async () => {
  expect(await ask('/bad', { jsonPath: '{.data.ok}' })).toEqual({
    ok: true,
    result: { status: 503 },
    warnings: [],
    wentWell: false,
  });
});

it.each([
  ['/text', '{.data}', /answered 200 with something that is not JSON/],
  ['/', '{.data.missing}', /nothing at \{.data.missing\}/],
  ['/', '{.items[?(@.name=="a")].name}', /filters and scripts are not available/],
  ['/', '{.items[(@.length-1)]}', /filters and scripts are not available/],
  ['/', '{.data}{.items}', /one path in one pair of braces/],
  ['/cut', null, /was not measured/],
  ['/large', null, /longer than 1 MiB/],
] as const)('%s at %s is no measurement', async (path, jsonPath, message) => {
  expect(await ask(path, { jsonPath })).toEqual({ ok: false, message: expect.stringMatching(message) });
});

it('follows no redirect, so that its headers go to nobody else', async () => {
  const answered = await ask('/away');
  expect(answered).toEqual({
    ok: false,
    message: expect.stringMatching(/302 and would lead .*not followed/),
  });
  expect(seen.at(-1)?.url).toBe('/away');
  expect(JSON.stringify(answered)).not.toContain('token=');
});

it.each([
  ['the operator, who has allowed nothing', null, `--allow-outgoing 127.0.0.1`],
  ['another organisation', 'acme', `--allow-outgoing acme=127.0.0.1`],
])('leads nowhere inside for %s, and says what would have to be allowed', async (_, organisation, flag) => {
  const guarded = outgoingUnder(organisation === null ? '' : '127.0.0.0/8', { organisation });
  const guardedWeb = webQuestions(guarded.lines);
  const before = seen.length;
  try {
    for (const insecure of [false, true]) {
      const asked = { context: testContext(), headers: {} };
      const answered = await guardedWeb.ask({ ...queryOf('/', { insecure }) }, asked, never);
      expect(answered).toEqual({ ok: false, message: expect.stringContaining(flag) });
    }
    expect(seen).toHaveLength(before);
  } finally {
    await guarded.close();
  }
});

it('does not show what stands in the query of an address', async () => {
  const answered = await ask('', { url: 'http://127.0.0.1:1/path?token=secret' });
  expect(answered).toEqual({ ok: false, message: expect.stringContaining('http://127.0.0.1:1/path ') });
  expect(JSON.stringify(answered)).not.toContain('secret');
});
