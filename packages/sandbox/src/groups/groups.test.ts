import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { GROUPS_FOLDER, groupFolder } from './group-files.ts';
import { openGroupsV1 } from './groups-v1.ts';
import { openGroupsV2 } from './groups-v2.ts';

const LIMITS = { memoryBytes: 1_000_000, cpuMillis: 500, processes: 20 };
let mount: string;
beforeEach(async () => {
  mount = await mkdtemp(join(tmpdir(), 'sluice-groups-'));
});
afterEach(() => rm(mount, { recursive: true, force: true }));

const read = (...path: string[]): Promise<string> => readFile(join(mount, ...path), 'utf8');

describe('groups of cgroup v2', () => {
  const offer = (folder: string, controllers: string): Promise<void> =>
    mkdir(join(mount, folder), { recursive: true }).then(() =>
      writeFile(join(mount, folder, 'cgroup.controllers'), controllers),
    );

  test('have the limits that were asked for, and are joined by one file', async () => {
    await offer('', 'cpuset cpu memory pids\n');
    const tree = await openGroupsV2(mount, '0::/\n');
    expect(tree?.keeps).toEqual(new Set(['memory', 'cpu', 'processes']));
    const group = join(GROUPS_FOLDER, groupFolder('a/b/1'));
    expect(await tree?.make('a/b/1', LIMITS)).toEqual([join(mount, group, 'cgroup.procs')]);
    expect(await read('cgroup.subtree_control')).toBe('+memory +cpu +pids');
    expect(await read(group, 'memory.max')).toBe('1000000');
    expect(await read(group, 'memory.oom.group')).toBe('1');
    expect(await read(group, 'cpu.max')).toBe('50000 100000');
    expect(await read(group, 'pids.max')).toBe('20');
  });

  test('are made where they were delegated when the root is not offered', async () => {
    await offer('', 'hugetlb\n');
    await offer('user.slice/app.slice', 'memory pids\n');
    const tree = await openGroupsV2(mount, '0::/user.slice/app.slice/sluice.service\n');
    expect(tree?.keeps).toEqual(new Set(['memory', 'processes']));
    expect(await readdir(join(mount, 'user.slice/app.slice'))).toContain(GROUPS_FOLDER);
  });

  test('tell their members and whether they ran out of memory', async () => {
    await offer('', 'memory\n');
    const tree = await openGroupsV2(mount, '');
    await tree?.make('one', LIMITS);
    const group = join(mount, GROUPS_FOLDER, groupFolder('one'));
    await writeFile(join(group, 'cgroup.procs'), '12\n13\n');
    await writeFile(join(group, 'memory.events'), 'oom 1\noom_kill 0\n');
    expect(await tree?.members('one')).toEqual([12, 13]);
    expect(await tree?.ranOutOfMemory('one')).toBe(false);
    await writeFile(join(group, 'memory.events'), 'oom 1\noom_kill 2\n');
    expect(await tree?.ranOutOfMemory('one')).toBe(true);
    expect(await tree?.members('another')).toEqual([]);
    expect(await tree?.remove('another')).toBe(true);
  });

  test('are none where the hierarchy keeps nothing of ours', async () => {
    await offer('', 'hugetlb\n');
    expect(await openGroupsV2(mount, '0::/\n')).toBeNull();
    expect(await openGroupsV2(join(mount, 'nowhere'), '0::/\n')).toBeNull();
  });
});

describe('groups of cgroup v1', () => {
  const controller = (name: string): Promise<void> =>
    mkdir(join(mount, name)).then(() => writeFile(join(mount, name, 'cgroup.procs'), ''));

  test('lie in one folder per controller', async () => {
    await Promise.all(['memory', 'cpu', 'pids'].map(controller));
    const tree = await openGroupsV1(mount);
    expect(await tree?.make('one', LIMITS)).toHaveLength(3);
    const group = join(GROUPS_FOLDER, groupFolder('one'));
    expect(await read('memory', group, 'memory.limit_in_bytes')).toBe('1000000');
    expect(await read('cpu', group, 'cpu.cfs_quota_us')).toBe('50000');
    expect(await read('pids', group, 'pids.max')).toBe('20');
  });

  test('keep what their controllers keep', async () => {
    await controller('pids');
    expect((await openGroupsV1(mount))?.keeps).toEqual(new Set(['processes']));
    expect(await openGroupsV1(join(mount, 'nowhere'))).toBeNull();
  });
});
