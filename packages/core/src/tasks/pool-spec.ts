/** When a worker is replaced although nothing is wrong with it; 0 means never. */
export interface RecycleSpec {
  /** After it has been given so many tasks. */
  readonly tasks: number;
  /** After it has run for so long, in ms; those that began together go at different times. */
  readonly ageMs: number;
  /** When its processes use so much memory, in bytes. */
  readonly memoryBytes: number;
}

/** How many workers a component of agents has, beyond what a release orders. */
export interface PoolSpec {
  /** Most workers at the whole of the tasks; the fewest are the component's instances. */
  readonly mostWorkers: number;
  /** Tasks that one worker has at the same time. */
  readonly tasksPerWorker: number;
  /** The oldest task that waits should not wait longer than this, in ms. */
  readonly targetWaitMs: number;
  /** Workers that are not needed any more stay for so long, in ms. */
  readonly keepMs: number;
  /** When there was no task for so long the last worker goes too, in ms; null: it stays. */
  readonly sleepAfterMs: number | null;
  /** Workers beyond what the load needs, started and connected. */
  readonly spareWorkers: number;
  readonly recycle: RecycleSpec;
  /** Whether what the same time of earlier days needed is started ahead of it. */
  readonly isForeseeing: boolean;
  /** Who carries it out in a cluster: a HorizontalPodAutoscaler on an external metric, or KEDA. */
  readonly scaler: 'hpa' | 'keda';
}

/** The part of `mostWorkers` that belongs to an order of so many of the component's instances; never fewer than ordered. */
export function mostWorkersOf(
  { mostWorkers }: Pick<PoolSpec, 'mostWorkers'>,
  { ordered, instances }: { readonly ordered: number; readonly instances: number },
): number {
  const part = Math.min(1, ordered / Math.max(1, instances));
  return Math.max(ordered, Math.ceil(mostWorkers * part));
}
