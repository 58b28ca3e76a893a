import { once } from 'node:events';
import type { IncomingMessage, RequestListener } from 'node:http';
import { type ClientHttp2Session, connect as connectHttp2 } from 'node:http2';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, expect, test } from 'vitest';
import { assert } from '@sluice/core/kernel/assert.ts';
import { type PortLimits, SharedPort } from './shared-port.ts';

const LIMITS: PortLimits = {
  headerBytes: 16_384,
  requestTimeoutMs: 300,
  lookEveryMs: 50,
  closeTimeoutMs: 300,
};
const open: SharedPort[] = [];
const sockets: (Socket | ClientHttp2Session)[] = [];

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await Promise.all(open.splice(0).map(closed));
});

const closed = (port: SharedPort): Promise<unknown> =>
  port.listening ? new Promise((resolve) => void port.close(resolve)) : Promise.resolve();
const answer: RequestListener = (request, response) => response.end(`HTTP/${request.httpVersion}`);
async function listening(handler = answer, limits: Partial<PortLimits> = {}) {
  const port = new SharedPort(handler, { ...LIMITS, ...limits });
  open.push(port);
  port.listen(0, '127.0.0.1');
  await once(port, 'listening');
  const number = (port.address() as AddressInfo).port;
  return { port, number, url: `http://127.0.0.1:${number}` };
}
function session(url: string): ClientHttp2Session {
  const made = connectHttp2(url).on('error', () => undefined);
  sockets.push(made);
  return made;
}
function dial(number: number): Socket {
  const socket = connect(number, '127.0.0.1').on('error', () => undefined);
  sockets.push(socket);
  return socket;
}
async function ask(over: ClientHttp2Session, headers: object = {}): Promise<string> {
  const stream = over.request({ ':path': '/', ...headers });
  stream.end();
  return text(stream);
}

test('one port answers both versions, to several callers at once', async () => {
  const { url } = await listening();
  const over = session(url);
  const answers = await Promise.all([
    ...Array.from({ length: 20 }, async () => (await fetch(url)).text()),
    ...Array.from({ length: 20 }, () => ask(over)),
  ]);
  expect(answers.slice(0, 20)).toEqual(Array.from({ length: 20 }, () => 'HTTP/1.1'));
  expect(answers.slice(20)).toEqual(Array.from({ length: 20 }, () => 'HTTP/2.0'));
});

test('first bytes that come one by one are waited for', async () => {
  const { number } = await listening();
  const slow = dial(number).setNoDelay();
  for (const letter of 'PUT / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\nConnection: close\r\n\r\n') {
    slow.write(letter);
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(await text(slow)).toContain('HTTP/1.1 200 OK');
  const preface = dial(number).setNoDelay();
  for (const letter of 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n') {
    preface.write(letter);
    await new Promise((resolve) => setImmediate(resolve));
  }
  preface.write(Buffer.from('000000040000000000', 'hex'));
  const [settings] = (await once(preface, 'data')) as [Buffer];
  expect(settings[3]).toBe(4);
});

test('a connection that says nothing, or half a preface, is closed', async () => {
  const { number } = await listening();
  const silent = dial(number);
  const half = dial(number);
  half.write('PRI * HT');
  await Promise.all([silent, half].map((socket) => once(socket.resume(), 'close')));
});

test('a caller that breaks HTTP/2 loses its own connection only', async () => {
  const { url, number } = await listening();
  const broken = dial(number);
  broken.write('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\nand then no frames at all, but words, words and words');
  broken.resume();
  await once(broken, 'close');
  expect(await ask(session(url))).toBe('HTTP/2.0');
});

test('headers that are too large are refused over HTTP/2 as well', async () => {
  const { url } = await listening();
  const over = session(url);
  const stream = over.request({ ':path': '/', 'x-large': 'x'.repeat(20_000) });
  const refused = once(stream, 'close');
  stream.on('error', () => undefined).resume();
  let status: number | undefined;
  stream.on('response', (headers) => {
    status = headers[':status'];
  });
  await refused;
  expect(status ?? 431).toBe(431);
  expect(await ask(session(url))).toBe('HTTP/2.0');
});

test('closing lets what runs end, over both versions, and lets nothing else in', async () => {
  const running: (() => void)[] = [];
  const { port, url, number } = await listening(
    (request, response) => {
      running.push(() => response.end(`HTTP/${request.httpVersion}`));
    },
    { closeTimeoutMs: 20_000 },
  );
  const idle = session(url);
  await once(idle, 'connect');
  const undecided = dial(number);
  await once(undecided, 'connect');
  const answers = [fetch(url).then((response) => response.text()), ask(session(url))];
  while (running.length < 2) await new Promise((resolve) => setImmediate(resolve));
  const ended = closed(port);
  await expect(fetch(url)).rejects.toThrow('fetch failed');
  for (const end of running) end();
  expect((await Promise.all(answers)).toSorted()).toEqual(['HTTP/1.1', 'HTTP/2.0']);
  await ended;
});

test('closing cuts what does not end in time', async () => {
  const heard: IncomingMessage[] = [];
  const { port, url } = await listening((request) => void heard.push(request));
  const hanging = fetch(url).then(
    () => 'answered',
    () => 'cut',
  );
  const stream = session(url).request({ ':path': '/' });
  stream.on('error', () => undefined);
  while (heard.length < 2) await new Promise((resolve) => setImmediate(resolve));
  const cut = once(stream, 'close');
  await closed(port);
  expect(await hanging).toBe('cut');
  await cut;
  assert(heard.length === 2, 'both were being answered');
});
