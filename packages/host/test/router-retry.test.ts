import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  Cleanup,
  deadPort,
  endpoint,
  exchangeRaw,
  GatewayRig,
  listen,
  RawClient,
  startInstance,
  tableOf,
} from './router-rig.ts';

const cleanup = new Cleanup();
let rig: GatewayRig;

beforeEach(async () => {
  rig = await GatewayRig.start(cleanup, { lingerMs: 100, ejectMs: 60_000 });
});
afterEach(() => cleanup.run());

const alive = () => startInstance(cleanup, (_request, response) => void response.end('alive'));
const statusOf = async (init?: RequestInit): Promise<number> => {
  const answer = await fetch(rig.origin, init);
  await answer.arrayBuffer();
  return answer.status;
};

/** Answers `first` requests of each connection, then closes it when the next one arrives, without a word. */
async function startClosing(first: number): Promise<{ port: number; requests: string[] }> {
  const requests: string[] = [];
  const server = createServer((socket: Socket) => {
    let answered = 0;
    socket.on('error', () => undefined);
    socket.on('data', (chunk: Buffer) => {
      requests.push(chunk.toString('latin1').split('\r\n')[0] ?? '');
      if (answered++ < first) socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
      else socket.destroy();
    });
  });
  return { port: await listen(cleanup, server), requests };
}

describe('a request that no instance got', () => {
  it.each([undefined, { method: 'POST', body: 'x'.repeat(100_000) }])(
    'is sent to another instance of the same revision (%j)',
    async (init) => {
      rig.apply(tableOf(), [endpoint('v1', await deadPort()), endpoint('v1', await alive())]);
      for (let index = 0; index < 20; index++) expect(await statusOf(init)).toBe(200);
      expect(rig.counts().arms['v1']).toMatchObject({ requests: 20, errors: 0 });
    },
  );

  it('is not sent to another revision', async () => {
    rig.apply(tableOf(), [endpoint('v1', await deadPort()), endpoint('v2', await alive())]);
    expect(await statusOf()).toBe(502);
  });

  it('is tried at most as often as the limits say', async () => {
    const dead = await Promise.all(Array.from({ length: 5 }, deadPort));
    rig.apply(
      tableOf(),
      dead.map((port) => endpoint('v1', port)),
    );
    expect(await statusOf()).toBe(502);
    expect(rig.counts().arms['v1']).toMatchObject({ requests: 1, errors: 1 });
  });
});

describe('an instance that closes a connection it had kept alive', () => {
  it('gets an idempotent request again on a new one', async () => {
    const { port, requests } = await startClosing(1);
    rig.apply(tableOf(), [endpoint('v1', port)]);
    expect([await statusOf(), await statusOf()]).toEqual([200, 200]);
    expect(requests).toHaveLength(3);
  });

  it('does not get a POST again: it may have been processed', async () => {
    const { port, requests } = await startClosing(1);
    rig.apply(tableOf(), [endpoint('v1', port)]);
    expect(await statusOf()).toBe(200);
    expect(await statusOf({ method: 'POST' })).toBe(502);
    expect(requests).toHaveLength(2);
  });

  it('gets nothing again on a new connection: that is an error of the revision', async () => {
    const { port, requests } = await startClosing(0);
    rig.apply(tableOf(), [endpoint('v1', port)]);
    expect(await statusOf()).toBe(502);
    expect(requests).toHaveLength(1);
    expect(rig.counts().arms['v1']).toMatchObject({ requests: 1, errors: 1 });
  });
});

describe('an instance that cannot be connected to', () => {
  it('is passed over after three failures in a row, and tried again later', async () => {
    let connections = 0;
    const counting = createServer((socket) => {
      connections++;
      socket.destroy();
    });
    const port = await deadPort();
    rig.apply(tableOf(), [endpoint('v1', port), endpoint('v1', await alive())]);
    // Each request meets the dead instance with a chance of one half: in 40, three meetings are certain enough.
    for (let index = 0; index < 40; index++) expect(await statusOf()).toBe(200);
    counting.listen(port, '127.0.0.1');
    await once(counting, 'listening');
    cleanup.add(() => counting.close());
    for (let index = 0; index < 40; index++) expect(await statusOf()).toBe(200);
    expect(connections).toBe(0);
  });

  it('is still asked when it is the only one', async () => {
    const port = await deadPort();
    rig.apply(tableOf(), [endpoint('v1', port)]);
    for (let index = 0; index < 5; index++) expect(await statusOf()).toBe(502);
    const server = await alive();
    server.close();
    await once(server, 'close');
    const back = createServer((socket) => {
      socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'));
    });
    back.listen(port, '127.0.0.1');
    await once(back, 'listening');
    cleanup.add(() => back.close());
    expect(await statusOf()).toBe(200);
  });
});

describe('between ready instances', () => {
  it('the one with fewer requests running gets the next', async () => {
    const { promise: asked, resolve } = Promise.withResolvers<void>();
    let waiting = 0;
    const busy = await startInstance(cleanup, () => {
      if (++waiting === 3) resolve();
    });
    const free = await alive();
    rig.apply(tableOf(), [endpoint('v1', busy)]);
    for (let index = 0; index < 3; index++)
      (await RawClient.connect(cleanup, rig.port)).send('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    await asked;
    rig.apply(tableOf(), [endpoint('v1', busy), endpoint('v1', free)]);
    for (let index = 0; index < 10; index++) expect(await statusOf()).toBe(200);
  });
});

describe('a draining instance', () => {
  it('finishes its requests, gets no new ones, and is seen to become idle', async () => {
    const { promise: held, resolve: onHeld } = Promise.withResolvers<() => void>();
    const old = await startInstance(cleanup, (_request, response) => onHeld(() => response.end('old')));
    const next = await startInstance(cleanup, (_request, response) => void response.end('next'));
    rig.apply(tableOf(), [endpoint('v1', old)]);
    const client = await RawClient.connect(cleanup, rig.port);
    client.send('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    const release = await held;
    rig.apply(tableOf(), [endpoint('v1', old, true), endpoint('v1', next)]);
    const { port } = endpoint('v1', old);
    expect(rig.tracks.inFlight()).toEqual([['shop/prod/web', 'v1', port, 1]]);
    for (let index = 0; index < 10; index++) expect(await (await fetch(rig.origin)).text()).toBe('next');
    expect(rig.drained).toBe(0);
    release();
    await client.until(/old/);
    expect(rig.drained).toBe(1);
    expect(rig.tracks.inFlight()).toEqual([]);
  });

  it('that is no longer listed finishes as well', async () => {
    const { promise: held, resolve: onHeld } = Promise.withResolvers<() => void>();
    const old = await startInstance(cleanup, (_request, response) => onHeld(() => response.end('old')));
    rig.apply(tableOf(), [endpoint('v1', old)]);
    const client = await RawClient.connect(cleanup, rig.port);
    client.send('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    const release = await held;
    rig.tracks.forget('shop/prod/web');
    expect(rig.tracks.inFlight()).toHaveLength(1);
    expect(
      await exchangeRaw(cleanup, rig.port, 'GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n'),
    ).toMatch(/ 404 /);
    release();
    await client.until(/old/);
    expect(rig.drained).toBe(1);
  });
});
