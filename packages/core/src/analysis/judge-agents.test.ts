import { expect, test } from 'vitest';
import { type Random, seededRandom } from '../kernel/prng.ts';
import type { Baseline } from './baseline.ts';
import { bucketOf, histogramOf, type SparseHistogram } from './histogram.ts';
import { judge, observeTicks, startJudge } from './judge.ts';
import { DEFAULT_JUDGE_SPEC, type JudgeSpec } from './judge-spec.ts';
import { scoreMetric, TOOLS_METRIC } from './metric-words.ts';
import { randomBinomial, randomPoisson } from './random-counts.ts';
import type { ArmTick, EventCount, Tick } from './tick.ts';

/** The judge over whole rollouts of agents: a task a second, a quarter of them on the candidate. */

const SCORE = scoreMetric('helpful');
const spec: JudgeSpec = {
  ...DEFAULT_JUDGE_SPEC,
  sloErrorRate: 0.1,
  custom: [TOOLS_METRIC, SCORE],
  costTolerance: 1.2,
  weights: { errors: 0.5, latency: 0, custom: 0.3, cost: 0.2 },
};
const baseline: Baseline = {
  ...{ requestsPerSecond: 4, errorRate: 0.05, historyRequests: 10_000, historyErrors: 500, dispersion: 1 },
  ...{ latencyThresholdsMs: [], latencySpreads: [] },
  cost: { thresholds: [], spreads: [] },
};

/** How agents of one revision work: fractions, and how many times the usual cost theirs is. */
interface Agents {
  readonly failing?: number;
  readonly toolErrors?: number;
  readonly lowScores?: number;
  readonly cost?: number;
}

function drawTick(at: number, random: Random, candidate: Agents): Tick {
  const arms = { candidate: randomPoisson(random, 1), stable: randomPoisson(random, 3) };
  const count = (trials: number, rate: number): EventCount => ({
    trials,
    events: randomBinomial(random, trials, rate),
  });
  const arm = (requests: number, { failing = 0.05, cost = 1 }: Agents): ArmTick => ({
    requests,
    errors: randomBinomial(random, requests, failing),
    latency: [],
    cost: costs(random, requests, cost),
  });
  return {
    ...{ at, durationMs: 1_000, warmingUp: false },
    candidate: arm(arms.candidate, candidate),
    stable: arm(arms.stable, {}),
    custom: {
      [TOOLS_METRIC]: {
        candidate: count(arms.candidate, candidate.toolErrors ?? 0.1),
        stable: count(arms.stable, 0.1),
      },
      [SCORE]: {
        candidate: count(arms.candidate, candidate.lowScores ?? 0.1),
        stable: count(arms.stable, 0.1),
      },
    },
  };
}

/** Costs are spread over two orders of magnitude, as those of conversations are. */
const costs = (random: Random, many: number, times: number): SparseHistogram =>
  histogramOf(Array.from({ length: many }, () => times * Math.exp(4 * random())));

/** Of so many rollouts of ten minutes, the part that is taken back. */
function takenBack(runs: number, candidate: Agents): number {
  const failed = Array.from({ length: runs }, (_, run) => {
    const random = seededRandom(run + 1);
    const ticks = Array.from({ length: 600 }, (_tick, second) => drawTick(second * 1_000, random, candidate));
    return observeTicks(startJudge(spec, baseline), ticks, { shareBasisPoints: 2_500 });
  }).filter(({ failedAt }) => failedAt !== null);
  return failed.length / runs;
}

test('agents that are no worse are taken back in at most 1 % of rollouts', () => {
  // 1 % and three standard errors.
  expect(takenBack(300, {})).toBeLessThan(0.028);
});

test('agents that cost a tenth more are not taken back for it', () => {
  expect(takenBack(100, { cost: 1.1 })).toBeLessThan(0.05);
});

test.each([
  ['fail twice as often', { failing: 0.2 }],
  ['have tools fail three times as often', { toolErrors: 0.3 }],
  ['score low three times as often', { lowScores: 0.3 }],
  ['cost three times as much', { cost: 3 }],
])('agents that %s are taken back nearly always', (_what, candidate) => {
  expect(takenBack(30, candidate)).toBeGreaterThan(0.9);
});

test('a verdict about a score, about tools or about cost names it', () => {
  const told = [{ lowScores: 0.6 }, { toolErrors: 0.6 }, { cost: 6 }].map((candidate) => {
    const random = seededRandom(5);
    const ticks = Array.from({ length: 600 }, (_, second) => drawTick(second * 1_000, random, candidate));
    return judge(observeTicks(startJudge(spec, baseline), ticks, { shareBasisPoints: 2_500 })).sentences[0];
  });
  expect(told[0]).toContain('Worse than stable in the score "helpful"');
  expect(told[1]).toContain('Worse than stable in tool calls');
  expect(told[2]).toContain('Worse than stable in cost');
});

test('nothing is passed early while a score leans against', () => {
  const quiet = { ...spec, sloErrorRate: 0.5, passErrorRate: 0.5 };
  const tick = (second: number, low: number): Tick => ({
    ...{ at: second * 1_000, durationMs: 1_000, warmingUp: false },
    candidate: { requests: 10, errors: 0, latency: [], cost: [[bucketOf(1), 10]] },
    stable: { requests: 30, errors: 0, latency: [], cost: [[bucketOf(1), 30]] },
    custom: { [SCORE]: { candidate: { trials: 10, events: low }, stable: { trials: 30, events: 3 } } },
  });
  const verdictWith = (low: number): string => {
    const ticks = Array.from({ length: 12 }, (_, second) => tick(second, low));
    return judge(observeTicks(startJudge(quiet, baseline), ticks, { shareBasisPoints: 2_500 })).verdict;
  };
  expect(verdictWith(1)).toBe('pass');
  expect(verdictWith(2)).toBe('inconclusive');
});
