import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { countIn, exists, groupFolder, GROUPS_FOLDER, madeWritable, pidsIn, removed } from './group-files.ts';
import { CPU_PERIOD_US, type GroupLimit, type GroupLimits, type GroupTree, quotaUs } from './group-tree.ts';

const CONTROLLERS: Readonly<Record<GroupLimit, string>> = {
  memory: 'memory',
  cpu: 'cpu',
  processes: 'pids',
};

/**
 * Groups of cgroup v1 (Documentation/admin-guide/cgroup-v1), one folder per controller; null when this user may write
 * none of them.
 * @param mount the folder below which each controller is mounted by its name
 */
export async function openGroupsV1(mount: string): Promise<GroupTree | null> {
  const folders = new Map<GroupLimit, string>();
  for (const limit of Object.keys(CONTROLLERS) as GroupLimit[]) {
    const hierarchy = join(mount, CONTROLLERS[limit]);
    if (!(await exists(join(hierarchy, 'cgroup.procs')))) continue;
    const folder = join(hierarchy, GROUPS_FOLDER);
    const made = await madeWritable(folder);
    if (made) folders.set(limit, folder);
  }
  return folders.size === 0 ? null : groupsIn(folders);
}

function groupsIn(folders: ReadonlyMap<GroupLimit, string>): GroupTree {
  const groupsOf = (name: string): readonly string[] =>
    [...folders.values()].map((folder) => join(folder, groupFolder(name)));
  const groupIn = (limit: GroupLimit, name: string): string =>
    join(folders.get(limit) ?? '/nowhere', groupFolder(name));
  return {
    interface: 'cgroup v1',
    keeps: new Set(folders.keys()),
    make: async (name, limits) => {
      const groups = groupsOf(name);
      for (const group of groups) await mkdir(group, { recursive: true });
      await setLimits((limit) => groupIn(limit, name), limits);
      return groups.map((group) => join(group, 'cgroup.procs'));
    },
    members: async (name) => {
      const pids = await Promise.all(groupsOf(name).map((group) => pidsIn(join(group, 'cgroup.procs'))));
      return [...new Set(pids.flat())];
    },
    ranOutOfMemory: async (name) =>
      (await countIn(join(groupIn('memory', name), 'memory.oom_control'), 'oom_kill')) > 0,
    remove: async (name) => (await Promise.all(groupsOf(name).map(removed))).every(Boolean),
  };
}

async function setLimits(groupOf: (limit: GroupLimit) => string, limits: GroupLimits): Promise<void> {
  const { memoryBytes, cpuMillis, processes } = limits;
  if (memoryBytes > 0) {
    const memory = groupOf('memory');
    await writeFile(join(memory, 'memory.limit_in_bytes'), String(memoryBytes));
    // Memory and swap together, so that swap adds nothing; there only where the kernel counts swap.
    const withSwap = join(memory, 'memory.memsw.limit_in_bytes');
    if (await exists(withSwap)) await writeFile(withSwap, String(memoryBytes));
  }
  if (cpuMillis > 0) {
    const cpu = groupOf('cpu');
    await writeFile(join(cpu, 'cpu.cfs_period_us'), String(CPU_PERIOD_US));
    await writeFile(join(cpu, 'cpu.cfs_quota_us'), String(quotaUs(cpuMillis)));
  }
  if (processes > 0) await writeFile(join(groupOf('processes'), 'pids.max'), String(processes));
}
