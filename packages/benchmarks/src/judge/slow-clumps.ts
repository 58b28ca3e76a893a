/**
 * EXCEED when slow requests come in clumps (judge.md 5.8 left this open): five requests in a row are equally slow.
 * Method: core's own `observeTicks` on simulated ticks, 100 requests per second, 25 %, 900 s, latency the only metric;
 * what is known of stable's clumps comes from so many seconds of its traffic drawn for each rollout, and from the
 * rollout itself; 1,000 rollouts per null, 200 per regression.
 */
import { type Baseline, spreadAbove } from '@sluice/core/analysis/baseline.ts';
import type { EventSpread } from '@sluice/core/analysis/event-spread.ts';
import { observeTicks, startJudge } from '@sluice/core/analysis/judge.ts';
import { DEFAULT_JUDGE_SPEC, type JudgeSpec } from '@sluice/core/analysis/judge-spec.ts';
import {
  SIMULATED_THRESHOLDS_MS,
  type SimulatedArm,
  USUALLY_SLOWER,
  simulateTicks,
} from '@sluice/core/analysis/simulated-ticks.ts';
import { type Section, table } from './report.ts';
import { type Tally, emptyTally, formatPart, summarize } from './tally.ts';
import { repsAt, seedOf } from './traffic-cell.ts';

const NULL_REPS = 1_000;
const REPS = 200;
const SECONDS = 900;
const HISTORY_SECONDS = 600;
const REQUESTS_PER_SECOND = 100;
const SHARE = 0.25;
const SPEC: JudgeSpec = {
  ...DEFAULT_JUDGE_SPEC,
  minEffect: 1,
  weights: { errors: 0, latency: 1, custom: 0 },
};
const SLOWER_TAIL = [0.5, 0.13, 0.08, 0.02];

/** None, a demonstration's worth, and what an application that has served for a while has. */
const HISTORIES = [0, 10, HISTORY_SECONDS];

interface Kind {
  readonly clump: number;
  readonly historySeconds: number;
  readonly candidate: readonly number[];
}

/** The table: false rollbacks and a regression, by how much was known of stable. */
export function slowClumps(scale: number): Section {
  const rows = [1, 5].flatMap((clump) =>
    HISTORIES.map((historySeconds) => {
      const kind = { clump, historySeconds };
      const same = tally({ ...kind, candidate: USUALLY_SLOWER }, repsAt(scale, NULL_REPS), clump);
      const slower = tally({ ...kind, candidate: SLOWER_TAIL }, repsAt(scale, REPS), clump + 10);
      const { medianSeconds, detected } = summarize(slower);
      return [
        clump === 1 ? 'alone' : `in clumps of ${clump}`,
        `${historySeconds} s`,
        formatPart(summarize(same).detected),
        medianSeconds === null ? 'never' : `${medianSeconds} s · ${(detected * 100).toFixed(0)}%`,
      ];
    }),
  );
  return {
    title: 'EXCEED with clumps of slow requests (100 rps, 25 %)',
    text: [
      'Regression: 13, 8 and 2 % of requests above the p90, p95 and p99 of stable instead of 10, 5 and 1 %.',
      '',
      ...table(
        ['slow requests come', 'stable seen before', 'false rollbacks %', 'regression: median · detected'],
        rows,
      ),
    ],
    comparisons: [],
  };
}

function tally(kind: Kind, reps: number, row: number): Tally {
  const result = emptyTally();
  for (let rep = 0; rep < reps; rep++) {
    const seed = seedOf(54 + row, rep);
    const stable: SimulatedArm = { errorRate: 0, slower: USUALLY_SLOWER, slowClump: kind.clump };
    const service = {
      requestsPerSecond: REQUESTS_PER_SECOND,
      candidate: (): SimulatedArm => ({ ...stable, slower: kind.candidate }),
      stable: (): SimulatedArm => stable,
    };
    const history = simulateTicks({ ...service, seed: seed + 1, seconds: kind.historySeconds, share: 0 });
    const latency = history.map((tick) => tick.stable.latency);
    const spreads = SIMULATED_THRESHOLDS_MS.map((ms) => spreadAbove(latency, ms));
    const ticks = simulateTicks({ ...service, seed, seconds: SECONDS, share: SHARE });
    const judge = startJudge(SPEC, baselineWith(spreads));
    const { failedAt } = observeTicks(judge, ticks, { shareBasisPoints: SHARE * 10_000 });
    result.seconds.push(failedAt === null ? Infinity : failedAt / 1000);
    result.harms.push(0);
  }
  return result;
}

const baselineWith = (latencySpreads: readonly EventSpread[]): Baseline => ({
  requestsPerSecond: REQUESTS_PER_SECOND,
  errorRate: 0,
  historyRequests: 0,
  historyErrors: 0,
  dispersion: 1,
  latencyThresholdsMs: SIMULATED_THRESHOLDS_MS,
  latencySpreads,
});
