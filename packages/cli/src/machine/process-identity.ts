import { readFile } from 'node:fs/promises';

/** A process that cannot be mistaken for a later one with the same id. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Start time in clock ticks since the boot, from /proc. */
  readonly startedTicks: string;
}

/** Identifies a running process; undefined when there is none with this id, or it is a zombie. */
export async function identifyProcess(pid: number): Promise<ProcessIdentity | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [state, startedTicks] = [fields[0], fields[19]];
  return startedTicks === undefined || state === 'Z' ? undefined : { pid, startedTicks };
}

/** Whether the very same process still runs. */
export async function isRunning(identity: ProcessIdentity): Promise<boolean> {
  return (await identifyProcess(identity.pid))?.startedTicks === identity.startedTicks;
}
