import type { RequestListener } from 'node:http';
import { createServer } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import type { RouterLimits } from '../src/router/limits.ts';
import {
  Cleanup,
  endpoint,
  exchangeRaw,
  GatewayRig,
  listen,
  RawClient,
  startInstance,
  tableOf,
} from './router-rig.ts';

const cleanup = new Cleanup();
afterEach(() => cleanup.run());

/** Short enough for a test, looked at often enough to fire in time. */
const QUICK = { checkIntervalMs: 20, lingerMs: 100 };

const readAll: RequestListener = (request, response) => {
  request.resume().on('end', () => response.end('served'));
};

async function start(
  limits: Partial<RouterLimits>,
  maxBodyBytes = 0,
  listener = readAll,
): Promise<GatewayRig> {
  const rig = await GatewayRig.start(cleanup, { ...QUICK, ...limits });
  rig.apply(tableOf({ route: { maxBodyBytes } }), [endpoint('v1', await startInstance(cleanup, listener))]);
  return rig;
}

const GET = 'GET / HTTP/1.1\r\nHost: a\r\n';

describe('a head', () => {
  it('over the limit is answered 431', async () => {
    const rig = await start({ headerBytes: 2_048 });
    const answer = await exchangeRaw(cleanup, rig.port, `${GET}X-Long: ${'x'.repeat(3_000)}\r\n\r\n`);
    expect(answer).toMatch(/^HTTP\/1.1 431 [^]*x-sluice-reason: head-too-large/);
  });

  it('with more headers than Node keeps by default loses none', async () => {
    const rig = await GatewayRig.start(cleanup, { ...QUICK, headerBytes: 65_536 });
    const { promise, resolve } = Promise.withResolvers<string>();
    const instance = createServer((socket) => {
      let head = '';
      socket.on('data', (chunk: Buffer) => {
        head += chunk.toString('latin1');
        if (head.endsWith('\r\n\r\n')) resolve(head);
      });
    });
    rig.apply(tableOf(), [endpoint('v1', await listen(cleanup, instance))]);
    const many = Array.from({ length: 2_500 }, (_, index) => `x${index}: 1\r\n`).join('');
    (await RawClient.connect(cleanup, rig.port)).send(`${GET}${many}\r\n`);
    expect((await promise).match(/^x\d+: 1\r$/gm)).toHaveLength(2_500);
  });

  it('with a target over the limit is answered 414', async () => {
    const rig = await start({ urlBytes: 100 });
    const answer = await exchangeRaw(
      cleanup,
      rig.port,
      `GET /${'x'.repeat(100)} HTTP/1.1\r\nHost: a\r\n\r\n`,
    );
    expect(answer).toMatch(/^HTTP\/1.1 414 [^]*x-sluice-reason: uri-too-long/);
  });

  it('that comes byte by byte is answered 408 in time', async () => {
    const rig = await start({ headersTimeoutMs: 100, requestTimeoutMs: 10_000 });
    const client = await RawClient.connect(cleanup, rig.port);
    const drip = setInterval(() => client.socket.writable && client.send('X'), 10);
    cleanup.add(() => clearInterval(drip));
    client.send('GET / HTTP/1.1\r\n');
    expect(await client.ended()).toMatch(/^HTTP\/1.1 408 [^]*x-sluice-reason: request-timeout/);
  });

  it('that never comes is not answered: the connection just ends', async () => {
    const rig = await start({ headersTimeoutMs: 100, requestTimeoutMs: 10_000 });
    const client = await RawClient.connect(cleanup, rig.port);
    expect(await client.ended()).toBe('');
  });
});

describe('a body', () => {
  it('whose length is over the limit is answered 413 before it is sent', async () => {
    const rig = await start({}, 1_000);
    const client = await RawClient.connect(cleanup, rig.port);
    client.send('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1001\r\n\r\n');
    expect(await client.until(/body-too-large/)).toMatch(/^HTTP\/1.1 413 /);
  });

  it('up to the limit is served', async () => {
    const rig = await start({}, 1_000);
    const client = await RawClient.connect(cleanup, rig.port);
    client.send(`POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n${'x'.repeat(1_000)}`);
    expect(await client.until(/served/)).toMatch(/^HTTP\/1.1 200 /);
  });

  it('in chunks over the limit is answered 413, counts as refused, and the connection serves on', async () => {
    const rig = await start({}, 1_000);
    const client = await RawClient.connect(cleanup, rig.port);
    client.send('POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n');
    for (let index = 0; index < 3; index++) client.send(`200\r\n${'x'.repeat(512)}\r\n`);
    expect(await client.until(/body-too-large[^]*}/)).toMatch(/^HTTP\/1.1 413 /);
    expect(rig.counts()).toMatchObject({ refused: 1, arms: {} });
    client.text = '';
    client.send(`0\r\n\r\n${GET}\r\n`);
    expect(await client.until(/served/)).toMatch(/^HTTP\/1.1 200 /);
  });

  it('that goes on and on after it was refused is cut off', async () => {
    const rig = await start({ discardBytes: 10_000 }, 1_000);
    const client = await RawClient.connect(cleanup, rig.port);
    client.send('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000000\r\n\r\n');
    await client.until(/413/);
    client.send('x'.repeat(50_000));
    await client.ended();
    expect(client.text.match(/HTTP/g)).toHaveLength(1);
  });

  it('that comes too slowly is answered 408 and broken off at the instance', async () => {
    const { promise: broken, resolve } = Promise.withResolvers<void>();
    const rig = await start({ headersTimeoutMs: 100, requestTimeoutMs: 200 }, 0, (request) => {
      request.resume().on('error', () => resolve());
    });
    const client = await RawClient.connect(cleanup, rig.port);
    client.send('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nhello');
    expect(await client.ended()).toMatch(/^HTTP\/1.1 408 /);
    await broken;
  });
});

describe('a connection', () => {
  it('without a request is closed after the idle time', async () => {
    const rig = await start({ idleTimeoutMs: 50 });
    const client = await RawClient.connect(cleanup, rig.port);
    client.send(`${GET}\r\n`);
    await client.until(/served/);
    expect(await client.ended()).toMatch(/served$|0\r\n\r\n$/);
  });

  it('beyond the most that are allowed is closed at once', async () => {
    const rig = await start({ clientConnections: 1 });
    const first = await RawClient.connect(cleanup, rig.port);
    first.send(`${GET}\r\n`);
    await first.until(/served/);
    const second = await RawClient.connect(cleanup, rig.port);
    expect(await second.ended()).toBe('');
  });
});

it('more requests at a time than an instance may have are answered 503', async () => {
  const rig = await start({ connectionsPerInstance: 2 }, 0, () => undefined);
  const clients = await Promise.all([1, 2, 3].map(() => RawClient.connect(cleanup, rig.port)));
  for (const client of clients) client.send(`${GET}\r\n`);
  const answer = await Promise.race(clients.map((client) => client.until(/too-many-requests-running/)));
  expect(answer).toMatch(/^HTTP\/1.1 503 [^]*retry-after: 1/);
});
