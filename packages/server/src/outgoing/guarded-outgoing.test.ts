import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { SluiceError } from '@sluice/core/kernel/failure.ts';
import { request } from 'undici';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { ResolveHost } from './address-judge.ts';
import type { GuardedOutgoing } from './guarded-outgoing.ts';
import { outgoingUnder } from './testing/outgoing-under.ts';

let server: Server;
let port = 0;
let hits: string[] = [];
let encodings: (string | string[] | undefined)[] = [];
const opened: GuardedOutgoing[] = [];

beforeEach(async () => {
  hits = [];
  encodings = [];
  server = createServer((request, response) => {
    hits.push(request.url ?? '');
    encodings.push(request.headers['accept-encoding']);
    if (request.url === '/away') response.writeHead(302, { location: `http://127.0.0.1:${port}/inside` });
    if (request.url === '/bomb') {
      response.writeHead(200, { 'content-encoding': 'gzip' });
      response.end(gzipSync(Buffer.alloc(8 * 1024 * 1024)));
      return;
    }
    if (request.url === '/large') response.write('x'.repeat(2 * 1024 * 1024));
    response.end('{}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  port = (server.address() as AddressInfo).port;
});
afterEach(async () => {
  await Promise.all(opened.splice(0).map((each) => each.close()));
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

function outgoing(rules: string, resolve?: ResolveHost, organisation: string | null = null): GuardedOutgoing {
  const made = outgoingUnder(rules, { organisation, ...(resolve && { resolve }) });
  opened.push(made);
  return made;
}

test.each([
  (at: number) => `http://127.0.0.1:${at}/`,
  (at: number) => `http://localhost:${at}/`,
  (at: number) => `http://2130706433:${at}/`,
  (at: number) => `http://0x7f.1:${at}/`,
  (at: number) => `http://0177.0.0.1:${at}/`,
  (at: number) => `http://127.1:${at}/`,
  (at: number) => `http://[::ffff:127.0.0.1]:${at}/`,
  (at: number) => `http://0.0.0.0:${at}/`,
  (at: number) => `http://ada:secret@127.0.0.1:${at}/`,
  () => 'file:///etc/passwd',
  () => 'gopher://127.0.0.1/',
  () => 'http://169.254.169.254/latest/meta-data/',
])('what lies inside is not reached, however it is written', async (address) => {
  const { fetch, check } = outgoing('');
  const url = address(port);
  const thrown = await fetch(url).catch((failure: unknown) => failure);
  expect(thrown).toBeInstanceOf(SluiceError);
  expect(thrown).toMatchObject({ code: 'invalid-input', next: 'ask-human' });
  expect(String(thrown)).not.toContain('secret');
  expect(await check(url)).toMatchObject({ ok: false });
  expect(hits).toEqual([]);
});

test('what is allowed is reached, at the allowed port alone', async () => {
  const { fetch, check, connect } = outgoing(`127.0.0.1:${port}`);
  expect((await fetch(`http://127.0.0.1:${port}/in`)).status).toBe(200);
  expect(await check(`http://127.0.0.1:${port}/in`)).toEqual({ ok: true, value: null });
  expect(await check(`http://127.0.0.1:${port === 1 ? 2 : 1}/in`)).toMatchObject({ ok: false });
  const socket = await connect({ host: '127.0.0.1', port }, new AbortController().signal);
  socket.destroy();
  expect(hits).toEqual(['/in']);
});

test('a name that means another address by the time of the connection gains nothing', async () => {
  const answers = [['93.184.216.34'], ['127.0.0.1']];
  const { fetch, check } = outgoing('', async () => answers.shift() ?? ['127.0.0.1']);
  expect(await check(`http://rebinding.example:${port}/`)).toMatchObject({ ok: true });
  await expect(fetch(`http://rebinding.example:${port}/`)).rejects.toMatchObject({ code: 'invalid-input' });
  expect(hits).toEqual([]);
});

test('of several addresses of a name only one that may be reached is used', async () => {
  const { fetch } = outgoing(`127.0.0.1:${port}`, async () => ['10.0.0.1', '127.0.0.1']);
  expect((await fetch(`http://mixed.example:${port}/`)).status).toBe(200);
});

test('a redirect is an answer and nothing is followed', async () => {
  const { fetch } = outgoing(`127.0.0.1:${port}`);
  const answer = await fetch(`http://127.0.0.1:${port}/away`, { redirect: 'follow' });
  expect(answer.status).toBe(302);
  expect(hits).toEqual(['/away']);
});

test('an answer without end is cut off', async () => {
  const { fetch } = outgoing(`127.0.0.1:${port}`);
  const answer = await fetch(`http://127.0.0.1:${port}/large`);
  await expect(answer.text()).rejects.toThrow();
});

test('nothing compressed is asked for, and what is compressed all the same is not unpacked', async () => {
  const { fetch, lines } = outgoing(`127.0.0.1:${port}`);
  const url = `http://127.0.0.1:${port}/bomb`;
  await expect(fetch(url, { headers: { 'accept-encoding': 'gzip' } })).rejects.toMatchObject({
    code: 'invalid-reply',
    message: expect.stringContaining('compressed (gzip)'),
  });
  const { dispatcher } = lines({ mostBytes: 1000 });
  await expect(request(url, { dispatcher })).rejects.toMatchObject({ code: 'invalid-reply' });
  expect(encodings).toEqual(['identity', undefined]);
});

test('lines of one’s own are under the same rules, and end at their own number of bytes', async () => {
  const { lines } = outgoing(`127.0.0.1:${port}`);
  const { dispatcher, fetch } = lines({ mostBytes: 3 * 1024 * 1024 });
  expect(await (await fetch(`http://127.0.0.1:${port}/large`)).text()).toHaveLength(2 * 1024 * 1024 + 2);
  const refused = request(`http://127.0.0.2:${port}/`, { dispatcher });
  await expect(refused).rejects.toMatchObject({ code: 'invalid-input' });
  const short = lines({ mostBytes: 1024 }).dispatcher;
  const { body } = await request(`http://127.0.0.1:${port}/large`, { dispatcher: short });
  await expect(body.text()).rejects.toThrow();
});

test('when the first address of a host does not answer, the next is tried', async () => {
  const { fetch } = outgoing('127.0.0.0/8', async () => ['127.0.0.9', '127.0.0.1']);
  expect((await fetch(`http://several.example:${port}/`)).status).toBe(200);
});

test('what is allowed to one organisation opens nothing to another, nor to the operator', async () => {
  const rules = `127.0.0.1:${port},acme=127.0.0.2:${port}`;
  const inside = `http://127.0.0.1:${port}/`;
  const acmes = `http://127.0.0.2:${port}/`;
  expect((await outgoing(rules).fetch(inside)).status).toBe(200);
  expect(await outgoing(rules).check(acmes)).toMatchObject({ ok: false });
  expect(await outgoing(rules, undefined, 'acme').check(acmes)).toMatchObject({ ok: true });
  const refused = await outgoing(rules, undefined, 'acme').check(inside);
  expect(refused).toMatchObject({
    ok: false,
    refusal: { message: expect.stringContaining(`--allow-outgoing acme=127.0.0.1:${port}`) },
  });
  expect(await outgoing(rules, undefined, 'other').check(acmes)).toMatchObject({ ok: false });
});

test('an organisation does not learn what names mean in the network of the operator', async () => {
  const resolve = async (): Promise<string[]> => ['10.20.30.40'];
  const own = await outgoing('', resolve).check('http://wiki.internal/');
  expect(JSON.stringify(own)).toContain('--allow-outgoing 10.20.30.40:80');
  const foreign = await outgoing('', resolve, 'acme').check('http://wiki.internal/');
  expect(foreign).toMatchObject({ ok: false, refusal: { code: 'refused-destination' } });
  expect(JSON.stringify(foreign)).not.toContain('10.20');
});

test('a host that nobody knows is told apart from one that is refused', async () => {
  const unknown = await outgoing('').check('http://no-such-host.invalid/');
  expect(unknown).toMatchObject({ ok: false, refusal: { code: 'unknown-host' } });
});

test('an attempt ends when its signal does', async () => {
  const silent = createServer(() => undefined);
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  const at = (silent.address() as AddressInfo).port;
  try {
    const ending = new AbortController();
    const asked = outgoing(`127.0.0.1:${at}`).fetch(`http://127.0.0.1:${at}/`, { signal: ending.signal });
    silent.once('request', () => ending.abort());
    await expect(asked).rejects.toMatchObject({ name: 'AbortError' });
  } finally {
    silent.closeAllConnections();
    await new Promise((resolve) => silent.close(resolve));
  }
});

test('a mail server inside is not reached either', async () => {
  const { connect, check } = outgoing('');
  const { signal } = new AbortController();
  await expect(connect({ host: 'localhost', port }, signal)).rejects.toMatchObject({ code: 'invalid-input' });
  expect(await check(`tcp://127.0.0.1:${port}`)).toMatchObject({ ok: false });
  expect(await check('tcp://mail.example')).toMatchObject({ ok: false });
});
