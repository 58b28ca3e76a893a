/**
 * What the tolerance of a millisecond gives and costs. A process that gets a twentieth of the traffic is a little slower
 * than one that is busy (colder caches, less compiled code), whatever was released; without a tolerance a judge that
 * counts requests calls that proof. Method: core's `observeTicks`, 100 requests per second, 25 %, 900 s, latency the
 * only metric, stable lognormal (sigma 0.3) with 600 s of history; 200 rollouts per cell.
 */
import { LATENCY_QUANTILES, type Baseline, spreadAbove } from '@sluice/core/analysis/baseline.ts';
import { type SparseHistogram, histogramOf, mergeAll, quantile } from '@sluice/core/analysis/histogram.ts';
import { observeTicks, startJudge } from '@sluice/core/analysis/judge.ts';
import { DEFAULT_JUDGE_SPEC } from '@sluice/core/analysis/judge-spec.ts';
import { randomPoisson } from '@sluice/core/analysis/random-counts.ts';
import type { Tick } from '@sluice/core/analysis/tick.ts';
import { type Random, seededRandom } from '@sluice/core/kernel/prng.ts';
import { type Section, table } from './report.ts';
import { type Tally, emptyTally, summarize } from './tally.ts';
import { repsAt, seedOf } from './traffic-cell.ts';

const REPS = 200;
const SECONDS = 900;
const HISTORY_SECONDS = 600;
const REQUESTS_PER_SECOND = 100;
const SHARE = 0.25;
const SIGMA = 0.3;
const MEDIANS_MS = [1, 5, 20, 100];
const TOLERANCES_MS = [0, DEFAULT_JUDGE_SPEC.latencyToleranceMs];

type Slower = (ms: number) => number;
const CANDIDATES: readonly (readonly [name: string, slower: Slower])[] = [
  ['alike', (ms) => ms],
  ['0.3 ms slower', (ms) => ms + 0.3],
  ['1.1 times as slow', (ms) => ms * 1.1],
  ['1.5 times as slow', (ms) => ms * 1.5],
  ['3 times as slow', (ms) => ms * 3],
];

/** The table: rolled back and how soon, by stable's median, the candidate and the tolerance. */
export function latencyTolerance(scale: number): Section {
  const reps = repsAt(scale, REPS);
  const rows = MEDIANS_MS.flatMap((medianMs, m) =>
    CANDIDATES.map(([name, slower], c) => [
      `${medianMs} ms`,
      name,
      ...TOLERANCES_MS.map((toleranceMs) => {
        const tally = rollbacks({ medianMs, slower, toleranceMs }, reps, m * CANDIDATES.length + c);
        const { medianSeconds, detected } = summarize(tally);
        return medianSeconds === null ? 'never' : `${medianSeconds} s · ${(detected * 100).toFixed(0)}%`;
      }),
    ]),
  );
  return {
    title: 'The tolerance of a millisecond (100 rps, 25 %)',
    text: [
      'Median seconds to rollback among those rolled back · how many were.',
      '',
      ...table(['median of stable', 'candidate', ...TOLERANCES_MS.map((ms) => `tolerance ${ms} ms`)], rows),
    ],
    comparisons: [],
  };
}

interface Cell {
  readonly medianMs: number;
  readonly slower: Slower;
  readonly toleranceMs: number;
}

function rollbacks(cell: Cell, reps: number, row: number): Tally {
  const result = emptyTally();
  const weights = { errors: 0, latency: 1, custom: 0 };
  const spec = { ...DEFAULT_JUDGE_SPEC, weights, latencyToleranceMs: cell.toleranceMs };
  for (let rep = 0; rep < reps; rep++) {
    const random = seededRandom(seedOf(70 + row, rep));
    const start = startJudge(spec, drawBaseline(random, cell.medianMs));
    const ticks = Array.from({ length: SECONDS }, (_, second) => drawTick(random, cell, second));
    const { failedAt } = observeTicks(start, ticks, { shareBasisPoints: SHARE * 10_000 });
    result.seconds.push(failedAt === null ? Infinity : failedAt / 1000);
    result.harms.push(0);
  }
  return result;
}

function drawBaseline(random: Random, medianMs: number): Baseline {
  const history = Array.from({ length: HISTORY_SECONDS }, () =>
    drawLatency(random, REQUESTS_PER_SECOND, medianMs),
  );
  const whole = mergeAll(history);
  const latencyThresholdsMs = LATENCY_QUANTILES.map((q) => quantile(whole, q) ?? 0);
  return {
    ...{ requestsPerSecond: REQUESTS_PER_SECOND, errorRate: 0, historyRequests: 0, historyErrors: 0 },
    ...{ dispersion: 1, latencyThresholdsMs },
    latencySpreads: latencyThresholdsMs.map((ms) => spreadAbove(history, ms)),
  };
}

function drawTick(random: Random, { medianMs, slower }: Cell, second: number): Tick {
  const candidate = drawLatency(random, REQUESTS_PER_SECOND * SHARE, medianMs, slower);
  const stable = drawLatency(random, REQUESTS_PER_SECOND * (1 - SHARE), medianMs);
  const arm = (latency: SparseHistogram): Tick['stable'] => ({
    requests: latency.reduce((sum, [, count]) => sum + count, 0),
    errors: 0,
    latency,
  });
  return {
    ...{ at: second * 1000, durationMs: 1000, warmingUp: false },
    ...{ candidate: arm(candidate), stable: arm(stable) },
  };
}

function drawLatency(
  random: Random,
  expected: number,
  medianMs: number,
  slower: Slower = (ms) => ms,
): SparseHistogram {
  const draw = (): number => slower(medianMs * Math.exp(SIGMA * randomNormal(random)));
  return histogramOf(Array.from({ length: randomPoisson(random, expected) }, draw));
}

/** Box and Muller, 1958. */
const randomNormal = (random: Random): number =>
  Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
