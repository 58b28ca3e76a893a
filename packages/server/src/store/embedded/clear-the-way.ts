import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { leftoverProcesses, livePostmaster, readPostmasterFile } from './postmaster.ts';
import { SOCKET_PORT } from './socket-directory.ts';
import { errorCode } from './unless-missing.ts';

/** Idle processes notice within milliseconds that their postmaster died. */
const LEFTOVER_GRACE_MS = 1_000;
/** A killed process is gone when its last page is unmapped. */
const LEFTOVER_END_MS = 10_000;
const POLL_MS = 10;

/**
 * Removes what a killed server left in the way of the next one, unless a server is alive after all (a launcher may have
 * been killed just after it started one). To be called under the launch lock. In the way are processes busy with a query,
 * which would refuse the shared memory to the next server, and lock files whose pid meanwhile belongs to a zombie or to
 * another program, which PostgreSQL would believe.
 */
export async function clearTheWay(
  cluster: string,
  dataDirectory: string,
  socketDirectory: string,
): Promise<void> {
  const ended = await leftoversEnd(cluster, LEFTOVER_GRACE_MS);
  if ((await livePostmaster(dataDirectory)) !== undefined) return;
  if (!ended) await endLeftovers(cluster);
  // Nobody else uses this folder. The other file stays where it can, as PostgreSQL checks more by it than the pid.
  await rm(join(socketDirectory, `.s.PGSQL.${SOCKET_PORT}.lock`), { force: true });
  const file = await readPostmasterFile(dataDirectory);
  if (file !== undefined && exists(file.pid))
    await rm(join(dataDirectory, 'postmaster.pid'), { force: true });
}

async function endLeftovers(cluster: string): Promise<void> {
  for (const pid of await leftoverProcesses(cluster)) endProcess(pid);
  await leftoversEnd(cluster, LEFTOVER_END_MS);
}

async function leftoversEnd(cluster: string, withinMs: number): Promise<boolean> {
  for (let waitedMs = 0; waitedMs < withinMs; waitedMs += POLL_MS) {
    if ((await leftoverProcesses(cluster)).length === 0) return true;
    await delay(POLL_MS);
  }
  return false;
}

/** True for a zombie and for somebody else's process too. */
function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (thrown) {
    return errorCode(thrown) === 'EPERM';
  }
}

/** Crash recovery undoes whatever it was doing, as after the kill of its postmaster. */
function endProcess(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended by itself between being listed and being killed.
  }
}
