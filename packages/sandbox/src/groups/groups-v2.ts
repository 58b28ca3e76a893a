import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { countIn, exists, groupFolder, GROUPS_FOLDER, madeWritable, pidsIn, removed } from './group-files.ts';
import { CPU_PERIOD_US, type GroupLimit, type GroupLimits, type GroupTree, quotaUs } from './group-tree.ts';

const CONTROLLERS: Readonly<Record<GroupLimit, string>> = {
  memory: 'memory',
  cpu: 'cpu',
  processes: 'pids',
};

/**
 * Groups of cgroup v2 (Documentation/admin-guide/cgroup-v2.rst): at the root where this user may write there, else beside
 * the group that this process is in, where a service manager has delegated that; null when neither can be.
 * @param mount where the hierarchy is mounted
 * @param own what stands in /proc/self/cgroup
 */
export async function openGroupsV2(mount: string, own: string): Promise<GroupTree | null> {
  if (!(await exists(join(mount, 'cgroup.controllers')))) return null;
  const ownGroup = /^0::(\/.*)$/m.exec(own)?.[1] ?? '/';
  const places = [...new Set([mount, join(mount, dirname(ownGroup))])];
  for (const place of places) {
    const tree = await openIn(place).catch(() => null);
    if (tree !== null) return tree;
  }
  return null;
}

async function openIn(place: string): Promise<GroupTree | null> {
  const folder = join(place, GROUPS_FOLDER);
  const offered = await wordsIn(join(place, 'cgroup.controllers'));
  const kept = (Object.keys(CONTROLLERS) as GroupLimit[]).filter((limit) =>
    offered.includes(CONTROLLERS[limit]),
  );
  if (kept.length === 0) return null;
  if (!(await madeWritable(folder))) return null;
  const wanted = kept.map((limit) => `+${CONTROLLERS[limit]}`).join(' ');
  await writeFile(join(place, 'cgroup.subtree_control'), wanted);
  await writeFile(join(folder, 'cgroup.subtree_control'), wanted);
  return groupsIn(folder, new Set(kept));
}

function groupsIn(folder: string, keeps: ReadonlySet<GroupLimit>): GroupTree {
  const groupOf = (name: string): string => join(folder, groupFolder(name));
  return {
    interface: 'cgroup v2',
    keeps,
    make: async (name, limits) => {
      const group = groupOf(name);
      await mkdir(group, { recursive: true });
      await limit(group, limits);
      return [join(group, 'cgroup.procs')];
    },
    members: (name) => pidsIn(join(groupOf(name), 'cgroup.procs')),
    ranOutOfMemory: async (name) => (await countIn(join(groupOf(name), 'memory.events'), 'oom_kill')) > 0,
    remove: (name) => removed(groupOf(name)),
  };
}

async function limit(group: string, { memoryBytes, cpuMillis, processes }: GroupLimits): Promise<void> {
  const set = (file: string, value: string): Promise<void> => writeFile(join(group, file), value);
  if (memoryBytes > 0) {
    await set('memory.max', String(memoryBytes));
    // Without swap the limit means what it says; all processes of the group go together, never one of them.
    if (await exists(join(group, 'memory.swap.max'))) await set('memory.swap.max', '0');
    await set('memory.oom.group', '1');
  }
  if (cpuMillis > 0) await set('cpu.max', `${quotaUs(cpuMillis)} ${CPU_PERIOD_US}`);
  if (processes > 0) await set('pids.max', String(processes));
}

const wordsIn = async (path: string): Promise<readonly string[]> =>
  (await readFile(path, 'utf8')).trim().split(/\s+/);
