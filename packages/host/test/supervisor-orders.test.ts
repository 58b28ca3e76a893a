import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { instanceLogFile } from '../src/disk/host-paths.ts';
import { UNFINISHED_SUFFIX } from '../src/disk/write-atomically.ts';
import { orderOf, runOf, splitOrderOf, writeProgram } from './host-programs.ts';
import { until } from './host-waiting.ts';
import { TestHost, TRACK } from './supervisor-harness.ts';

const refusedAs = (code: string) => ({ ok: false, refusal: { code } });

test('an order of a lower generation is refused, for every thing of the track', async () => {
  await using host = await TestHost.start();
  const run = runOf(await writeProgram(join(host.folder, 'v1')));
  await host.put('web-1', orderOf(run, 1, 7));
  expect(await host.tryPut('web-2', orderOf(run, 1, 6))).toMatchObject(refusedAs('stale-generation'));
  expect(await host.trySplit(splitOrderOf({ 'web-1': 10_000 }, 6))).toMatchObject(
    refusedAs('stale-generation'),
  );
  expect(await host.retire('web-1', 6)).toMatchObject(refusedAs('stale-generation'));
});

test('a generation may repeat an order and may not change it', async () => {
  await using host = await TestHost.start();
  const run = runOf(await writeProgram(join(host.folder, 'v1')));
  await host.put('web-1', orderOf(run, 1, 7));
  await host.put('web-1', orderOf(run, 1, 7));
  expect(await host.tryPut('web-1', orderOf(run, 2, 7))).toMatchObject(refusedAs('generation-reused'));
  await host.put('web-2', orderOf(run, 1, 7));
  await host.put('web-1', orderOf(run, 2, 8));
});

test('a late copy of an order does not bring a retired revision back', async () => {
  await using host = await TestHost.start();
  const run = runOf(await writeProgram(join(host.folder, 'v1')));
  await host.put('web-1', orderOf(run, 1, 1));
  expect((await host.retire('web-1', 2)).ok).toBe(true);
  expect(await host.tryPut('web-1', orderOf(run, 1, 1))).toMatchObject(refusedAs('stale-generation'));
  expect(await host.tryPut('web-1', orderOf(run, 1, 2))).toMatchObject(refusedAs('generation-reused'));
});

test('a refused order of a newer generation still shuts out the older one', async () => {
  await using host = await TestHost.start();
  const run = runOf(await writeProgram(join(host.folder, 'v1')));
  await host.put('web-1', orderOf(run, 1, 1));
  expect(await host.trySplit(splitOrderOf({ 'web-9': 10_000 }, 5))).toMatchObject(
    refusedAs('revision-not-run'),
  );
  expect(await host.tryPut('web-1', orderOf(run, 2, 4))).toMatchObject(refusedAs('stale-generation'));
  await host.put('web-1', orderOf(run, 2, 5));
});

test('a revision that the split may reach is neither retired nor emptied: by weight, match or mirror', async () => {
  await using host = await TestHost.start();
  const run = runOf(await writeProgram(join(host.folder, 'v1')));
  for (const revision of ['web-1', 'web-2', 'web-3', 'web-4']) {
    await host.put(revision, orderOf(run, 1));
    await host.ready(revision, 1);
  }
  const order = splitOrderOf({ 'web-1': 10_000, 'web-2': 0 }, 2);
  const matches = [{ conditions: [{ on: 'path' as const, prefix: '/x' }], revision: 'web-3' }];
  await host.split({
    ...order,
    split: { ...order.split, matches, mirror: { revision: 'web-4', basisPoints: 100 } },
  });
  for (const revision of ['web-1', 'web-3', 'web-4']) {
    expect(await host.retire(revision, 3)).toMatchObject(refusedAs('still-routed'));
    expect(await host.tryPut(revision, orderOf(run, 0, 3))).toMatchObject(refusedAs('still-routed'));
  }
  expect((await host.retire('web-2', 3)).ok).toBe(true);
});

test('a revision stays while the split that leaves it out has not reached the router', async () => {
  await using host = await TestHost.start();
  const run = runOf(await writeProgram(join(host.folder, 'v1')));
  await host.put('web-1', orderOf(run, 1));
  await host.put('web-2', orderOf(run, 1));
  await host.ready('web-1', 1);
  await host.ready('web-2', 1);
  await host.split(splitOrderOf({ 'web-1': 10_000 }, 2));
  host.router.failing = true;
  await expect(host.trySplit(splitOrderOf({ 'web-2': 10_000 }, 3))).rejects.toMatchObject({
    code: 'unreachable',
  });
  expect(await host.retire('web-1', 4)).toMatchObject(refusedAs('still-routed'));
  expect(await host.retire('web-2', 4)).toMatchObject(refusedAs('still-routed'));
});

test('a split is refused that names a revision which is not run or gives more to one with no ready instance', async () => {
  await using host = await TestHost.start();
  const directory = await writeProgram(join(host.folder, 'v1'));
  await host.put('web-1', orderOf(runOf(directory), 1));
  await host.put('web-2', orderOf(runOf(directory, { env: { READY_AFTER_MS: '60000' } }), 1));
  await host.ready('web-1', 1);
  expect(await host.trySplit(splitOrderOf({ 'web-1': 9999, 'web-9': 1 }))).toMatchObject(
    refusedAs('revision-not-run'),
  );
  expect(await host.trySplit(splitOrderOf({ 'web-1': 9999, 'web-2': 1 }))).toMatchObject(
    refusedAs('no-ready-instance'),
  );
  expect(await host.trySplit(splitOrderOf({ 'web-1': 9999 }))).toMatchObject(refusedAs('split-invalid'));
  await host.split(splitOrderOf({ 'web-1': 10_000, 'web-2': 0 }));
});

test('two tracks cannot take the same requests', async () => {
  await using host = await TestHost.start();
  await host.split(splitOrderOf({}));
  const other = (path: string) => {
    const order = splitOrderOf({});
    return host.supervisor.order('shop/production/other', (track) =>
      track.putSplit({ ...order, route: { ...order.route, path } }),
    );
  };
  expect(await other('/')).toMatchObject(refusedAs('route-taken'));
  expect(await other('/other')).toMatchObject({ ok: true });
});

test('the status tells the split that the router confirmed, as it was ordered', async () => {
  await using host = await TestHost.start();
  await host.put('web-1', orderOf(runOf(await writeProgram(join(host.folder, 'v1'))), 1));
  await host.ready('web-1', 1);
  expect(host.supervisor.track(TRACK)?.status().split).toBeNull();
  const order = splitOrderOf({ 'web-1': 10_000 }, 4);
  await host.split(order);
  expect(host.supervisor.track(TRACK)?.status().split).toEqual({ generation: 4, split: order.split });
});

test('an order that cannot be run is refused before anything is started', async () => {
  await using host = await TestHost.start();
  const run = runOf(await writeProgram(join(host.folder, 'v1')));
  const refusals: [string, ReturnType<typeof runOf>][] = [
    ['directory-missing', { ...run, directory: join(host.folder, 'nowhere') }],
    ['run-invalid', { ...run, directory: 'relative' }],
    ['run-invalid', { ...run, run: ' ' }],
    ['run-invalid', { ...run, env: { 'NO GOOD': 'x' } }],
    ['run-invalid', { ...run, env: { ZERO: 'a\0b' } }],
    ['run-invalid', { ...run, health: { ...run.health, path: '/a b' } }],
    ['name-reserved', { ...run, env: { PORT: '80' } }],
    ['name-reserved', { ...run, env: { SLUICE_MARK: 'mine' } }],
    ['secret-missing', { ...run, secrets: { TOKEN: { from: 'environment', name: 'ABSENT' } } }],
    ['secret-missing', { ...run, secrets: { TOKEN: { from: 'file', path: join(host.folder, 'absent') } } }],
  ];
  for (const [code, bad] of refusals)
    expect(await host.tryPut('web-1', orderOf(bad, 1))).toMatchObject(refusedAs(code));
  expect(await host.tryPut('web-1', orderOf(run, 257))).toMatchObject(refusedAs('too-many-instances'));
  expect(host.supervisor.tracks()).toEqual([]);
  expect(await readdir(host.paths.stateFolder)).toEqual([]);
});

test('what a revision is may not change; its label, health and drain time may', async () => {
  await using host = await TestHost.start();
  const run = runOf(await writeProgram(join(host.folder, 'v1')));
  await host.put('web-1', orderOf(run, 1));
  expect(await host.tryPut('web-1', orderOf({ ...run, env: { A: 'b' } }, 1, 2))).toMatchObject(
    refusedAs('revision-immutable'),
  );
  await host.put('web-1', orderOf({ ...run, version: 'v1-again', drainMs: 5 }, 1, 2));
  expect(host.revision('web-1')?.version).toBe('v1-again');
});

test('secrets reach the program and nothing else: no state, no status, no log of the host', async () => {
  await using host = await TestHost.start();
  const file = join(host.folder, 'secret');
  await writeFile(file, 'from-file-unspeakable\n');
  host.environment['DATABASE_SECRET'] = 'from-host-unspeakable';
  const run = runOf(await writeProgram(join(host.folder, 'v1')), {
    run: `echo "$TOKEN" > ${host.folder}/seen; echo "$DB" >> ${host.folder}/seen; echo "bad token $TOKEN"; exit 1`,
    secrets: { TOKEN: { from: 'file', path: file }, DB: { from: 'environment', name: 'DATABASE_SECRET' } },
  });
  await host.put('web-1', orderOf(run, 1));
  await until(() => host.revision('web-1')?.crashLooping, 'it exits twice');
  expect(await readFile(join(host.folder, 'seen'), 'utf8')).toBe(
    'from-file-unspeakable\nfrom-host-unspeakable\n',
  );
  expect(host.instances('web-1')[0]?.lastExit).toBe('exit code 1: bad token [secret]');
  const told = JSON.stringify([host.logged, host.supervisor.track(TRACK)?.status()]);
  const states = await Promise.all(
    (await readdir(host.paths.stateFolder))
      .filter((name) => !name.endsWith(UNFINISHED_SUFFIX))
      .map((name) => readFile(join(host.paths.stateFolder, name), 'utf8')),
  );
  expect(states.join('')).toContain('DATABASE_SECRET');
  expect(told + states.join('')).not.toContain('unspeakable');
  // From then on nobody knows what to blot out of what the program has written.
  expect((await host.retire('web-1', 2)).ok).toBe(true);
  const log = await readFile(instanceLogFile(host.paths, TRACK, 'web-1', 0), 'utf8');
  expect(log).toMatch(/^(bad token \[secret\]\n)+$/);
});

test('a secret that has vanished by the next start is the reason for the pause', async () => {
  await using host = await TestHost.start();
  const file = join(host.folder, 'secret');
  await writeFile(file, 'value');
  const run = runOf(await writeProgram(join(host.folder, 'v1')), {
    secrets: { TOKEN: { from: 'file', path: file } },
  });
  await host.put('web-1', orderOf(run, 1));
  const [before] = await host.ready('web-1', 1);
  await rm(file);
  process.kill(before?.pid ?? 0, 'SIGKILL');
  await until(() => host.revision('web-1')?.reason?.includes('The secret TOKEN has no value'), 'the reason');
  await writeFile(file, 'value');
  await host.ready('web-1', 1);
});

test('a folder that has vanished by the next start is the reason for the pause', async () => {
  await using host = await TestHost.start();
  const directory = await writeProgram(join(host.folder, 'v1'));
  await host.put('web-1', orderOf(runOf(directory), 1));
  const [before] = await host.ready('web-1', 1);
  await rm(directory, { recursive: true });
  process.kill(before?.pid ?? 0, 'SIGKILL');
  await until(() => host.revision('web-1')?.reason?.includes('could not be started in'), 'the reason');
  await writeProgram(directory);
  await host.ready('web-1', 1);
});

test('a revision with ports of its own has a block that nobody else gets', async () => {
  await using host = await TestHost.start();
  const run = runOf(await writeProgram(join(host.folder, 'v1')));
  await host.put('web-1', orderOf(run, 3, 1, true));
  await host.put('web-2', orderOf(run, 3, 1, true));
  await host.put('web-3', orderOf(run, 3, 1));
  const blocks = new Map<string, Set<number>>();
  for (const revision of ['web-1', 'web-2', 'web-3']) {
    const instances = await host.ready(revision, 3);
    blocks.set(revision, new Set(instances.map(({ port }) => Math.floor(port / 16))));
  }
  expect(blocks.get('web-1')?.size).toBe(1);
  expect(blocks.get('web-2')?.size).toBe(1);
  expect(blocks.get('web-1')).not.toEqual(blocks.get('web-2'));
  for (const own of ['web-1', 'web-2'])
    expect([...(blocks.get('web-3') ?? [])].some((block) => blocks.get(own)?.has(block))).toBe(false);
});

test('a port that somebody else took between two starts is left to them', async () => {
  await using host = await TestHost.start({ restartBaseMs: 1000 });
  const run = runOf(await writeProgram(join(host.folder, 'v1')));
  await host.put('web-1', orderOf(run, 1));
  const [before] = await host.ready('web-1', 1);
  process.kill(before?.pid ?? 0, 'SIGKILL');
  await until(() => host.instances('web-1')[0]?.state === 'backoff', 'it pauses');
  const squatter = createServer().listen(before?.port, '127.0.0.1');
  await once(squatter, 'listening');
  const [after] = await host.ready('web-1', 1);
  squatter.close();
  expect(after?.port).not.toBe(before?.port);
  expect(after?.unexpectedExits).toBe(1);
});

test('logs of retired revisions are kept up to a limit', async () => {
  await using host = await TestHost.start();
  const run = runOf(await writeProgram(join(host.folder, 'v1')));
  const folder = join(host.paths.logFolder, 'shop%2Fproduction%2Fweb');
  for (let old = 0; old < 25; old++) await mkdir(join(folder, `old-${old}`), { recursive: true });
  await host.put('web-1', orderOf(run, 1));
  await host.ready('web-1', 1);
  expect((await host.retire('web-1', 2)).ok).toBe(true);
  const kept = await readdir(folder);
  expect(kept).toHaveLength(20);
  expect(kept).toContain('web-1');
});
