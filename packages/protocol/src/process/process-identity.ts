import { readFileSync } from 'node:fs';
import { z } from 'zod';

/** A process that cannot be mistaken for a later one with the same id, not even after a reboot. */
export const processIdentitySchema = z.object({
  pid: z.int(),
  /** Start time in clock ticks since the boot, from `/proc/<pid>/stat`. */
  startedTicks: z.string(),
  bootId: z.string(),
});

/** A process that cannot be mistaken for a later one with the same id, not even after a reboot. */
export type ProcessIdentity = z.infer<typeof processIdentitySchema>;

/** Identifies a running process; undefined when there is none with this id, or it is a zombie. */
export function identifyProcess(pid: number): ProcessIdentity | undefined {
  // In microseconds and synchronous: whoever has just started a process writes down at once which.
  const stat = readKernelFile(`/proc/${pid}/stat`);
  // The name of the program stands in brackets and may hold anything.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [state, startedTicks] = [fields[0], fields[19]];
  if (startedTicks === undefined || state === 'Z' || state === 'X') return undefined;
  return { pid, startedTicks, bootId: readKernelFile('/proc/sys/kernel/random/boot_id').trim() };
}

/** Whether the very same process still runs. */
export function isRunning({ pid, startedTicks, bootId }: ProcessIdentity): boolean {
  const now = identifyProcess(pid);
  return now !== undefined && now.startedTicks === startedTicks && now.bootId === bootId;
}

function readKernelFile(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}
