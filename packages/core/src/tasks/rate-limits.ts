/** So many tasks may begin in so much time. */
export interface Rate {
  /** From 1. */
  readonly tasks: number;
  readonly perMs: number;
}

/** How much of something there may be; null where nobody says so. */
export interface Limits {
  /** Most tasks that workers have at the same time. */
  readonly running: number | null;
  /** How fast tasks are given to workers, tries again included. */
  readonly rate: Rate | null;
  /** Most tasks that wait; what comes beyond it is refused. */
  readonly waiting: number | null;
}

/** What holds for one fairness key. */
export interface KeyLimits extends Limits {
  /** Its share of the workers beside other keys while all have work; above 0, and 1 for a key that nobody names. */
  readonly weight: number;
}

/** What holds for the tasks of one component of agents. */
export interface LimitsSpec {
  /** For all of them together. */
  readonly queue: Limits;
  /** For every fairness key; tasks without one are a key as well. */
  readonly eachKey: KeyLimits;
  /** For keys that are named, instead of `eachKey`. */
  readonly keys: Readonly<Record<string, KeyLimits>>;
}

/** Nothing is limited. */
export const NO_LIMITS: LimitsSpec = {
  queue: { running: null, rate: null, waiting: null },
  eachKey: { running: null, rate: null, waiting: null, weight: 1 },
  keys: {},
};

/** What holds for one fairness key. */
export const limitsOfKey = ({ eachKey, keys }: LimitsSpec, key: string): KeyLimits =>
  (Object.hasOwn(keys, key) ? keys[key] : undefined) ?? eachKey;

/** Whether anything holds for single keys, so that their tasks have to stand in lines of their own. */
export const limitsKeys = ({ eachKey, keys }: LimitsSpec): boolean =>
  [eachKey, ...Object.values(keys)].some(isLimited);

/** Whether anything stands between a task that waits and a worker that would take it. */
export const holdsBack = ({ queue, eachKey, keys }: LimitsSpec): boolean =>
  [queue, eachKey, ...Object.values(keys)].some(({ running, rate }) => running !== null || rate !== null);

const isLimited = ({ running, rate, waiting }: Limits): boolean =>
  running !== null || rate !== null || waiting !== null;

/** What a token bucket holds; a bucket that nobody has seen yet is full. */
export interface Bucket {
  readonly tokens: number;
  /** How long ago that was, in ms, by one clock for all. */
  readonly ageMs: number;
}

/**
 * The most that a bucket holds: what comes in within a second, and one at least. So that after a pause as much may begin at
 * once, and in any time t never more than rate × t and a second's worth.
 */
export const mostTokens = ({ tasks, perMs }: Rate): number => Math.max(1, (tasks * 1_000) / perMs);

/** What a bucket holds now. */
export const tokensNow = (rate: Rate, bucket: Bucket | undefined): number =>
  bucket === undefined
    ? mostTokens(rate)
    : Math.min(mostTokens(rate), bucket.tokens + (Math.max(0, bucket.ageMs) * rate.tasks) / rate.perMs);

/** How many tasks more may begin now; null where nothing limits them. */
export function roomWithin(
  { running, rate }: Pick<Limits, 'running' | 'rate'>,
  present: { readonly running: number; readonly bucket: Bucket | undefined },
): number | null {
  const rooms = [
    ...(running === null ? [] : [running - present.running]),
    // A little is lost in decimal places, and one token is one task.
    ...(rate === null ? [] : [Math.floor(tokensNow(rate, present.bucket) + 1e-6)]),
  ];
  return rooms.length === 0 ? null : Math.max(0, Math.min(...rooms));
}
