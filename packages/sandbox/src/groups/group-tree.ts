/** What a control group keeps for all of its processes together. */
export type GroupLimit = 'memory' | 'cpu' | 'processes';

/** Limits of one group; 0 is none. */
export interface GroupLimits {
  readonly memoryBytes: number;
  readonly cpuMillis: number;
  /** Processes and threads. */
  readonly processes: number;
}

/** Groups of processes that the kernel holds to limits, whatever its interface is. */
export interface GroupTree {
  /** For people: `cgroup v2`. */
  readonly interface: string;
  readonly keeps: ReadonlySet<GroupLimit>;
  /**
   * Makes a group and gives the files that a process writes `0` into to join it; rejects when the kernel refuses a limit.
   */
  make(name: string, limits: GroupLimits): Promise<readonly string[]>;
  /** The processes in a group; none when there is no such group. */
  members(name: string): Promise<readonly number[]>;
  /** Whether the kernel ended a process of the group because of its memory limit. */
  ranOutOfMemory(name: string): Promise<boolean>;
  /** Removes an empty group; whether it is gone. */
  remove(name: string): Promise<boolean>;
}

/** The period over which the kernel hands out processor time, in µs; its own default. */
export const CPU_PERIOD_US = 100_000;

/** Processor time in a period, in µs; the kernel takes no less than 1 ms. */
export const quotaUs = (cpuMillis: number): number => Math.max(1000, (cpuMillis * CPU_PERIOD_US) / 1000);
