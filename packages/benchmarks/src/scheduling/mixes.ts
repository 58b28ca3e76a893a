/** What a fleet is given to do in one cell of the benchmark, and what its workers are like. */
export interface Mix {
  readonly name: string;
  readonly says: string;
  readonly workers: number;
  /** Tasks that a worker takes at the same time. */
  readonly places: number;
  /** The part of the fleet's capacity that is asked for, on average. */
  readonly utilisation: number;
  /** Standard deviation of the logarithm of durations. */
  readonly spread: number;
  /** How much of the variance of that logarithm follows from what is known of a task (R², 0 to 1). */
  readonly explained: number;
  /** So many tasks come in at the same moment, for each worker; 0 is one by one. */
  readonly burstPerWorker: number;
  /** One worker in eight takes so many times as long. */
  readonly slowness: number;
  /** One worker in eight fails this part of its attempts. */
  readonly failing: number;
  /** A kind that a worker has not had among its last two takes so many times as long. */
  readonly coldness: number;
  /** What changes for good when half of the tasks have come in: one worker in eight, or what kinds take. */
  readonly drift: 'none' | 'worker' | 'kinds';
  /** Tasks that a worker can run at full speed; more of them slow each other down. */
  readonly coresPerWorker: number;
  /** `tenants` has one that sends most, and its tasks are the longest; `even` has four alike. */
  readonly keys: 'even' | 'tenants';
  /** Part of the tasks with priority 8 instead of 5. */
  readonly urgent: number;
}

const BASE: Omit<Mix, 'name' | 'says'> = {
  ...{ workers: 8, places: 1, utilisation: 0.8, spread: 1.4, explained: 0.3, burstPerWorker: 0, slowness: 1 },
  ...{ failing: 0, coldness: 1, drift: 'none', coresPerWorker: 1, keys: 'even', urgent: 0 },
};

const KINDS_OF_WORK: readonly (Partial<Mix> & Pick<Mix, 'name' | 'says'>)[] = [
  { name: 'even', says: 'durations alike (spread 0.3), nothing to be known', spread: 0.3, explained: 0 },
  { name: 'heavy, R² 0', says: 'durations as model calls have them, nothing to be known', explained: 0 },
  { name: 'heavy, R² 0.3', says: 'a third of the spread follows from kind and size' },
  { name: 'heavy, R² 0.7', says: 'most of the spread follows from kind and size', explained: 0.7 },
  { name: 'one slow', says: 'one worker in eight takes four times as long', slowness: 4 },
  { name: 'one failing', says: 'one worker in eight fails 30 % of its attempts', failing: 0.3 },
  {
    name: 'warm caches',
    says: 'a kind that a worker did not have lately takes 1.5 times as long',
    coldness: 1.5,
  },
  { name: 'bursts', says: 'five tasks for each worker come in at a time', burstPerWorker: 5 },
  { name: 'worker drifts', says: 'halfway one worker in eight becomes four times slower', drift: 'worker' },
  { name: 'kinds drift', says: 'halfway kinds change what they take', drift: 'kinds', explained: 0.7 },
  {
    name: 'shared cores',
    says: 'workers take four tasks at a time, and have two cores',
    places: 4,
    coresPerWorker: 2,
  },
  {
    name: 'tenants',
    says: 'one of four keys sends 70 %, its tasks are the longest, and a fifth is urgent',
    keys: 'tenants',
    urgent: 0.2,
    explained: 0.7,
  },
];
const UTILISATIONS = [0.5, 0.8, 0.95];
/** What is also played with one worker, and with 64 where they are all busy: nothing waits otherwise. */
const SCALED = ['heavy, R² 0', 'heavy, R² 0.7'];

/** Every cell of the benchmark, in the order of the tables. */
export const MIXES: readonly Mix[] = KINDS_OF_WORK.flatMap((kind) =>
  (SCALED.includes(kind.name) ? [1, 8, 64] : [8]).flatMap((workers) =>
    (workers > 8 ? [0.95] : UTILISATIONS).map((utilisation) => ({ ...BASE, ...kind, workers, utilisation })),
  ),
);

/** What the mixes are, in words. */
export const mixWords = (): string =>
  KINDS_OF_WORK.map(({ name, says }) => `**${name}**: ${says}.`).join(' ');

/** Workers whose name is the first of eight are the odd ones. */
export const isOdd = (nth: number): boolean => nth % 8 === 0;
