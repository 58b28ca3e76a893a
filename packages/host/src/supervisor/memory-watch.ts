import { readFile } from 'node:fs/promises';
import { listProcesses } from './process-table.ts';

/** One process group whose memory is limited. */
interface Watched {
  readonly limitBytes: number;
  readonly over: (usedBytes: number) => void;
}

/**
 * Holds process groups to a memory limit by looking at their resident memory.
 * Used where the kernel cannot be told the limit (no writable cgroup v2). A limit on address space (`ulimit -v`) was
 * rejected: runtimes such as Node and the JVM reserve far more than they use. What is used between two looks is not
 * seen, so a group may overshoot its limit for that long.
 * Owns: one timer, while anything is watched.
 */
export class MemoryWatch {
  readonly #everyMs: number;
  readonly #groups = new Map<number, Watched>();
  #timer: NodeJS.Timeout | undefined;

  constructor(everyMs: number) {
    this.#everyMs = everyMs;
  }

  /** Resolves with the bytes in use when the group uses more than the limit; never when the signal ends the watch. */
  exceeded(group: number, limitBytes: number, signal: AbortSignal): Promise<number> {
    return new Promise((resolve) => {
      if (limitBytes <= 0 || signal.aborted) return;
      this.#groups.set(group, { limitBytes, over: resolve });
      signal.addEventListener('abort', () => this.#groups.delete(group), { once: true });
      this.#timer ??= this.#nextLook();
    });
  }

  /** A look that fails, for want of a file handle for example, is made good by the next. */
  #nextLook(): NodeJS.Timeout {
    const again = () => {
      this.#timer = this.#groups.size > 0 ? this.#nextLook() : undefined;
    };
    return setTimeout(() => void this.#look().then(again, again), this.#everyMs);
  }

  async #look(): Promise<void> {
    const members = Map.groupBy(await listProcesses(), (entry) => entry.group);
    for (const [group, watched] of this.#groups) {
      const pids = (members.get(group) ?? []).map((entry) => entry.pid);
      const usedBytes = await memoryOf(pids, watched.limitBytes);
      if (usedBytes > watched.limitBytes && this.#groups.delete(group)) watched.over(usedBytes);
    }
  }
}

/** Resident memory; where several processes share pages and seem to be over, each page is counted once (slower). */
export async function memoryOf(pids: readonly number[], limitBytes: number): Promise<number> {
  const resident = await sum(pids, 'status', 'VmRSS');
  if (pids.length < 2 || resident <= limitBytes) return resident;
  return sum(pids, 'smaps_rollup', 'Pss');
}

async function sum(pids: readonly number[], file: 'status' | 'smaps_rollup', field: string): Promise<number> {
  const sizes = await Promise.all(
    pids.map(async (pid) => {
      const text = await readFile(`/proc/${pid}/${file}`, 'latin1').catch(() => '');
      return 1024 * Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(text)?.[1] ?? 0);
    }),
  );
  return sizes.reduce((total, size) => total + size, 0);
}
