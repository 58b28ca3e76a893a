import { uptime } from 'node:os';
import { memoryOf } from './memory-watch.ts';
import { listProcesses, type ProcessEntry } from './process-table.ts';

/** What a process group uses. */
export interface Usage {
  /** Resident memory; pages that processes share are counted once. */
  readonly bytes: number;
  /** Thousandths of a processor since the last look; at the first look since the group was started. */
  readonly cpuMillis: number;
}

/** Linux counts processor time for its users in ticks of this length, in ms (time(7), `sysconf(_SC_CLK_TCK)`). */
const TICK_MS = 10;
/** Two looks that follow each other closer than this say the same, so that several who look do not spoil each other's. */
const LEAST_SPAN_MS = 900;
/** Groups that are remembered; one that has ended is forgotten when there are too many. */
const REMEMBERED = 5000;

interface Look {
  readonly at: number;
  readonly cpuMs: number;
  readonly cpuMillis: number;
}

/** Measures what process groups use; a rate needs two looks, of which it remembers the one before. */
export class UsageMeter {
  readonly #now: () => number;
  readonly #looks = new Map<string, Look>();

  constructor(now: () => number) {
    this.#now = now;
  }

  /** By the leader of the group; one that has ended is not there. */
  async ofGroups(groups: readonly number[]): Promise<ReadonlyMap<number, Usage>> {
    const processes = await listProcesses();
    const members = Map.groupBy(processes, (entry) => entry.group);
    if (this.#looks.size > REMEMBERED) this.#looks.clear();
    const used = groups.map(async (group) => {
      const entries = members.get(group) ?? [];
      const bytes = await memoryOf(
        entries.map(({ pid }) => pid),
        0,
      );
      return [group, { bytes, cpuMillis: this.#rateOf(entries) }] as const;
    });
    return new Map(await Promise.all(used));
  }

  #rateOf(entries: readonly ProcessEntry[]): number {
    const [first] = entries.toSorted((a, b) => a.startTicks - b.startTicks);
    if (first === undefined) return 0;
    const at = this.#now();
    const key = `${first.group} ${first.startTicks}`;
    const before = this.#looks.get(key);
    if (before && at - before.at < LEAST_SPAN_MS) return before.cpuMillis;
    const cpuMs = TICK_MS * entries.reduce((sum, { cpuTicks }) => sum + cpuTicks, 0);
    const spanMs = before ? at - before.at : Math.max(TICK_MS, uptimeMs() - first.startTicks * TICK_MS);
    // A child that ended and that nobody collected takes its time with it.
    const cpuMillis = Math.round((1000 * Math.max(0, cpuMs - (before?.cpuMs ?? 0))) / spanMs);
    this.#looks.set(key, { at, cpuMs, cpuMillis });
    return cpuMillis;
  }
}

/** Since the boot of the machine, as the start of processes is counted. */
const uptimeMs = (): number => uptime() * 1000;
