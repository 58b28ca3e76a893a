import { readdirSync, readFileSync } from 'node:fs';

/** Clock ticks per second in `/proc/<pid>/stat`: 100 on every Linux that Node supports. */
const TICKS_PER_SECOND = 100;

/** Resident and proportional memory of some processes together, in bytes; shared pages count once in the latter. */
export function memoryOf(pids: readonly number[]): { residentBytes: number; proportionalBytes: number } {
  let residentBytes = 0;
  let proportionalBytes = 0;
  for (const pid of pids) {
    const text = readFileSync(`/proc/${pid}/smaps_rollup`, 'latin1');
    residentBytes += kilobytes(text, 'Rss');
    proportionalBytes += kilobytes(text, 'Pss');
  }
  return { residentBytes, proportionalBytes };
}

/** Processor time that some processes have used so far, in microseconds. */
export function processorMicros(pids: readonly number[]): number {
  let ticks = 0;
  for (const pid of pids) {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    ticks += Number(fields[11]) + Number(fields[12]);
  }
  return (ticks * 1_000_000) / TICKS_PER_SECOND;
}

/** The processes that a process has started and that still run. */
export function childrenOf(pid: number): number[] {
  return readdirSync(`/proc/${pid}/task`).flatMap((task) =>
    readFileSync(`/proc/${pid}/task/${task}/children`, 'latin1')
      .split(' ')
      .filter((text) => text !== '')
      .map(Number),
  );
}

const kilobytes = (text: string, name: string): number =>
  Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(text)?.[1] ?? 0) * 1_024;
