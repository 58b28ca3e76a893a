import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { Cgroups } from './cgroups.ts';

/** Plain files in place of the kernel's: what is written can be read, nothing is limited. */
async function mount(controllers: string): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'sluice-cgroup-'));
  onTestFinished(() => rm(path, { recursive: true }));
  await writeFile(join(path, 'cgroup.controllers'), controllers);
  return path;
}

test('a system without both controllers, or without cgroup v2, offers nothing', async () => {
  expect(await Cgroups.open(await mount('hugetlb\n'), 'hash')).toBeNull();
  expect(await Cgroups.open(join(await mount('cpu memory'), 'nowhere'), 'hash')).toBeNull();
});

test('an instance gets a group with its limits, and the process goes in last', async () => {
  const root = await mount('cpuset cpu io memory pids\n');
  const cgroups = await Cgroups.open(root, 'hash');
  await cgroups?.place('track/web-1/0', 4242, { memoryBytes: 1000, cpuMillis: 1500 });
  const [group = ''] = (await readdir(join(root, 'sluice-hash'), { withFileTypes: true }))
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name);
  const read = (name: string) => readFile(join(root, 'sluice-hash', group, name), 'utf8');
  expect(await read('memory.max')).toBe('1000');
  expect(await read('memory.oom.group')).toBe('1');
  expect(await read('cpu.max')).toBe('150000 100000');
  expect(await read('cgroup.procs')).toBe('4242');
  expect(await cgroups?.holds('track/web-1/0', 4242)).toBe(true);
  expect(await cgroups?.holds('track/web-1/0', 42)).toBe(false);
  expect(await cgroups?.holds('track/web-1/1', 4242)).toBe(false);
  expect(await readFile(join(root, 'cgroup.subtree_control'), 'utf8')).toBe('+memory +cpu');
});

test('a kill for want of memory is told by the count of the group', async () => {
  const root = await mount('cpu memory');
  const cgroups = await Cgroups.open(root, 'hash');
  expect(await cgroups?.ranOutOfMemory('x')).toBe(false);
  await cgroups?.place('x', 1, { memoryBytes: 1, cpuMillis: 0 });
  const [group = ''] = (await readdir(join(root, 'sluice-hash'))).filter((name) => !name.includes('.'));
  await writeFile(join(root, 'sluice-hash', group, 'memory.events'), 'low 0\nmax 9\noom 1\noom_kill 1\n');
  expect(await cgroups?.ranOutOfMemory('x')).toBe(true);
});

test('removing a group that is not there is no error', async () => {
  const root = await mount('cpu memory');
  await mkdir(join(root, 'sluice-hash'));
  const cgroups = await Cgroups.open(root, 'hash');
  await expect(cgroups?.remove('never placed')).resolves.toBeUndefined();
});
