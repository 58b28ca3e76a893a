import { readFileSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { SharedRun } from './shared-run.ts';

/** One process as the kernel tells it in `/proc/<pid>/stat` (proc_pid_stat(5)). */
export interface ProcessEntry {
  readonly pid: number;
  readonly parent: number;
  readonly group: number;
  /** When it started, in clock ticks since boot: with the pid it names one process within one boot. */
  readonly startTicks: number;
  /** Processor time of it and of its children that ended, in clock ticks. */
  readonly cpuTicks: number;
  /** Ended, but not yet collected by its parent; it holds no port and no memory. */
  readonly zombie: boolean;
}

/** Processes read in one go before other work gets its turn. */
const ENTRIES_PER_TURN = 64;

/** Reads one process; undefined when there is none. Synchronous: it answers from memory in microseconds. */
export function readProcess(pid: number): ProcessEntry | undefined {
  try {
    return parseStat(readFileSync(`/proc/${pid}/stat`, 'latin1'));
  } catch {
    return undefined;
  }
}

/** Every process that this user may see, as it is after the call. */
export const listProcesses = (): Promise<readonly ProcessEntry[]> => everyProcess.next();

const everyProcess = new SharedRun(async (): Promise<readonly ProcessEntry[]> => {
  const entries: ProcessEntry[] = [];
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  for (const [index, name] of pids.entries()) {
    const entry = readProcess(Number(name));
    if (entry) entries.push(entry);
    if (index % ENTRIES_PER_TURN === ENTRIES_PER_TURN - 1) await nextTurn();
  }
  return entries;
});

/** One variable of the environment that a process was started with; undefined when absent or not ours to read. */
export async function readVariable(pid: number, name: string): Promise<string | undefined> {
  try {
    const text = await readFile(`/proc/${pid}/environ`, 'utf8');
    const entry = text.split('\0').find((item) => item.startsWith(`${name}=`));
    return entry?.slice(name.length + 1);
  } catch {
    return undefined;
  }
}

/** Whether exactly this process still runs, and not another one that was given its pid. */
export function isRunning(process: { pid: number; startTicks: number }): boolean {
  const entry = readProcess(process.pid);
  return entry !== undefined && !entry.zombie && entry.startTicks === process.startTicks;
}

/** Tells one boot of the machine from the next. */
export const readBootId = (): string => readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim();

/** The command name stands in brackets and may itself hold spaces and brackets: fields are counted after the last. */
function parseStat(text: string): ProcessEntry {
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return {
    pid: Number.parseInt(text, 10),
    parent: Number(fields[1]),
    group: Number(fields[2]),
    startTicks: Number(fields[19]),
    cpuTicks: Number(fields[11]) + Number(fields[12]) + Number(fields[13]) + Number(fields[14]),
    zombie: fields[0] === 'Z' || fields[0] === 'X',
  };
}
