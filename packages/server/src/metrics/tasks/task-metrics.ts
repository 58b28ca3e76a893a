import type { SparseHistogram } from '@sluice/core/analysis/histogram.ts';
import { mergeAll } from '@sluice/core/analysis/histogram.ts';
import { PAIRS_METRIC, scoreMetric, TOOLS_METRIC } from '@sluice/core/analysis/metric-words.ts';
import type { EventCount } from '@sluice/core/analysis/tick.ts';
import { SluiceError } from '@sluice/core/kernel/failure.ts';
import type { TrackId } from '@sluice/core/kernel/ids.ts';
import type { Instant } from '@sluice/core/kernel/instant.ts';
import type { EvaluationSpec } from '@sluice/core/tasks/evaluation-spec.ts';
import { addCounts, lowScores, NO_COUNTS, type OutcomeCounts } from '@sluice/core/tasks/outcome-counts.ts';
import type { ArmCounts, MetricsProvider, TrafficObservation, TrafficTick } from '../metrics-provider.ts';

/** What came of the attempts of one revision in one second, as one server saw it. */
export interface CountedAttempts {
  readonly revision: string;
  readonly second: Instant;
  readonly attempts: number;
  readonly failures: number;
  readonly latency: unknown;
  /** `OutcomeCounts`; of an older server some of them. */
  readonly counts: unknown;
}

/** Where attempts are counted. */
export interface AttemptCounts {
  /** Seconds from `since` on and before `until`, in their order. */
  readonly read: (
    queue: TrackId,
    span: { since: Instant; until: Instant },
  ) => Promise<readonly CountedAttempts[]>;
  readonly now: () => Instant;
  /** From where on scores are good. */
  readonly evaluations: readonly EvaluationSpec[];
}

const TICK_MS = 1000;
/** Servers write what they count some times a second; after this a second is whole, also when their clocks differ a little. */
const WHOLE_AFTER_MS = 2_000;
/** Seconds asked for at once; a server that comes back after a while catches up in several looks. */
const SECONDS_PER_LOOK = 900;

/** Evidence about agents: an attempt at a task is a request, one that failed an error, and its duration its latency. */
export const taskMetrics = ({ read, now, evaluations }: AttemptCounts): MetricsProvider => ({
  observe: async (track, since) => {
    try {
      const first = Math.ceil(since / TICK_MS) * TICK_MS;
      const whole = Math.floor((now() - WHOLE_AFTER_MS) / TICK_MS) * TICK_MS;
      const until = Math.min(whole, first + SECONDS_PER_LOOK * TICK_MS);
      if (until <= first) return { kind: 'ticks', ticks: [], cursor: since };
      const counted = await read(track, { since: first, until });
      return observed(counted, { first, until }, evaluations);
    } catch (thrown) {
      return {
        kind: 'provider-error',
        message: SluiceError.from(thrown, 'reading what tasks came to').message,
      };
    }
  },
});

/** Seconds without any attempt are ticks too: silence is evidence that somebody counts. */
function observed(
  counted: readonly CountedAttempts[],
  { first, until }: { readonly first: Instant; readonly until: Instant },
  evaluations: readonly EvaluationSpec[],
): TrafficObservation {
  const bySecond = Map.groupBy(counted, ({ second }) => second);
  const ticks: TrafficTick[] = [];
  for (let at = first; at < until; at += TICK_MS)
    ticks.push({ at, durationMs: TICK_MS, arms: armsOf(bySecond.get(at) ?? [], evaluations) });
  return { kind: 'ticks', ticks, cursor: until };
}

const NOTHING: ArmCounts = { requests: 0, errors: 0, latency: [], trials: 0, goals: 0, mirrorMismatches: 0 };

function armsOf(
  counted: readonly CountedAttempts[],
  evaluations: readonly EvaluationSpec[],
): Readonly<Record<string, ArmCounts>> {
  const arms = Map.groupBy(counted, ({ revision }) => revision);
  return Object.fromEntries([...arms].map(([revision, of]) => [revision, armOf(of, evaluations)]));
}

function armOf(counted: readonly CountedAttempts[], evaluations: readonly EvaluationSpec[]): ArmCounts {
  const sum = (of: (attempts: CountedAttempts) => number): number =>
    counted.reduce((all, attempts) => all + of(attempts), 0);
  const counts = counted
    .map((attempts) => ({ ...NO_COUNTS, ...(attempts.counts as Partial<OutcomeCounts>) }))
    .reduce(addCounts, NO_COUNTS);
  return {
    ...NOTHING,
    requests: sum(({ attempts }) => attempts),
    errors: sum(({ failures }) => failures),
    latency: mergeAll(counted.map(({ latency }) => latency as SparseHistogram)),
    cost: counts.cost,
    mirrorMismatches: counts.mismatches,
    custom: customOf(counts, evaluations),
  };
}

function customOf(
  counts: OutcomeCounts,
  evaluations: readonly EvaluationSpec[],
): Readonly<Record<string, EventCount>> {
  const scores = evaluations.map(({ name, least }) => [scoreMetric(name), lowScores(counts, name, least)]);
  const tools: EventCount = { trials: counts.withTools, events: counts.withToolErrors };
  const pairs: EventCount = { trials: counts.pairs, events: counts.pairsLost };
  return { [TOOLS_METRIC]: tools, [PAIRS_METRIC]: pairs, ...Object.fromEntries(scores) };
}
