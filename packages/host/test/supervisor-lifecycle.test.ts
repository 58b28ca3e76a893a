import { readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { orderOf, runOf, writeProgram } from './host-programs.ts';
import { until } from './host-waiting.ts';
import { TestHost, TRACK } from './supervisor-harness.ts';

const body = (port: number, path: string): Promise<string> =>
  fetch(`http://127.0.0.1:${port}${path}`).then((answer) => answer.text());

test('a revision runs in as many processes as ordered, each with its own port and told who it is', async () => {
  await using host = await TestHost.start();
  const directory = await writeProgram(join(host.folder, 'v1'));
  await host.put('web-1', orderOf(runOf(directory, { env: { COLOUR: 'blue' } }), 3));
  const instances = await host.ready('web-1', 3);
  expect(new Set(instances.map(({ port }) => port)).size).toBe(3);
  expect(new Set(instances.map(({ pid }) => pid)).size).toBe(3);
  const told = JSON.parse(await body(instances[2]?.port ?? 0, '/env')) as Record<string, string>;
  expect(told).toMatchObject({
    PORT: String(instances[2]?.port),
    HOST: '127.0.0.1',
    COLOUR: 'blue',
    SLUICE_REVISION: 'web-1',
    SLUICE_VERSION: 'v1',
    SLUICE_INSTANCE: '2',
  });
  expect(told['PWD']).toBe(directory);
  expect(told).not.toHaveProperty('HOST_ONLY');
  expect(host.revision('web-1')).toMatchObject({ ordered: 3, ready: 3, crashLooping: false, reason: null });
});

test('what a program prints is in its log', async () => {
  await using host = await TestHost.start();
  await host.put('web-1', orderOf(runOf(await writeProgram(join(host.folder, 'v1'))), 1));
  await host.ready('web-1', 1);
  const log = join(host.paths.logFolder, 'shop%2Fproduction%2Fweb', 'web-1', '0.log');
  expect(await readFile(log, 'utf8')).toBe('instance 0 of web-1 v1\n');
});

test('a smaller order stops the highest numbers and leaves the others alone', async () => {
  await using host = await TestHost.start();
  const run = runOf(await writeProgram(join(host.folder, 'v1')));
  await host.put('web-1', orderOf(run, 3));
  const before = await host.ready('web-1', 3);
  await host.put('web-1', orderOf(run, 1, 2));
  await until(() => host.instances('web-1').length === 1, 'two instances stop');
  expect(host.instances('web-1')[0]?.pid).toBe(before[0]?.pid);
  expect(await host.processes()).toEqual([before[0]?.pid]);
});

test('a program that starts slowly is not ready until it answers, and the status says why', async () => {
  await using host = await TestHost.start();
  const run = runOf(await writeProgram(join(host.folder, 'v1')), { env: { READY_AFTER_MS: '400' } });
  await host.put('web-1', orderOf(run, 1));
  const reason = await until(
    () => host.revision('web-1')?.reason?.includes('nothing listens') && host.revision('web-1')?.reason,
    'a reason',
  );
  expect(reason).toMatch(/^instance 0 is starting \(port \d+: nothing listens\)$/);
  expect(host.router.endpoints.get(TRACK) ?? []).toEqual([]);
  await host.ready('web-1', 1);
  await until(() => host.router.endpoints.get(TRACK)?.length === 1, 'the router knows');
});

test('a program that is not ready in time is ended and counted, and twice makes a crash loop', async () => {
  await using host = await TestHost.start();
  const health = { path: '/health', withinMs: 300, intervalMs: 50, timeoutMs: 200, failures: 3 };
  // Of a shell, as Node on a busy machine would have said nothing yet when its time is over.
  const folder = await writeProgram(join(host.folder, 'v1'));
  await host.put(
    'web-1',
    orderOf(runOf(folder, { run: 'echo "still warming up"; exec sleep 60', health }), 1),
  );
  await until(
    () => host.revision('web-1')?.crashLooping,
    'a crash loop',
    () => host.revision('web-1'),
  );
  const [instance] = host.instances('web-1');
  expect(instance?.unexpectedExits).toBeGreaterThanOrEqual(2);
  expect(instance?.lastExit).toMatch(/^not ready within 300ms \(.*nothing listens\): still warming up$/);
});

test('a program that exits is started again after growing pauses, and three times makes a crash loop', async () => {
  await using host = await TestHost.start();
  const run = runOf(await writeProgram(join(host.folder, 'v1')), {
    health: { path: null, withinMs: 10_000, intervalMs: 50, timeoutMs: 500, failures: 3 },
    env: { EXIT_AFTER_MS: '150' },
  });
  await host.put('web-1', orderOf(run, 1));
  await until(() => (host.instances('web-1')[0]?.unexpectedExits ?? 0) === 1, 'the first exit');
  expect(host.revision('web-1')?.crashLooping).toBe(false);
  await until(
    () => host.revision('web-1')?.crashLooping,
    'a crash loop',
    () => host.revision('web-1'),
  );
  const [instance] = host.instances('web-1');
  expect(instance?.unexpectedExits).toBe(3);
  expect(instance?.lastExit).toBe('exit code 7: boom');
  expect(host.revision('web-1')?.reason).toMatch(/exit code 7: boom/);
});

test('an instance that is killed comes back on a new process', async () => {
  await using host = await TestHost.start();
  await host.put('web-1', orderOf(runOf(await writeProgram(join(host.folder, 'v1'))), 1));
  const [before] = await host.ready('web-1', 1);
  process.kill(before?.pid ?? 0, 'SIGKILL');
  await until(() => host.instances('web-1')[0]?.unexpectedExits === 1, 'the exit is noticed');
  const [after] = await host.ready('web-1', 1);
  expect(after?.pid).not.toBe(before?.pid);
  expect(after?.lastExit).toMatch(/^signal SIGKILL/);
  expect(await host.processes()).toEqual([after?.pid]);
});

test('an instance that fails its probes is taken out of the router, and comes back when it is well', async () => {
  await using host = await TestHost.start();
  const sick = join(host.folder, 'sick');
  const run = runOf(await writeProgram(join(host.folder, 'v1')), { env: { SICK_FILE: sick } });
  await host.put('web-1', orderOf(run, 1));
  const [before] = await host.ready('web-1', 1);
  await writeFile(sick, '');
  await until(() => host.instances('web-1')[0]?.state === 'unready', 'it is noticed');
  await until(() => host.router.endpoints.get(TRACK)?.[0]?.draining, 'the router knows');
  expect(host.revision('web-1')?.reason).toBe('instance 0 is not ready any more (GET /health answers 503)');
  await rm(sick);
  const [after] = await host.ready('web-1', 1);
  expect(after?.pid).toBe(before?.pid);
  expect(after?.unexpectedExits).toBe(0);
});

test('an instance that stays unwell is started again', async () => {
  await using host = await TestHost.start();
  const sick = join(host.folder, 'sick');
  const health = { path: '/health', withinMs: 400, intervalMs: 20, timeoutMs: 300, failures: 2 };
  const run = runOf(await writeProgram(join(host.folder, 'v1')), { env: { SICK_FILE: sick }, health });
  await host.put('web-1', orderOf({ ...run, health: { ...health, withinMs: 10_000 } }, 1));
  await host.ready('web-1', 1);
  await host.put('web-1', orderOf(run, 1, 2));
  await writeFile(sick, '');
  await until(
    () => host.instances('web-1')[0]?.unexpectedExits === 1,
    'it is given up',
    () => host.revision('web-1'),
  );
  expect(host.instances('web-1')[0]?.lastExit).toMatch(
    /^not ready any more for [\dms]+ \(GET \/health answers 503\)/,
  );
});

test('a TCP probe is enough where no health path is given', async () => {
  await using host = await TestHost.start();
  const health = { path: null, withinMs: 10_000, intervalMs: 50, timeoutMs: 500, failures: 3 };
  await host.put('web-1', orderOf(runOf(await writeProgram(join(host.folder, 'v1')), { health }), 1));
  const [instance] = await host.ready('web-1', 1);
  await new Promise((resolve) =>
    connect(instance?.port ?? 0, '127.0.0.1')
      .once('connect', resolve)
      .destroySoon(),
  );
});

test('a program over its memory limit is ended, and the status says so', async () => {
  await using host = await TestHost.start();
  const run = runOf(await writeProgram(join(host.folder, 'v1')), {
    env: { FATTEN_MB: '250' },
    resources: { cpuMillis: 0, memoryBytes: 150 * 1024 * 1024 },
  });
  await host.put('web-1', orderOf(run, 1));
  await until(
    () => host.instances('web-1')[0]?.lastExit,
    'it is ended',
    () => host.revision('web-1'),
  );
  expect(host.instances('web-1')[0]?.lastExit).toMatch(/^out of memory \(\d+ MiB used of 150 MiB\)/);
});

test('a program within its memory limit is left alone while another is ended', async () => {
  await using host = await TestHost.start();
  const directory = await writeProgram(join(host.folder, 'v1'));
  const resources = { cpuMillis: 0, memoryBytes: 150 * 1024 * 1024 };
  await host.put('web-1', orderOf(runOf(directory, { resources }), 1));
  await host.put('web-2', orderOf(runOf(directory, { resources, env: { FATTEN_MB: '250' } }), 1));
  await until(() => host.instances('web-2')[0]?.lastExit, 'the fat one is ended');
  expect(host.instances('web-1')[0]?.unexpectedExits).toBe(0);
});

test('a log that outgrows its limit is rotated under the running program, and three files are kept', async () => {
  await using host = await TestHost.start({ logBytes: 2000, logLookMs: 20 });
  const run = runOf(await writeProgram(join(host.folder, 'v1')), {
    run: 'while true; do echo 0123456789012345678901234567890123456789; sleep 0.001; done',
    health: { path: null, withinMs: 60_000, intervalMs: 50, timeoutMs: 500, failures: 3 },
  });
  await host.put('web-1', orderOf(run, 1));
  const folder = join(host.paths.logFolder, 'shop%2Fproduction%2Fweb', 'web-1');
  const oldest = () =>
    stat(join(folder, '0.log.2')).then(
      ({ mtimeMs }) => mtimeMs,
      () => undefined,
    );
  const first = await until(oldest, 'two rotations');
  await until(async () => ((await oldest()) ?? first) > first, 'the oldest is replaced');
  await until(async () => (await readdir(folder)).length === 3, 'the three files are there at once');
  expect((await readdir(folder)).sort()).toEqual(['0.log', '0.log.1', '0.log.2']);
  expect(await readFile(join(folder, '0.log.2'), 'utf8')).toMatch(/^(0123456789){4}\n/);
});
