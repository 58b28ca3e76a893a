import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { identifyProcess, type ProcessIdentity } from '@sluice/protocol/process/process-identity.ts';
import { expect, onTestFinished, test } from 'vitest';
import { awaitReady } from './await-ready.ts';

/** Answers as a control plane does that is asked whether it is ready. */
async function plane(status: number, body: string): Promise<number> {
  const server = createServer((_, reply) => void reply.writeHead(status).end(body)).listen(0, '127.0.0.1');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

function identityOf(pid: number | undefined): ProcessIdentity {
  return identifyProcess(pid ?? 0) ?? expect.unreachable('there is no such process');
}

const self = identityOf(process.pid);
const SHORT_MS = 100;
const LONG_MS = 20_000;

async function endedProcess(): Promise<ProcessIdentity> {
  const child = spawn(process.execPath, ['-e', ''], { stdio: 'ignore' });
  const identity = identityOf(child.pid);
  await once(child, 'exit');
  return identity;
}

test('a machine whose control plane says so is ready', async () => {
  const apiPort = await plane(200, '{}');
  expect(await awaitReady({ host: self, server: self, apiPort }, LONG_MS)).toEqual({ kind: 'ready' });
});

test('one that is not ready in time is told with what the control plane says is missing', async () => {
  const checks = [
    { name: 'store', ok: false, detail: 'Connecting to the database failed: connect ENOENT' },
    { name: 'host', ok: true, detail: 'ok' },
    { name: 'loop', ok: false, detail: 'the loop has not looked for 12000 ms' },
  ];
  const apiPort = await plane(503, JSON.stringify({ status: 'unavailable', checks, exposure: 'loopback' }));
  expect(await awaitReady({ host: self, server: self, apiPort }, SHORT_MS)).toEqual({
    kind: 'not-ready',
    missing:
      'store: Connecting to the database failed: connect ENOENT; loop: the loop has not looked for 12000 ms',
  });
});

test('an answer of another kind is quoted, and silence is told', async () => {
  const apiPort = await plane(500, 'out of order');
  const odd = await awaitReady({ host: self, server: self, apiPort }, SHORT_MS);
  expect(odd).toEqual({ kind: 'not-ready', missing: expect.stringMatching(/answered 500: out of order$/) });
  const blocker = createServer().listen(0, '127.0.0.1');
  await once(blocker, 'listening');
  const { port } = blocker.address() as AddressInfo;
  blocker.close();
  await once(blocker, 'close');
  const silent = await awaitReady({ host: self, server: self, apiPort: port }, SHORT_MS);
  expect(silent).toEqual({ kind: 'not-ready', missing: expect.stringContaining('ECONNREFUSED') });
});

test('a process that has ended is not waited for, and is named', async () => {
  const apiPort = await plane(503, '{}');
  const gone = await endedProcess();
  expect(await awaitReady({ host: self, server: gone, apiPort }, LONG_MS)).toEqual({
    kind: 'ended',
    which: 'control plane',
  });
  expect(await awaitReady({ host: gone, server: self, apiPort }, LONG_MS)).toEqual({
    kind: 'ended',
    which: 'host',
  });
});
