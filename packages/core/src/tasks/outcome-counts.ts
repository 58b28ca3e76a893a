import { bucketOf, merge, type SparseHistogram } from '../analysis/histogram.ts';
import type { AttemptReport } from './attempt-report.ts';
import type { FailureClass } from './failure-class.ts';

/** What attempts came to, beside how many failed and how long they took; sums, so that they can be added up. */
export interface OutcomeCounts {
  /** How many failed, by class. */
  readonly classes: Readonly<Partial<Record<FailureClass, number>>>;
  /** Attempts that called tools, and those of them in which a call failed. */
  readonly withTools: number;
  readonly withToolErrors: number;
  /** How often each score was given, by its name, in hundredths from 0 to 100. */
  readonly scores: Readonly<Record<string, SparseHistogram>>;
  /** What attempts cost, in thousandths of the component's currency; those that cost nothing are not in it. */
  readonly cost: SparseHistogram;
  /** Tasks that were done twice to be compared, and those in which this side failed and the other did not. */
  readonly pairs: number;
  readonly pairsLost: number;
  /** Pairs of which this side is the copy, and its result was another one. */
  readonly mismatches: number;
}

/** The counts of no attempt. */
export const NO_COUNTS: OutcomeCounts = {
  classes: {},
  withTools: 0,
  withToolErrors: 0,
  scores: {},
  cost: [],
  ...{ pairs: 0, pairsLost: 0, mismatches: 0 },
};

/** An attempt that has ended. */
export interface CountedAttempt {
  /** Null when it succeeded. */
  readonly failureClass: FailureClass | null;
  readonly costMicros: number;
  readonly report: AttemptReport;
}

/** How many millionths are one unit of a cost histogram, whose values are thousandths. */
export const MICROS_PER_COST = 1_000;

/** What one attempt came to. */
export function countsOf({ failureClass, costMicros, report }: CountedAttempt): OutcomeCounts {
  const { scores, toolCalls, toolErrors } = report;
  return {
    ...NO_COUNTS,
    classes: failureClass === null ? {} : { [failureClass]: 1 },
    withTools: toolCalls > 0 ? 1 : 0,
    withToolErrors: toolErrors > 0 ? 1 : 0,
    scores: scoreCounts(scores),
    cost: costMicros > 0 ? [[bucketOf(costMicros / MICROS_PER_COST), 1]] : [],
  };
}

/** Scores that were given, as counts. */
export const scoreCounts = (scores: AttemptReport['scores']): OutcomeCounts['scores'] =>
  Object.fromEntries(Object.entries(scores).map(([name, score]) => [name, [[hundredths(score), 1]]]));

/** Adds the counts of two. */
export function addCounts(left: OutcomeCounts, right: OutcomeCounts): OutcomeCounts {
  return {
    classes: added(left.classes, right.classes, (a = 0, b = 0) => a + b),
    withTools: left.withTools + right.withTools,
    withToolErrors: left.withToolErrors + right.withToolErrors,
    scores: added(left.scores, right.scores, (a = [], b = []) => merge(a, b)),
    cost: merge(left.cost, right.cost),
    pairs: left.pairs + right.pairs,
    pairsLost: left.pairsLost + right.pairsLost,
    mismatches: left.mismatches + right.mismatches,
  };
}

/** How many scores there are of a name, and how many are below `least`, from 0 to 1. */
export function lowScores(
  { scores }: Pick<OutcomeCounts, 'scores'>,
  name: string,
  least: number,
): { readonly trials: number; readonly events: number } {
  let [trials, events] = [0, 0];
  for (const [score, count] of own(scores, name) ?? []) {
    trials += count;
    if (score < hundredths(least)) events += count;
  }
  return { trials, events };
}

const hundredths = (score: number): number => Math.round(Math.min(1, Math.max(0, score)) * 100);

function added<Key extends string, Value>(
  left: Readonly<Partial<Record<Key, Value>>>,
  right: Readonly<Partial<Record<Key, Value>>>,
  sum: (a: Value | undefined, b: Value | undefined) => Value,
): Readonly<Record<Key, Value>> {
  const keys = [...new Set([...Object.keys(left), ...Object.keys(right)])] as Key[];
  return Object.fromEntries(keys.map((key) => [key, sum(own(left, key), own(right, key))])) as Record<
    Key,
    Value
  >;
}

/** What has that name there; workers choose names, and every object has a `constructor`. */
const own = <Key extends string, Value>(
  of: Readonly<Partial<Record<Key, Value>>>,
  key: Key,
): Value | undefined => (Object.hasOwn(of, key) ? of[key] : undefined);
