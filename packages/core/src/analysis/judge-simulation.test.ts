import { expect, test } from 'vitest';
import { seededRandom } from '../kernel/prng.ts';
import type { Baseline } from './baseline.ts';
import { observeTicks, startJudge } from './judge.ts';
import { type EventSpread, NO_SPREAD } from './event-spread.ts';
import { DEFAULT_JUDGE_SPEC, type JudgeSpec } from './judge-spec.ts';
import { randomPoisson } from './random-counts.ts';
import {
  SIMULATED_THRESHOLDS_MS,
  type SimulatedService,
  USUALLY_SLOWER,
  knownSpreads,
  simulateTicks,
} from './simulated-ticks.ts';

/** The judge over whole simulated rollouts, at small size; the full tables are the business of the benchmarks. */

const spec: JudgeSpec = { ...DEFAULT_JUDGE_SPEC, minEffect: 1 };

interface Trial {
  readonly runs: number;
  readonly service: Omit<SimulatedService, 'seed'>;
  readonly shareBasisPoints?: number;
  readonly dispersion?: number;
  /** Latency is judged when this is given. */
  readonly latencySpreads?: readonly EventSpread[];
}

/** The second of the verdict of each run; null where there was none. History is drawn anew for every run. */
function verdicts(trial: Trial): readonly (number | null)[] {
  const { service } = trial;
  const random = seededRandom(99);
  const shareBasisPoints = trial.shareBasisPoints ?? Math.round(service.share * 10_000);
  return Array.from({ length: trial.runs }, (_, run) => {
    const historyRequests = 86_400 * service.requestsPerSecond;
    const historyErrors = randomPoisson(random, historyRequests * 0.001);
    const baseline: Baseline = {
      requestsPerSecond: service.requestsPerSecond,
      errorRate: historyErrors / historyRequests,
      historyRequests,
      historyErrors,
      dispersion: trial.dispersion ?? 1,
      latencyThresholdsMs: trial.latencySpreads ? SIMULATED_THRESHOLDS_MS : [],
      latencySpreads: trial.latencySpreads ?? [],
    };
    const ticks = simulateTicks({ ...service, seed: run + 1 });
    const { failedAt } = observeTicks(startJudge(spec, baseline), ticks, { shareBasisPoints });
    return failedAt === null ? null : failedAt / 1000;
  });
}

const found = (trial: Trial): number =>
  verdicts(trial).filter((second) => second !== null).length / trial.runs;

function medianSeconds(trial: Trial): number {
  const seconds = verdicts(trial).map((second) => second ?? Infinity);
  return seconds.toSorted((a, b) => a - b)[Math.floor(seconds.length / 2)] ?? Infinity;
}

const usual = { errorRate: 0.001 };
const busy: Omit<SimulatedService, 'seed'> = {
  seconds: 600,
  requestsPerSecond: 100,
  share: 0.25,
  candidate: () => usual,
  stable: () => usual,
};
const calm = { ...busy, requestsPerSecond: 10, seconds: 1800 };
const failing = (errorRate: number) => ({ candidate: () => ({ errorRate }) });
/** 1 % and three standard errors. */
const bound = (runs: number): number => 0.01 + 3 * Math.sqrt((0.01 * 0.99) / runs);

test('looking every second, at most 1 % of releases like stable are rolled back', () => {
  expect(found({ runs: 1000, service: { ...busy, seconds: 500 } })).toBeLessThanOrEqual(bound(1000));
  expect(found({ runs: 500, service: { ...calm, share: 0.75 } })).toBeLessThanOrEqual(bound(500));
});

test('regressions are found as fast as judge.md 4.3 says', () => {
  expect(medianSeconds({ runs: 101, service: { ...busy, ...failing(0.02) } })).toBeLessThanOrEqual(9);
  expect(medianSeconds({ runs: 101, service: { ...busy, ...failing(0.005) } })).toBeLessThanOrEqual(80);
  expect(medianSeconds({ runs: 101, service: { ...busy, ...failing(0.2) } })).toBe(1);
  expect(medianSeconds({ runs: 101, service: { ...calm, ...failing(0.02) } })).toBeLessThanOrEqual(85);
});

test('an incident that both arms share rolls nobody back', () => {
  const incident = (second: number) => ({ errorRate: second >= 100 && second < 220 ? 0.05 : 0.001 });
  const service = { ...busy, candidate: incident, stable: incident };
  expect(found({ runs: 200, service })).toBeLessThanOrEqual(bound(200));
});

test('errors in clumps roll back too many releases, unless their dispersion is known', () => {
  const clumps = () => ({ errorRate: 0.001, clump: 5 });
  const service = { ...busy, candidate: clumps, stable: clumps };
  expect(found({ runs: 200, service })).toBeGreaterThan(0.08);
  expect(found({ runs: 400, service, dispersion: 5 })).toBeLessThanOrEqual(bound(400));
});

test('slow requests in clumps are no regression, whether the history was long, short or quiet', () => {
  const clumps = () => ({ errorRate: 0.001, slower: USUALLY_SLOWER, slowClump: 5 });
  const service = { ...busy, seconds: 300, candidate: clumps, stable: clumps };
  const rollbacks = (latencySpreads: readonly EventSpread[]): number =>
    found({ runs: 150, service, latencySpreads });
  const few = knownSpreads(1).map((spread) => ({ ...spread, ticks: 59 }));
  expect(rollbacks(knownSpreads(5))).toBeLessThanOrEqual(bound(150));
  expect(rollbacks(SIMULATED_THRESHOLDS_MS.map(() => NO_SPREAD))).toBeLessThanOrEqual(bound(150));
  expect(rollbacks(few)).toBeLessThanOrEqual(bound(150));
});

test('a share that is not the configured one, or an excused warm-up, rolls nobody back', () => {
  const more = { ...busy, share: 0.3 };
  expect(found({ runs: 200, service: more, shareBasisPoints: 2500 })).toBeLessThanOrEqual(bound(200));
  const hiccup = (second: number) => ({ errorRate: second < 30 ? 0.01 : 0.001 });
  const warming = { ...busy, candidate: hiccup, warmUpSeconds: 30 };
  expect(found({ runs: 200, service: warming })).toBeLessThanOrEqual(bound(200));
});

test('errors and latency judged together stay within one alpha', () => {
  const both = () => ({ errorRate: 0.001, slower: USUALLY_SLOWER });
  const service = { ...busy, seconds: 300, candidate: both, stable: both };
  expect(found({ runs: 300, service, latencySpreads: knownSpreads(1) })).toBeLessThanOrEqual(bound(300));
  const slower = { ...service, candidate: () => ({ errorRate: 0.001, slower: [0.6, 0.15, 0.08, 0.02] }) };
  expect(medianSeconds({ runs: 51, service: slower, latencySpreads: knownSpreads(1) })).toBeLessThanOrEqual(
    60,
  );
});
