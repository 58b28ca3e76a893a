import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { seededRandom } from '@sluice/core/kernel/prng.ts';
import { expect, test } from 'vitest';
import { trackFileName } from '../src/disk/host-paths.ts';
import { HostProcess, TRACK } from './host-harness.ts';
import { orderOf, runOf, splitOrderOf, writeProgram } from './host-programs.ts';
import { until } from './host-waiting.ts';

const pidsOf = (instances: readonly { pid: number | null }[]) =>
  instances.map(({ pid }) => pid ?? 0).sort((a, b) => a - b);

test('processes outlive a killed host, and the next one adopts them with their ports and their split', async () => {
  await using host = await HostProcess.start();
  await host.put('revisions/web-1', orderOf(runOf(await writeProgram(join(host.folder, 'v1'))), 3));
  const before = await host.ready('web-1', 3);
  await host.put('split', splitOrderOf({ 'web-1': 10_000 }, 5));
  await host.end('SIGKILL');
  expect(await host.processes()).toEqual(pidsOf(before));
  await host.begin();
  const after = await host.ready('web-1', 3);
  expect(after).toEqual(before);
  expect((await host.through()).status).toBe(200);
  expect((await host.track()).split?.generation).toBe(5);
  expect(await host.put('split', splitOrderOf({ 'web-1': 10_000 }, 4))).toMatchObject({ status: 409 });
});

test('an adopted process that ends is noticed and started again', async () => {
  await using host = await HostProcess.start();
  await host.put('revisions/web-1', orderOf(runOf(await writeProgram(join(host.folder, 'v1'))), 1));
  const [before] = await host.ready('web-1', 1);
  await host.end('SIGKILL');
  await host.begin();
  process.kill(before?.pid ?? 0, 'SIGKILL');
  await until(
    async () => (await host.track()).revisions['web-1']?.instances[0]?.unexpectedExits === 1,
    'the exit',
  );
  const [after] = await host.ready('web-1', 1);
  expect(after?.lastExit).toMatch(/^exit with unknown code/);
  expect(await host.processes()).toEqual([after?.pid]);
});

test('a process that ended while no host was there counts as an exit and is started again', async () => {
  await using host = await HostProcess.start();
  await host.put('revisions/web-1', orderOf(runOf(await writeProgram(join(host.folder, 'v1'))), 2));
  const before = await host.ready('web-1', 2);
  await host.end('SIGKILL');
  process.kill(before[1]?.pid ?? 0, 'SIGKILL');
  await until(async () => (await host.processes()).length === 1, 'it is gone');
  await host.begin();
  const after = await host.ready('web-1', 2);
  expect(after[0]?.pid).toBe(before[0]?.pid);
  expect(after[1]?.pid).not.toBe(before[1]?.pid);
  expect(after.map(({ unexpectedExits }) => unexpectedExits)).toEqual([0, 1]);
});

test('a record whose pid belongs to a stranger by now adopts nobody and harms nobody', async () => {
  await using host = await HostProcess.start();
  await host.put('revisions/web-1', orderOf(runOf(await writeProgram(join(host.folder, 'v1'))), 1));
  const [before] = await host.ready('web-1', 1);
  await host.end('SIGKILL');
  process.kill(before?.pid ?? 0, 'SIGKILL');
  const path = join(host.directory, 'state', `${trackFileName(TRACK)}.json`);
  const state = await readFile(path, 'utf8');
  // This very test process stands for the stranger.
  await writeFile(path, state.replace(`"pid":${before?.pid},`, `"pid":${process.pid},`));
  await host.begin();
  const [after] = await host.ready('web-1', 1);
  expect(after?.pid).not.toBe(process.pid);
  expect((await host.retire('web-1', 2)).status).toBe(200);
});

test('a process that the record does not know any more is ended by the next host', async () => {
  await using host = await HostProcess.start();
  await host.put('revisions/web-1', orderOf(runOf(await writeProgram(join(host.folder, 'v1'))), 2));
  await host.ready('web-1', 2);
  await host.end('SIGKILL');
  await rm(join(host.directory, 'state'), { recursive: true });
  await host.begin();
  await until(async () => (await host.processes()).length === 0, 'the orphans are ended');
});

test('a host that was killed between a start and its record adopts the process by its mark', async () => {
  await using host = await HostProcess.start();
  await host.put('revisions/web-1', orderOf(runOf(await writeProgram(join(host.folder, 'v1'))), 1));
  const [before] = await host.ready('web-1', 1);
  await host.end('SIGKILL');
  const path = join(host.directory, 'state', `${trackFileName(TRACK)}.json`);
  const state = await readFile(path, 'utf8');
  await writeFile(path, state.replace(/"pid":\d+,"startTicks":\d+/, '"pid":null,"startTicks":null'));
  await host.begin();
  const [after] = await host.ready('web-1', 1);
  expect(after?.pid).toBe(before?.pid);
  expect(await host.processes()).toEqual([before?.pid]);
});

test('a broken state file costs its track and neither its processes nor the host', async () => {
  await using host = await HostProcess.start();
  await host.put('revisions/web-1', orderOf(runOf(await writeProgram(join(host.folder, 'v1'))), 1));
  const before = await host.ready('web-1', 1);
  await host.end('SIGKILL');
  await writeFile(join(host.directory, 'state', `${trackFileName(TRACK)}.json`), '{"format":1,');
  await host.begin();
  expect(host.output).toContain('state file cannot be used');
  expect(await host.put('split', splitOrderOf({}, 9))).toMatchObject({ status: 500 });
  expect(await host.ask('GET', `/v1/tracks/${encodeURIComponent(TRACK)}`)).toMatchObject({
    status: 500,
    text: expect.stringContaining('cannot be used'),
  });
  expect(await host.processes()).toEqual(pidsOf(before));
});

test('a retirement that a kill interrupted is finished by the next host', async () => {
  await using host = await HostProcess.start();
  const run = runOf(await writeProgram(join(host.folder, 'v1')), {
    drainMs: 60_000,
    env: { SLOW_MS: '4000' },
  });
  await host.put('revisions/web-1', orderOf(run, 2));
  await host.ready('web-1', 2);
  await host.put('split', splitOrderOf({ 'web-1': 10_000 }));
  const slow = host.through('/slow').catch(() => undefined);
  await host.put('split', splitOrderOf({}, 2));
  void host.retire('web-1', 3).catch(() => undefined);
  await until(async () => {
    const instances = (await host.track()).revisions['web-1']?.instances ?? [];
    return instances.length > 0 && instances.every(({ state }) => state === 'draining');
  }, 'it drains');
  await host.end('SIGKILL');
  expect(await host.processes()).not.toEqual([]);
  await host.begin();
  await until(async () => (await host.track()).revisions['web-1'] === undefined, 'it is forgotten');
  expect(await host.processes()).toEqual([]);
  expect((await host.retire('web-1', 3)).status).toBe(404);
  await slow;
});

test('SIGTERM ends the host and leaves the processes; an order to shut down stops them, and a start brings them back', async () => {
  await using host = await HostProcess.start();
  await host.put('revisions/web-1', orderOf(runOf(await writeProgram(join(host.folder, 'v1'))), 2));
  const before = await host.ready('web-1', 2);
  expect(await host.end('SIGTERM')).toBe(0);
  expect(await host.processes()).toEqual(pidsOf(before));
  await host.begin();
  expect(await host.ready('web-1', 2)).toEqual(before);
  expect(await host.ask('POST', '/v1/shutdown', { stopProcesses: true })).toEqual({
    status: 200,
    text: '{}',
  });
  expect(await host.processes()).toEqual([]);
  expect(await host.end('SIGTERM')).toBe(0);
  await host.begin();
  await host.ready('web-1', 2);
});

test('killed at any moment while it starts, scales and retires, the host ends up with what was ordered and no more', async () => {
  await using host = await HostProcess.start();
  const random = seededRandom(20);
  const run = runOf(await writeProgram(join(host.folder, 'v1')), { drainMs: 100 });
  let generation = 0;
  for (let round = 0; round < 8; round++) {
    generation += 1;
    const wanted = 1 + (round % 4);
    const orders = [
      host.put('revisions/web-1', orderOf(run, wanted, generation)),
      host.put('revisions/web-2', orderOf(run, 2, generation)),
    ];
    if (round % 2 === 1) orders.push(host.retire('web-2', generation + 1));
    const answers = Promise.allSettled(orders);
    // Only time will do: the kill shall hit whatever the host happens to be doing.
    await wait(Math.floor(random() * 150));
    await host.end('SIGKILL');
    await answers;
    if (round % 2 === 0) await killWhileItStarts(host, 700 * random());
    await host.begin();
    generation += 2;
    // The control plane repeats what it has committed until it sees it.
    expect((await host.put('revisions/web-1', orderOf(run, wanted, generation))).status).toBe(200);
    expect([200, 404]).toContain((await host.retire('web-2', generation)).status);
    await host.ready('web-1', wanted);
    await until(
      async () => (await host.track()).revisions['web-1']?.instances.length === wanted,
      'no more than ordered',
    );
    await until(async () => (await host.processes()).length === wanted, 'no other process');
    expect(await host.processes()).toEqual(pidsOf(await host.ready('web-1', wanted)));
  }
});

/** The next host is killed as well, somewhere between its first instruction and its readiness. */
async function killWhileItStarts(host: HostProcess, afterMs: number): Promise<void> {
  const child = host.launch();
  // Only time will do: the kill shall hit whatever the start happens to be doing.
  await wait(Math.floor(afterMs));
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await ended;
}
