import { once } from 'node:events';
import { createServer, type Http2Server, type ServerHttp2Stream } from 'node:http2';
import { afterEach, beforeEach, expect, it } from 'vitest';
import {
  Cleanup,
  deadPort,
  endpoint,
  exchangeRaw,
  GatewayRig,
  listen,
  RawClient,
  tableOf,
  until,
} from './router-rig.ts';

const cleanup = new Cleanup();
let rig: GatewayRig;

beforeEach(async () => {
  rig = await GatewayRig.start(cleanup, { lingerMs: 100 });
});
afterEach(() => cleanup.run());

type Serve = (stream: ServerHttp2Stream, headers: Record<string, string>) => void;

async function start(serve: Serve): Promise<{ server: Http2Server; sessions: () => number }> {
  let sessions = 0;
  const server = createServer();
  server.on('session', (session) => {
    sessions++;
    session.on('error', () => undefined);
    cleanup.add(() => session.destroy());
  });
  server.on('stream', (stream, headers) => {
    stream.on('error', () => undefined);
    serve(stream, headers as Record<string, string>);
  });
  await listen(cleanup, server);
  rig.apply(tableOf({ route: { protocol: 'h2c' } }), [endpoint('v1', server)]);
  return { server, sessions: () => sessions };
}

const GET = 'GET /x?y HTTP/1.1\r\nHost: shop.example\r\nConnection: close\r\n\r\n';

it('an instance that speaks h2c gets the request with its host, path and forwarding', async () => {
  await start((stream, headers) => {
    stream.respond({ ':status': 200, 'content-type': 'application/json' });
    stream.end(JSON.stringify(headers));
  });
  const answer = await fetch(`${rig.origin}/x?y`, { headers: { accept: 'text/plain' } });
  expect(answer.headers.get('x-sluice-revision')).toBe('v1');
  expect(await answer.json()).toMatchObject({
    ':method': 'GET',
    ':path': '/x?y',
    ':authority': `127.0.0.1:${rig.port}`,
    accept: 'text/plain',
    'x-forwarded-for': '127.0.0.1',
  });
  expect(rig.counts().arms['v1']).toMatchObject({ requests: 1, errors: 0, statuses: [0, 1, 0, 0, 0, 0] });
});

it('many requests at a time share one connection', async () => {
  const streams: ServerHttp2Stream[] = [];
  const { sessions } = await start((stream) => {
    streams.push(stream);
    if (streams.length === 20)
      for (const one of streams) one.respond({ ':status': 204 }, { endStream: true });
  });
  const answers = await Promise.all(Array.from({ length: 20 }, () => fetch(rig.origin)));
  expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 20 }, () => 204));
  expect(sessions()).toBe(1);
});

it('more than a connection carries take a second one', async () => {
  cleanup.add(() => undefined);
  rig = await GatewayRig.start(cleanup, { streamsPerConnection: 5 });
  const streams: ServerHttp2Stream[] = [];
  const { sessions } = await start((stream) => {
    streams.push(stream);
    if (streams.length === 8) for (const one of streams) one.respond({ ':status': 204 }, { endStream: true });
  });
  await Promise.all(Array.from({ length: 8 }, () => fetch(rig.origin)));
  expect(sessions()).toBe(2);
});

it.each([
  ['with a length', 'Content-Length: 5\r\n\r\nhello'],
  ['in chunks', 'Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n'],
])('a body %s arrives whole', async (_name, rest) => {
  await start((stream) => {
    let got = '';
    stream.on('data', (chunk: Buffer) => (got += chunk.toString()));
    stream.on('end', () => {
      stream.respond({ ':status': 200, 'content-length': got.length + 4 });
      stream.end(`got ${got}`);
    });
  });
  const answer = await exchangeRaw(
    cleanup,
    rig.port,
    `POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n${rest}`,
  );
  expect(answer).toMatch(/^HTTP\/1.1 200 OK\r\n[^]*\r\n\r\ngot hello$/);
});

it('a body of 8 MB goes both ways whole', async () => {
  await start((stream) => {
    stream.respond({ ':status': 200 });
    stream.pipe(stream);
  });
  const body = Buffer.alloc(8 * 1_048_576, 'abcdefg');
  const answer = await fetch(rig.origin, { method: 'POST', body });
  expect(Buffer.from(await answer.arrayBuffer()).equals(body)).toBe(true);
});

it('repeated headers and trailers come through', async () => {
  await start((stream) => {
    stream.respond({ ':status': 200, 'set-cookie': ['a=1', 'b=2'] }, { waitForTrailers: true });
    stream.on('wantTrailers', () => stream.sendTrailers({ 'x-sum': '42' }));
    stream.end('body');
  });
  const answer = await exchangeRaw(cleanup, rig.port, GET);
  expect(answer).toMatch(/set-cookie: a=1\r\nset-cookie: b=2/i);
  expect(answer).toMatch(/0\r\nx-sum: 42\r\n\r\n$/i);
});

it('an answer streams before it ends', async () => {
  let open: ServerHttp2Stream | undefined;
  await start((stream) => {
    stream.respond({ ':status': 200, 'content-type': 'text/event-stream' });
    open = stream;
  });
  const client = await RawClient.connect(cleanup, rig.port);
  client.send('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
  await client.until(/event-stream[^]*\r\n\r\n/);
  open?.write('data: 1\n\n');
  await client.until(/data: 1/);
  open?.end();
  await client.until(/0\r\n\r\n$/);
});

it('a client that leaves ends the stream and not the connection', async () => {
  const { promise: asked, resolve: onAsked } = Promise.withResolvers<ServerHttp2Stream>();
  let requests = 0;
  const { sessions } = await start((stream) => {
    if (++requests === 1) onAsked(stream);
    else stream.respond({ ':status': 204 }, { endStream: true });
  });
  const client = await RawClient.connect(cleanup, rig.port);
  client.send('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
  const stream = await asked;
  const ended = once(stream, 'close');
  client.socket.destroy();
  await ended;
  expect((await fetch(rig.origin)).status).toBe(204);
  expect(sessions()).toBe(1);
  await until(() => rig.tracks.inFlight().length === 0);
});

it.each([
  [
    'refuses connections',
    async () => rig.apply(tableOf({ route: { protocol: 'h2c' } }), [endpoint('v1', await deadPort())]),
    502,
  ],
  ['resets the stream', () => start((stream) => stream.close(2)), 502],
  ['does not answer in time', () => startSlow(), 504],
])('an instance that %s is answered in its place', async (_name, prepare, status) => {
  await prepare();
  expect(await exchangeRaw(cleanup, rig.port, GET)).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
  expect(rig.counts().arms['v1']).toMatchObject({ requests: 1, errors: 1, statuses: [0, 0, 0, 0, 0, 1] });
});

async function startSlow(): Promise<void> {
  const { server } = await start(() => undefined);
  rig.apply(tableOf({ route: { protocol: 'h2c', timeoutMs: 50 } }), [endpoint('v1', server)]);
}
