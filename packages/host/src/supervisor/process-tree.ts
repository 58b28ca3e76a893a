import { setTimeout as wait } from 'node:timers/promises';
import { assert } from '@sluice/core/kernel/assert.ts';
import { findMarked } from './process-mark.ts';
import { isRunning, listProcesses, readProcess } from './process-table.ts';

/** The processes of one start of an instance: its leader, the leader's group, and whatever carries its mark. */
export interface ProcessTree {
  /** Null when only the mark is known: the host died between the start and its record. */
  readonly leader: { readonly pid: number; readonly startTicks: number } | null;
  readonly mark: string;
}

/** Between two looks at a leader that should end, in ms. */
const LOOK_EVERY_MS = 20;
/** Between two searches of all processes for members of a tree that should end, in ms. */
const SEARCH_EVERY_MS = 100;
/** Rounds of SIGKILL; a process that outlives them hangs in the kernel. */
const KILL_ROUNDS = 50;
/** Between two rounds of SIGKILL, in ms. */
const KILL_EVERY_MS = 100;

/**
 * Ends a tree: SIGTERM to its group, SIGKILL after `graceMs` to everything that is left, also to what left the group.
 * Safe to repeat, and never touches a process that merely has a recycled pid.
 * @returns whether nothing is left
 */
export async function endTree(tree: ProcessTree, graceMs: number): Promise<boolean> {
  const group = await groupOf(tree);
  if (group !== undefined) signal(-group, 'SIGTERM');
  else for (const pid of await membersOf(tree)) signal(pid, 'SIGTERM');
  await ended(tree, graceMs);
  for (let round = 0; round < KILL_ROUNDS; round++) {
    const left = await membersOf(tree);
    if (left.length === 0) return true;
    for (const pid of left) signal(pid, 'SIGKILL');
    await wait(round === 0 ? LOOK_EVERY_MS : KILL_EVERY_MS);
  }
  return (await membersOf(tree)).length === 0;
}

/** Every live process of a tree. */
export async function membersOf(tree: ProcessTree): Promise<readonly number[]> {
  const group = await groupOf(tree);
  const grouped = group === undefined ? [] : (await groupMembers(group)).map(({ pid }) => pid);
  return [...new Set([...(await carriersOf(tree)).map(({ pid }) => pid), ...grouped])];
}

/**
 * The tree's process group, or undefined when it has ended. A pid is not given again while a group of that number has
 * members, so the group is foreign only when its leader is another process, or when nobody in it carries the mark.
 */
async function groupOf({ leader, mark }: ProcessTree): Promise<number | undefined> {
  if (leader === null) return undefined;
  const entry = readProcess(leader.pid);
  if (entry) return entry.startTicks === leader.startTicks ? leader.pid : undefined;
  if (!groupExists(leader.pid)) return undefined;
  const carriers = await carriersOf({ leader, mark });
  return carriers.some(({ group }) => group === leader.pid) ? leader.pid : undefined;
}

const carriersOf = async ({ mark }: ProcessTree) =>
  (await findMarked(mark.slice(0, mark.indexOf('/')))).filter((carrier) => carrier.mark === mark);

/** Waits for the end of a tree. The first look at the leader is cheap; only without it everybody is looked at. */
async function ended(tree: ProcessTree, withinMs: number): Promise<void> {
  const deadline = performance.now() + withinMs;
  while (performance.now() < deadline) {
    const leads = tree.leader !== null && isRunning(tree.leader);
    if (!leads && (await membersOf(tree)).length === 0) return;
    await wait(Math.min(leads ? LOOK_EVERY_MS : SEARCH_EVERY_MS, Math.max(1, deadline - performance.now())));
  }
}

const groupMembers = async (group: number) =>
  (await listProcesses()).filter((entry) => entry.group === group && !entry.zombie);

function groupExists(group: number): boolean {
  try {
    process.kill(-group, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}

/** Sends a signal. One that has ended needs none; one that we may not signal shows up as left over. */
function signal(target: number, name: NodeJS.Signals): void {
  assert(Math.abs(target) > 1, `a signal to ${target} would reach every process`);
  try {
    process.kill(target, name);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ESRCH' && code !== 'EPERM') throw error;
  }
}
