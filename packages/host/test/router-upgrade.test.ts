import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  Cleanup,
  deadPort,
  endpoint,
  GatewayRig,
  listen,
  RawClient,
  splitOf,
  tableOf,
  until,
} from './router-rig.ts';

const cleanup = new Cleanup();
let rig: GatewayRig;

beforeEach(async () => {
  rig = await GatewayRig.start(cleanup, { lingerMs: 100 });
});
afterEach(() => cleanup.run());

const WEBSOCKET_GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
const HANDSHAKE =
  'GET /chat HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n';

/** An instance that upgrades and hands each upgraded connection to `serve`. */
async function startUpgrading(
  serve: (socket: Duplex, request: IncomingMessage) => void,
  answer = (request: IncomingMessage): string => {
    const key = createHash('sha1').update(`${request.headers['sec-websocket-key']}${WEBSOCKET_GUID}`);
    return `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: ${request.headers.upgrade}\r\nSec-WebSocket-Accept: ${key.digest('base64')}\r\n\r\n`;
  },
): Promise<Server> {
  const server = createServer((_request, response) => response.end('not upgraded'));
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    cleanup.add(() => socket.destroy());
    socket.on('error', () => undefined);
    if (head.length > 0) socket.unshift(head);
    socket.write(answer(request));
    serve(socket, request);
  });
  await listen(cleanup, server);
  return server;
}

const echoBytes = (socket: Duplex): void => void socket.pipe(socket);

/** Answers each short masked text frame with the same text, unmasked (RFC 6455, 5.2), and a close frame with itself. */
function echoFrames(socket: Duplex): void {
  socket.on('data', (frame: Buffer) => {
    const opcode = (frame[0] ?? 0) & 0x0f;
    const length = (frame[1] ?? 0) & 0x7f;
    const mask = frame.subarray(2, 6);
    const payload = frame.subarray(6, 6 + length).map((byte, index) => byte ^ (mask[index % 4] ?? 0));
    socket.write(Buffer.concat([Buffer.from([0x80 | opcode, length]), payload]));
    if (opcode === 8) socket.end();
  });
}

describe('a WebSocket', () => {
  it('talks to an instance of the chosen revision and closes cleanly', async () => {
    rig.apply(tableOf(), [endpoint('v1', await startUpgrading(echoFrames))]);
    const socket = new WebSocket(`ws://127.0.0.1:${rig.port}/chat`);
    await once(socket, 'open');
    const heard: string[] = [];
    for (const text of ['hello', 'again']) {
      socket.send(text);
      const [message] = (await once(socket, 'message')) as [MessageEvent];
      heard.push(String(message.data));
    }
    expect(heard).toEqual(['hello', 'again']);
    const closed = once(socket, 'close');
    socket.close(1000);
    const [event] = (await closed) as [CloseEvent];
    expect(event.code).toBe(1000);
  });

  it('is counted when it is answered, in flight while it lives, and told its revision', async () => {
    const server = await startUpgrading(echoBytes);
    rig.apply(tableOf(), [endpoint('v1', server)]);
    const client = await RawClient.connect(cleanup, rig.port);
    client.send(HANDSHAKE);
    expect(await client.until(/\r\n\r\n/)).toMatch(/^HTTP\/1.1 101 [^]*x-sluice-revision: v1/);
    expect(rig.counts().arms['v1']).toMatchObject({ requests: 1, errors: 0, statuses: [1, 0, 0, 0, 0, 0] });
    expect(rig.tracks.inFlight()).toHaveLength(1);
    rig.apply(tableOf(), [endpoint('v1', server, true)]);
    client.socket.end();
    await client.ended();
    await until(() => rig.tracks.inFlight().length === 0);
    expect(rig.drained).toBe(1);
  });

  it('gets a sticky cookie with its handshake', async () => {
    const sticky = { by: 'cookie', name: 'sluice' } as const;
    rig.apply(tableOf({ split: splitOf({ v1: 10_000 }, { sticky }) }), [
      endpoint('v1', await startUpgrading(echoBytes)),
    ]);
    const client = await RawClient.connect(cleanup, rig.port);
    expect(await client.send(HANDSHAKE).until(/\r\n\r\n/)).toMatch(/set-cookie: sluice=[\w-]+; Path=\//);
  });
});

describe('an upgraded connection', () => {
  const connectUpgraded = async (serve: (socket: Duplex) => void): Promise<RawClient> => {
    rig.apply(tableOf(), [endpoint('v1', await startUpgrading(serve))]);
    const client = await RawClient.connect(cleanup, rig.port);
    await client.send(HANDSHAKE).until(/\r\n\r\n/);
    client.text = '';
    return client;
  };

  it('carries any protocol, also what the client sent with its handshake', async () => {
    rig.apply(tableOf(), [endpoint('v1', await startUpgrading(echoBytes))]);
    const client = await RawClient.connect(cleanup, rig.port);
    client.send(`${HANDSHAKE.replace('websocket', 'anything/1.0')}early`);
    expect(await client.until(/\r\n\r\nearly/)).toMatch(/upgrade: anything\/1.0/i);
  });

  it('may be closed on one side while the other still speaks', async () => {
    const client = await connectUpgraded((socket) => {
      let got = '';
      socket.on('data', (chunk: Buffer) => (got += chunk.toString()));
      socket.on('end', () => socket.end(`after the end: ${got}`));
    });
    client.socket.end('question');
    expect(await client.ended()).toBe('after the end: question');
  });

  it('ends for the client when the instance ends it, and the client may still speak', async () => {
    const { promise: heard, resolve } = Promise.withResolvers<string>();
    const client = await connectUpgraded((socket) => {
      socket.once('data', () => socket.end('bye'));
      let got = '';
      socket.on('data', (chunk: Buffer) => (got += chunk.toString())).on('end', () => resolve(got));
    });
    client.send('hello, ');
    expect(await client.ended()).toBe('bye');
    client.socket.end('thanks');
    expect(await heard).toBe('hello, thanks');
  });

  it('is torn down on both sides when one side breaks', async () => {
    const { promise: gone, resolve } = Promise.withResolvers<void>();
    const client = await connectUpgraded((socket) => socket.resume().on('close', () => resolve()));
    client.socket.resetAndDestroy();
    await gone;
  });

  it('is read only as fast as the other side reads', async () => {
    const client = await connectUpgraded((socket) => socket.pause());
    const piece = Buffer.alloc(1_048_576);
    let accepted = 0;
    for (; accepted < 64; accepted++) {
      client.socket.write(piece);
      // Only time can show that nothing more is taken.
      const drained = await Promise.race([
        once(client.socket, 'drain').then(() => true),
        new Promise<boolean>((resolve) => setTimeout(() => resolve(false), 300)), // nothing else tells a stall
      ]);
      if (!drained) break;
    }
    expect(accepted).toBeLessThan(32);
  });
});

describe('an upgrade', () => {
  it("that the instance declines gets the instance's answer", async () => {
    const declining = await startUpgrading(
      (socket) => socket.end(),
      () => 'HTTP/1.1 403 Forbidden\r\nContent-Length: 4\r\nX-Why: no\r\n\r\nnope',
    );
    rig.apply(tableOf(), [endpoint('v1', declining)]);
    const client = await RawClient.connect(cleanup, rig.port);
    expect(await client.send(HANDSHAKE).ended()).toMatch(
      /^HTTP\/1.1 403 Forbidden\r\n[^]*X-Why: no[^]*nope$/,
    );
    expect(rig.counts().arms['v1']).toMatchObject({ requests: 1, errors: 0, statuses: [0, 0, 0, 1, 0, 0] });
    await until(() => rig.tracks.inFlight().length === 0);
  });

  it('goes to another instance when one cannot be connected to', async () => {
    rig.apply(tableOf(), [endpoint('v1', await deadPort()), endpoint('v1', await startUpgrading(echoBytes))]);
    for (let index = 0; index < 10; index++) {
      const client = await RawClient.connect(cleanup, rig.port);
      expect(await client.send(HANDSHAKE).until(/\r\n\r\n/)).toMatch(/^HTTP\/1.1 101 /);
    }
    expect(rig.counts().arms['v1']).toMatchObject({ requests: 10, errors: 0 });
  });

  it.each([
    ['404 where nothing is routed', () => undefined, 404, 'no-route'],
    [
      '502 when no instance can be connected to',
      async () => rig.apply(tableOf(), [endpoint('v1', await deadPort())]),
      502,
      'instance-unreachable',
    ],
    [
      '503 when no instance is ready',
      async () => rig.apply(tableOf(), [endpoint('v1', await deadPort(), true)]),
      503,
      'no-ready-instance',
    ],
  ])('is answered %s', async (_name, prepare, status, reason) => {
    await prepare();
    const client = await RawClient.connect(cleanup, rig.port);
    const answer = await client.send(HANDSHAKE).ended();
    expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} [^]*x-sluice-reason: ${reason}`));
  });

  it.each([
    [
      'to h2c',
      'Upgrade: h2c\r\nHTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\nConnection: Upgrade, HTTP2-Settings\r\n\r\n',
    ],
    ['with a body', 'Upgrade: websocket\r\nConnection: Upgrade\r\nContent-Length: 3\r\n\r\nabc'],
  ])('%s is served as a plain request', async (_name, rest) => {
    rig.apply(tableOf(), [endpoint('v1', await startUpgrading(echoBytes))]);
    const client = await RawClient.connect(cleanup, rig.port);
    client.send(`GET / HTTP/1.1\r\nHost: a\r\n${rest}`);
    expect(await client.until(/not upgraded/)).toMatch(/^HTTP\/1.1 200 OK/);
  });

  it('whose client leaves before the answer is let go', async () => {
    const { promise: gone, resolve } = Promise.withResolvers<void>();
    const { promise: asked, resolve: onAsked } = Promise.withResolvers<void>();
    const server = createServer();
    server.on('upgrade', (_request, socket: Duplex) => {
      socket.resume().on('end', () => resolve());
      socket.on('error', () => undefined);
      onAsked();
    });
    await listen(cleanup, server);
    rig.apply(tableOf(), [endpoint('v1', server)]);
    const client = await RawClient.connect(cleanup, rig.port);
    client.send(HANDSHAKE);
    await asked;
    client.socket.resetAndDestroy();
    await gone;
    await until(() => rig.tracks.inFlight().length === 0);
  });
});
