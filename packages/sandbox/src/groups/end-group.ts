import { setTimeout as wait } from 'node:timers/promises';
import type { SandboxEnd } from '../sandbox.ts';
import type { GroupTree } from './group-tree.ts';

/** Rounds of SIGKILL: whatever forks between two of them is met by the next. */
const ROUNDS = 100;
const BETWEEN_MS = 20;

/** Kills every process of a group, also such as have left their session and their parents, and removes the group. */
export async function endGroup(tree: GroupTree, name: string): Promise<SandboxEnd> {
  const outOfMemory = await tree.ranOutOfMemory(name);
  for (let round = 0; round < ROUNDS; round++) {
    const members = await tree.members(name);
    for (const pid of members) kill(pid);
    if (members.length === 0 && (await tree.remove(name))) break;
    await wait(BETWEEN_MS);
  }
  return { outOfMemory: outOfMemory || (await tree.ranOutOfMemory(name)) };
}

/** The group names the process, so that its number cannot be another's: it is taken off the list when it has ended. */
function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended meanwhile; one that we may not kill shows as still there.
  }
}
