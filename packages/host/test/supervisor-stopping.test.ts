import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readProcess } from '../src/supervisor/process-table.ts';
import { orderOf, runOf, splitOrderOf, writeProgram } from './host-programs.ts';
import { until } from './host-waiting.ts';
import { TestHost, TRACK } from './supervisor-harness.ts';

test('an instance that stops is out of the router before it is signalled, and finishes its requests first', async () => {
  await using host = await TestHost.start();
  const run = runOf(await writeProgram(join(host.folder, 'v1')), { drainMs: 60_000 });
  await host.put('web-1', orderOf(run, 1));
  const [instance] = await host.ready('web-1', 1);
  await until(() => host.router.endpoints.get(TRACK)?.length === 1, 'the router knows');
  host.router.busy = 1;
  const retired = host.retire('web-1', 2);
  await until(() => host.router.endpoints.get(TRACK)?.[0]?.draining, 'the router sends it no more');
  expect(host.instances('web-1')[0]).toMatchObject({ state: 'draining', pid: instance?.pid });
  expect(readProcess(instance?.pid ?? 0)).toBeDefined();
  host.router.busy = 0;
  expect(await retired).toEqual({ ok: true, value: undefined });
  expect(await host.processes()).toEqual([]);
  expect(host.router.endpoints.has(TRACK)).toBe(false);
});

test('requests that do not end are waited for only as long as the drain time', async () => {
  await using host = await TestHost.start();
  const run = runOf(await writeProgram(join(host.folder, 'v1')), { drainMs: 300 });
  await host.put('web-1', orderOf(run, 1));
  await host.ready('web-1', 1);
  host.router.busy = 1;
  const begun = Date.now();
  expect((await host.retire('web-1', 2)).ok).toBe(true);
  expect(Date.now() - begun).toBeGreaterThanOrEqual(300);
  expect(await host.processes()).toEqual([]);
});

test('a program that ignores SIGTERM is killed after the grace', async () => {
  await using host = await TestHost.start({ termGraceMs: 200 });
  const run = runOf(await writeProgram(join(host.folder, 'v1')), { env: { IGNORE_TERM: '1' } });
  await host.put('web-1', orderOf(run, 2));
  await host.ready('web-1', 2);
  expect((await host.retire('web-1', 2)).ok).toBe(true);
  expect(await host.processes()).toEqual([]);
});

test('the children of a program end with it, also one that left the process group', async () => {
  await using host = await TestHost.start({ termGraceMs: 200 });
  const run = runOf(await writeProgram(join(host.folder, 'v1')), { env: { CHILD: '1', DAEMON: '1' } });
  await host.put('web-1', orderOf(run, 1));
  await host.ready('web-1', 1);
  expect(await host.processes()).toHaveLength(3);
  expect((await host.retire('web-1', 2)).ok).toBe(true);
  expect(await host.processes()).toEqual([]);
});

test('the children of a program that died by itself are gone before it is started again', async () => {
  await using host = await TestHost.start({ termGraceMs: 200 });
  const run = runOf(await writeProgram(join(host.folder, 'v1')), { env: { CHILD: '1' } });
  await host.put('web-1', orderOf(run, 1));
  const [before] = await host.ready('web-1', 1);
  process.kill(before?.pid ?? 0, 'SIGKILL');
  await until(() => host.instances('web-1')[0]?.unexpectedExits === 1, 'the exit is noticed');
  await host.ready('web-1', 1);
  expect(await host.processes()).toHaveLength(2);
});

test('a command of several programs is stopped as a whole', async () => {
  await using host = await TestHost.start({ termGraceMs: 200 });
  const directory = await writeProgram(join(host.folder, 'v1'));
  await host.put(
    'web-1',
    orderOf(runOf(directory, { run: `true && ${process.execPath} program.mjs | cat` }), 1),
  );
  await host.ready('web-1', 1);
  expect((await host.processes()).length).toBeGreaterThanOrEqual(3);
  expect((await host.retire('web-1', 2)).ok).toBe(true);
  expect(await host.processes()).toEqual([]);
});

test('a revision in its pause between restarts is retired at once', async () => {
  await using host = await TestHost.start({ restartBaseMs: 60_000, restartCapMs: 60_000 });
  const run = runOf(await writeProgram(join(host.folder, 'v1')), { run: 'exit 3' });
  await host.put('web-1', orderOf(run, 2));
  await until(() => host.instances('web-1').every(({ state }) => state === 'backoff'), 'both pause');
  expect((await host.retire('web-1', 2)).ok).toBe(true);
});

test('a revision that is ordered again while it is retired runs on, in new processes', async () => {
  await using host = await TestHost.start();
  const run = runOf(await writeProgram(join(host.folder, 'v1')), { drainMs: 60_000 });
  await host.put('web-1', orderOf(run, 1));
  const [before] = await host.ready('web-1', 1);
  host.router.busy = 1;
  const retired = host.retire('web-1', 2);
  await until(() => host.instances('web-1')[0]?.state === 'draining', 'it drains');
  await host.put('web-1', orderOf(run, 1, 3));
  host.router.busy = 0;
  expect(await retired).toMatchObject({ ok: false, refusal: { code: 'retirement-superseded' } });
  const [after] = await host.ready('web-1', 1);
  expect(after?.pid).not.toBe(before?.pid);
  expect(await host.processes()).toEqual([after?.pid]);
});

test('two orders to retire the same revision both succeed when it is gone', async () => {
  await using host = await TestHost.start();
  await host.put('web-1', orderOf(runOf(await writeProgram(join(host.folder, 'v1'))), 2));
  await host.ready('web-1', 2);
  const outcomes = await Promise.all([host.retire('web-1', 2), host.retire('web-1', 2)]);
  expect(outcomes.map(({ ok }) => ok)).toEqual([true, true]);
  expect(await host.retire('web-1', 2)).toMatchObject({ refusal: { code: 'revision-unknown' } });
});

test('with its last revision a track leaves the router', async () => {
  await using host = await TestHost.start();
  await host.put('web-1', orderOf(runOf(await writeProgram(join(host.folder, 'v1'))), 1));
  await host.ready('web-1', 1);
  await host.split(splitOrderOf({ 'web-1': 10_000 }));
  await host.split(splitOrderOf({}, 2));
  expect((await host.retire('web-1', 3)).ok).toBe(true);
  expect(host.router.story.at(-1)).toBe('track removed');
  expect(host.supervisor.track(TRACK)?.status()).toEqual({ track: TRACK, revisions: {}, split: null });
});

test('a router that is out of reach is told again until it knows', async () => {
  await using host = await TestHost.start({ routerRetryMs: 20 });
  host.router.failing = true;
  await host.put('web-1', orderOf(runOf(await writeProgram(join(host.folder, 'v1'))), 1));
  await host.ready('web-1', 1);
  await until(
    () => host.logged.some(({ message }) => message === 'router not told of a change'),
    'a warning',
  );
  host.router.failing = false;
  await until(() => host.router.endpoints.get(TRACK)?.length === 1, 'the router knows');
});
