import { readdir, readFile, writeFile } from 'node:fs/promises';

/** Linux counts processor time in hundredths of a second for programs, whatever its own clock. */
const TICK_MS = 10;

/** Resident memory of a process in bytes, as the kernel says. */
export async function residentBytes(pid: number): Promise<number> {
  return kilobytesIn(await readFile(`/proc/${pid}/status`, 'utf8'), 'VmRSS') * 1024;
}

/** Most resident memory of a process in bytes since `forgetPeak`, or since its start where that is not allowed. */
export async function peakBytes(pid: number): Promise<number> {
  return kilobytesIn(await readFile(`/proc/${pid}/status`, 'utf8'), 'VmHWM') * 1024;
}

/** Lets the peak of a process begin anew (proc_pid_clear_refs(5): 5 resets it). */
export async function forgetPeak(pid: number): Promise<void> {
  await writeFile(`/proc/${pid}/clear_refs`, '5').catch(() => undefined);
}

/** Proportional memory of processes in bytes: what they share is counted once among them. */
export async function proportionalBytes(pids: readonly number[]): Promise<number> {
  const rollups = await Promise.all(
    pids.map((pid) => readFile(`/proc/${pid}/smaps_rollup`, 'utf8').catch(() => '')),
  );
  return rollups.reduce((sum, rollup) => sum + kilobytesIn(rollup, 'Pss') * 1024, 0);
}

/** Processor time of processes, user and system, in milliseconds; those that ended count as nothing. */
export async function processorMs(pids: readonly number[]): Promise<number> {
  const times = await Promise.all(
    pids.map(async (pid) => {
      const fields = await statFields(pid);
      return (Number(fields[11] ?? 0) + Number(fields[12] ?? 0)) * TICK_MS;
    }),
  );
  return times.reduce((sum, time) => sum + time, 0);
}

/** A process and those that it started. */
export async function withChildren(parent: number): Promise<readonly number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const parents = await Promise.all(pids.map(async (pid) => Number((await statFields(pid))[1])));
  return [parent, ...pids.filter((_, index) => parents[index] === parent)];
}

/** The fields of /proc/<pid>/stat after the name: state, parent, … */
async function statFields(pid: number): Promise<readonly string[]> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}

function kilobytesIn(text: string, name: string): number {
  return Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(text)?.[1] ?? 0);
}
