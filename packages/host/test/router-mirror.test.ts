import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import { revisionId } from '@sluice/core/kernel/ids.ts';
import { afterEach, beforeEach, expect, it } from 'vitest';
import {
  Cleanup,
  deadPort,
  endpoint,
  GatewayRig,
  RawClient,
  splitOf,
  startInstance,
  tableOf,
  until,
} from './router-rig.ts';

const cleanup = new Cleanup();
let rig: GatewayRig;

beforeEach(async () => {
  rig = await GatewayRig.start(cleanup, { lingerMs: 100, mirrorBodyBytes: 1_000 });
});
afterEach(() => cleanup.run());

interface Copy {
  readonly line: string;
  readonly mark: string | undefined;
  readonly body: string;
}

/** An instance of the mirror revision that keeps what it gets and answers with `status`. */
async function startMirror(status: number, copies: Copy[]): Promise<Server> {
  return startInstance(cleanup, (request: IncomingMessage, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      copies.push({
        line: `${request.method} ${request.url}`,
        mark: request.headers['x-sluice-mirror'] as string,
        body,
      });
      response.writeHead(status).end('shadow');
    });
  });
}

const serve: RequestListener = (request, response) =>
  void request.resume().on('end', () => response.end('served'));

async function mirror(basisPoints: number, shadow: Server | number): Promise<void> {
  const split = splitOf({ v1: 10_000 }, { mirror: { revision: revisionId('v2'), basisPoints } });
  rig.apply(tableOf({ split }), [
    endpoint('v1', await startInstance(cleanup, serve)),
    endpoint('v2', shadow),
  ]);
}

const ask = async (init?: RequestInit): Promise<string> => (await fetch(`${rig.origin}/a?b`, init)).text();

it('a copy of each request goes to the mirror, marked, and its answer to nobody', async () => {
  const copies: Copy[] = [];
  await mirror(10_000, await startMirror(200, copies));
  expect(await ask()).toBe('served');
  expect(await ask({ method: 'POST', body: 'hello' })).toBe('served');
  await until(() => copies.length === 2 && rig.state.mirrors === 0);
  expect(copies).toEqual([
    { line: 'GET /a?b', mark: '1', body: '' },
    { line: 'POST /a?b', mark: '1', body: 'hello' },
  ]);
});

it('copies are counted for the mirror revision, and other statuses than the served ones as mismatches', async () => {
  const copies: Copy[] = [];
  await mirror(10_000, await startMirror(500, copies));
  for (let index = 0; index < 3; index++) await ask();
  await until(() => copies.length === 3 && rig.state.mirrors === 0);
  const { arms } = rig.counts();
  expect(arms['v1']).toMatchObject({ requests: 3, errors: 0, mirrorMismatches: 0 });
  expect(arms['v2']).toMatchObject({
    requests: 3,
    errors: 3,
    mirrorMismatches: 3,
    statuses: [0, 0, 0, 0, 3, 0],
  });
});

it('its share of the requests is drawn independently of the weights', async () => {
  const copies: Copy[] = [];
  await mirror(3_000, await startMirror(200, copies));
  await Promise.all(Array.from({ length: 500 }, () => ask()));
  await until(() => rig.state.mirrors === 0);
  // Five standard errors of 500 draws at 30 %.
  expect(Math.abs(copies.length - 150)).toBeLessThan(52);
});

it('a mirror that cannot be connected to harms nobody and counts as no answer', async () => {
  await mirror(10_000, await deadPort());
  expect(await ask()).toBe('served');
  expect(await ask({ method: 'POST', body: 'hello' })).toBe('served');
  await until(() => rig.state.mirrors === 0);
  expect(rig.counts().arms['v2']).toMatchObject({ requests: 2, errors: 2, statuses: [0, 0, 0, 0, 0, 2] });
});

it('a mirror that never answers delays nobody', async () => {
  const shadow = await startInstance(cleanup, () => undefined);
  await mirror(10_000, shadow);
  expect(await ask()).toBe('served');
  expect(rig.counts().arms).toMatchObject({ v1: { requests: 1 } });
  expect(rig.state.mirrors).toBe(1);
});

it.each([
  ['with a length', { 'content-length': '2000' }],
  ['in chunks', { 'transfer-encoding': 'chunked' }],
])('a request whose body is over the bound is served and not mirrored: %s', async (_name, headers) => {
  const copies: Copy[] = [];
  await mirror(10_000, await startMirror(200, copies));
  const client = await RawClient.connect(cleanup, rig.port);
  const framing = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  const chunk = `3e8\r\n${'x'.repeat(1_000)}\r\n`;
  const body = 'content-length' in headers ? 'x'.repeat(2_000) : `${chunk}${chunk}0\r\n\r\n`;
  client.send(`POST / HTTP/1.1\r\nHost: a\r\n${framing.join('')}\r\n${body}`);
  await client.until(/served/);
  expect(copies).toEqual([]);
  expect(rig.counts()).toMatchObject({ unmirrored: 1, arms: { v1: { requests: 1 } } });
});

it('an upgrade is not mirrored, and said so', async () => {
  const upgrading = createServer();
  upgrading.on('upgrade', (_request, socket) => socket.end('HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n'));
  upgrading.listen(0, '127.0.0.1');
  await once(upgrading, 'listening');
  cleanup.add(() => upgrading.close());
  const split = splitOf({ v1: 10_000 }, { mirror: { revision: revisionId('v2'), basisPoints: 10_000 } });
  rig.apply(tableOf({ split }), [endpoint('v1', upgrading), endpoint('v2', upgrading)]);
  const client = await RawClient.connect(cleanup, rig.port);
  await client.send('GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n').ended();
  expect(rig.counts()).toMatchObject({ unmirrored: 1, arms: { v1: { requests: 1 } } });
});

it('more copies at a time than allowed are left out', async () => {
  rig = await GatewayRig.start(cleanup, { mirrorsRunning: 2 });
  await mirror(10_000, await startInstance(cleanup, () => undefined));
  for (let index = 0; index < 5; index++) expect(await ask()).toBe('served');
  expect(rig.state.mirrors).toBe(2);
  expect(rig.counts().unmirrored).toBe(3);
});
