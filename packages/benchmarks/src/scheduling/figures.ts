import type { PlayedOutcome } from './play-mix.ts';

/** What one play came to. */
export interface PlayFigures {
  readonly meanMs: number;
  readonly p99Ms: number;
  /** The longest that a task waited for its first attempt. */
  readonly longestWaitMs: number;
  /** Most tasks that came in after another one and began before it. */
  readonly mostOvertaken: number;
  /** Mean time to completion, by fairness key and priority. */
  readonly byFlow: ReadonlyMap<string, number>;
  readonly givenUp: number;
}

/** The beginning, in which nothing has been learned and the fleet is empty, does not count. */
const WARM_UP = 0.1;

/** Figures of outcomes in the order of coming in. */
export function figuresOf(outcomes: readonly PlayedOutcome[]): PlayFigures {
  const counted = outcomes.slice(Math.floor(outcomes.length * WARM_UP));
  const took = counted.flatMap(({ task, endedAt }) =>
    endedAt === null ? [] : [{ task, ms: endedAt - task.at }],
  );
  const sorted = took.map(({ ms }) => ms).toSorted((a, b) => a - b);
  const flows = Map.groupBy(took, ({ task }) => `${task.key} ${task.priority}`);
  return {
    meanMs: meanOf(sorted),
    p99Ms: sorted[Math.floor(sorted.length * 0.99)] ?? 0,
    longestWaitMs: counted.reduce((most, { task, startedAt }) => Math.max(most, startedAt - task.at), 0),
    mostOvertaken: mostOvertaken(outcomes),
    byFlow: new Map([...flows].map(([flow, those]) => [flow, meanOf(those.map(({ ms }) => ms))])),
    givenUp: counted.length - took.length,
  };
}

const meanOf = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

/** Counts, from the last task to the first, those that came later and began earlier (a Fenwick tree over beginnings). */
function mostOvertaken(outcomes: readonly PlayedOutcome[]): number {
  const places = new Map(
    outcomes
      .toSorted((a, b) => a.startedAt - b.startedAt || a.task.nth - b.task.nth)
      .map((each, place) => [each, place + 1]),
  );
  const tree = new Int32Array(outcomes.length + 1);
  let most = 0;
  for (const outcome of outcomes.toReversed()) {
    const place = places.get(outcome) ?? 0;
    let before = 0;
    for (let at = place; at > 0; at -= at & -at) before += tree[at] as number;
    most = Math.max(most, before);
    for (let at = place; at < tree.length; at += at & -at) tree[at] = (tree[at] as number) + 1;
  }
  return most;
}

/** A ratio to the plain policy: the geometric mean over seeds, and where it lies with 95 %. */
export interface Ratio {
  readonly middle: number;
  readonly low: number;
  readonly high: number;
}

/** Student's t for 95 % of both sides, by degrees of freedom. */
const STUDENT = [
  Number.POSITIVE_INFINITY,
  12.706,
  4.303,
  3.182,
  2.776,
  2.571,
  2.447,
  2.365,
  2.306,
  2.262,
  2.228,
  2.201,
  2.179,
];

/** Compares seed by seed. */
export function ratioOf(values: readonly number[], plain: readonly number[]): Ratio {
  const logs = values.map((value, nth) => Math.log(value / (plain[nth] ?? value)));
  const middle = meanOf(logs);
  const variance = logs.reduce((sum, log) => sum + (log - middle) ** 2, 0) / Math.max(1, logs.length - 1);
  const reach = (STUDENT[logs.length - 1] ?? 2.1) * Math.sqrt(variance / logs.length);
  return { middle: Math.exp(middle), low: Math.exp(middle - reach), high: Math.exp(middle + reach) };
}
