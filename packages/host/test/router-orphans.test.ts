import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TrafficReply } from '@sluice/protocol/host/host-schema.ts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type RouterOptions, startRouter } from '../src/router/router.ts';
import { isRunning, readProcess } from '../src/supervisor/process-table.ts';
import { ask, Load } from './router-load.ts';
import { Cleanup, deadPort, endpoint, startInstance, tableOf, until } from './router-rig.ts';

const TRACK = 'shop/prod/web';
const HOST = fileURLToPath(new URL('./router-host-process.ts', import.meta.url));
const cleanup = new Cleanup();
let folder: string;
let stateFile: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-router-'));
  stateFile = join(folder, 'router.json');
  cleanup.add(() => rmSync(folder, { recursive: true, force: true }));
});
afterEach(() => cleanup.run());

interface Hello {
  readonly port: number;
  readonly workers: readonly { pid: number }[];
}

async function startHost(
  port: number,
  limits: RouterOptions['limits'] = {},
  state = stateFile,
): Promise<{ host: ChildProcess; hello: Hello }> {
  const options: RouterOptions = { port, workers: 2, stateFile: state, limits };
  const host = fork(HOST, [JSON.stringify(options)], { execArgv: [] });
  cleanup.add(() => host.kill('SIGKILL'));
  const [hello] = (await once(host, 'message')) as [Hello];
  return { host, hello };
}

/** Leaves tables behind that route to an instance; gives the port that the router is to have. */
async function prepare(to?: Server): Promise<number> {
  const instance = to ?? (await startInstance(cleanup, (_request, response) => void response.end('one')));
  const router = await startRouter({ port: 0, workers: 1, stateFile });
  await router.setSplit(tableOf());
  await router.setEndpoints(TRACK, [endpoint('v1', instance)]);
  await router.close();
  return deadPort();
}

async function kill(host: ChildProcess): Promise<void> {
  const exited = once(host, 'exit');
  host.kill('SIGKILL');
  await exited;
}

type Identity = Parameters<typeof isRunning>[0];

const identityOf = (pid: number): Identity => ({ pid, startTicks: readProcess(pid)?.startTicks ?? 0 });

const left = (orphans: readonly Identity[]): number => orphans.filter((orphan) => isRunning(orphan)).length;

async function end(host: ChildProcess): Promise<void> {
  const ended = once(host, 'exit');
  host.send({ close: true });
  await ended;
}

async function countedBy(host: ChildProcess, enough: (requests: number) => boolean): Promise<number> {
  for (;;) {
    host.send({ traffic: TRACK });
    const [reply] = (await once(host, 'message')) as [TrafficReply];
    const requests = reply.seconds.reduce((sum, { arms }) => sum + (arms['v1']?.requests ?? 0), 0);
    if (enough(requests)) return requests;
  }
}

describe('a host process that is killed', () => {
  it('loses no request: its workers serve on, the next host takes over their port and their counts', async () => {
    const port = await prepare();
    const { host, hello } = await startHost(port);
    const load = new Load(port, 4);
    await load.more(50);
    await kill(host);
    await load.more(50);
    const orphans = hello.workers.map(({ pid }) => identityOf(pid));
    expect(left(orphans)).toBe(2);
    const { host: next } = await startHost(port);
    await until(() => left(orphans) === 0);
    await load.more(50);
    const outcomes = await load.stop();
    const asked = load.outcomes.length;
    // An orphan closes its socket within microseconds of its last accept; a connection that falls between is reset.
    expect(
      [...outcomes.keys()].filter((outcome) => !['one', 'ECONNRESET', 'socket hang up'].includes(outcome)),
    ).toEqual([]);
    expect(asked - (outcomes.get('one') ?? 0)).toBeLessThanOrEqual(2);
    expect(await countedBy(next, (requests) => requests >= asked - 2)).toBeLessThanOrEqual(asked);
    await end(next);
  });

  it('or that hands over in order, loses no request either', async () => {
    const port = await prepare();
    const { host, hello } = await startHost(port);
    const load = new Load(port, 4);
    await load.more(50);
    const exited = once(host, 'exit');
    host.send({ handOver: true });
    await exited;
    await load.more(50);
    const { host: next } = await startHost(port);
    await until(() => hello.workers.every(({ pid }) => readProcess(pid)?.zombie !== false));
    await load.more(50);
    const outcomes = await load.stop();
    expect(load.outcomes.length - (outcomes.get('one') ?? 0)).toBeLessThanOrEqual(2);
    expect(outcomes.has('ECONNREFUSED')).toBe(false);
    await end(next);
  });

  it('and not started again is served for as long as an instance is there, and leaves no orphan for ever', async () => {
    const limits = { orphanMs: 100, drainMs: 100 };
    const instance = await startInstance(cleanup, (_request, response) => void response.end('one'));
    const port = await prepare(instance);
    const { host, hello } = await startHost(port, limits);
    const orphans = hello.workers.map(({ pid }) => identityOf(pid));
    // A second router, whose instance is gone, shows when the time of orphans that are needed no more is over.
    const emptyState = join(folder, 'empty.json');
    cpSync(stateFile, emptyState);
    const text = readFileSync(emptyState, 'utf8').replaceAll(
      `"port":${endpoint('v1', instance).port}`,
      `"port":${await deadPort()}`,
    );
    writeFileSync(emptyState, text);
    const empty = await startHost(await deadPort(), limits, emptyState);
    const needless = empty.hello.workers.map(({ pid }) => identityOf(pid));
    await kill(host);
    await kill(empty.host);
    await until(() => left(needless) === 0);
    expect(left(orphans)).toBe(2);
    expect(await ask(port)).toBe('one');
    instance.close();
    instance.closeAllConnections();
    await until(() => left(orphans) === 0);
    await expect(ask(port)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  it('before its successor knew of its workers: they see by themselves that another host serves, and go', async () => {
    const port = await prepare();
    const { host, hello } = await startHost(port);
    await kill(host);
    const stranger = spawn('sleep', ['1000'], { stdio: 'ignore' });
    cleanup.add(() => stranger.kill('SIGKILL'));
    const path = `${stateFile}.workers`;
    const record = JSON.parse(readFileSync(path, 'utf8')) as { workers: Identity[] };
    writeFileSync(path, JSON.stringify({ ...record, workers: [identityOf(stranger.pid ?? 0)] }));
    const orphans = hello.workers.map(({ pid }) => identityOf(pid));
    const { host: next } = await startHost(port);
    await until(() => left(orphans) === 0);
    expect(await ask(port)).toBe('one');
    await end(next);
  });

  it('and whose successor cannot start is served on, and the one after that takes over', async () => {
    const port = await prepare();
    const { host, hello } = await startHost(port);
    await kill(host);
    const orphans = hello.workers.map(({ pid }) => identityOf(pid));
    // No server can be made with such a limit, so each worker ends before it is ready.
    const broken = { port, workers: 1, stateFile, limits: { headerBytes: -1, startTimeoutMs: 3_600_000 } };
    const failing = fork(HOST, [JSON.stringify(broken)], {
      execArgv: [],
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    expect(await once(failing, 'exit')).toEqual([1, null]);
    expect(left(orphans)).toBe(2);
    expect(await ask(port)).toBe('one');
    const { host: next } = await startHost(port);
    await until(() => left(orphans) === 0);
    expect(await ask(port)).toBe('one');
    await end(next);
  });
});

describe('a host process that gets no processor time', () => {
  it('for longer than any limit of its workers is served all the same, and goes on where it was', async () => {
    const port = await prepare();
    const orphanMs = 20;
    const { host, hello } = await startHost(port, { orphanMs, drainMs: 20 });
    const workers = hello.workers.map(({ pid }) => identityOf(pid));
    const load = new Load(port, 4);
    process.kill(host.pid ?? 0, 'SIGSTOP');
    cleanup.add(() => host.kill('SIGCONT'));
    const stoppedAt = performance.now();
    // That nothing happens when time passes can only be seen when it has passed.
    await until(() => performance.now() - stoppedAt > 50 * orphanMs);
    await load.more(50);
    process.kill(host.pid ?? 0, 'SIGCONT');
    await load.more(50);
    const outcomes = await load.stop();
    expect([...outcomes.keys()]).toEqual(['one']);
    expect(left(workers)).toBe(2);
    expect(await countedBy(host, (requests) => requests >= load.outcomes.length)).toBe(load.outcomes.length);
    await end(host);
  });

  it('while it starts is waited for: only changes of the routes are hurried', async () => {
    const router = await startRouter({ port: 0, workers: 1, stateFile, limits: { applyTimeoutMs: 1 } });
    cleanup.add(() => router.close());
    expect(router.workers()).toMatchObject([{ ready: true }]);
  });
});

it('a worker that can be told nothing any more is replaced', async () => {
  const router = await startRouter({ port: 0, workers: 1, stateFile, limits: { drainMs: 100 } });
  cleanup.add(() => router.close());
  const pid = router.workers()[0]?.pid;
  const { _getActiveHandles: handles } = process as unknown as { _getActiveHandles(): object[] };
  const child = handles().find((handle) => 'connected' in handle && 'pid' in handle && handle.pid === pid);
  (child as ChildProcess).disconnect();
  await until(() => router.workers().some((worker) => worker.ready && worker.pid !== pid));
});
