import { randomPoisson } from '@sluice/core/analysis/random-counts.ts';
import { allowedAbove } from '@sluice/core/analysis/thresholds.ts';
import type { Random } from '@sluice/core/kernel/prng.ts';
import { type ExceedFold, drawAbove, exceedEvidence, foldExceed, startExceedFold } from './exceed-fold.ts';
import { type SlowerThan, HARM_MS } from './latency-distribution.ts';
import { type Standing, type Tally, emptyTally } from './tally.ts';
import { ALPHA, HORIZON_SECONDS, type TrafficCell } from './traffic-cell.ts';
import { type WindowRule, argoRule, flaggerRule } from './window-rules.ts';

/** The methods compared on latency, in the order of the tables. */
export const LATENCY_METHODS = ['argo500', 'argo322', 'flagger', 'exceedP95', 'exceed'] as const;
/** One of the methods compared on latency. */
export type LatencyMethod = (typeof LATENCY_METHODS)[number];

/** Rollouts of one cell; the candidate's latencies are distributed as `candidate` says. */
export interface LatencyScenario extends TrafficCell {
  readonly candidate: SlowerThan;
  /** What follows the verdict of EXCEED is drawn in one go; not for nulls, where p95-only is asked for as well. */
  readonly untilExceed: boolean;
}

const ARGO_LENIENT_MS = 500;
const ARGO_STRICT_MS = 322;
const FLAGGER_MS = 500;

interface Rollout {
  readonly scenario: LatencyScenario;
  readonly fold: ExceedFold;
  /** The place of `HARM_MS` among the cuts. */
  readonly harmCut: number;
  readonly rules: readonly (readonly [LatencyMethod, WindowRule, 'p95' | 'p99', cut: number])[];
  readonly standings: Readonly<Record<LatencyMethod, Standing>>;
  readonly minute: { requests: number; readonly above: number[] };
  harm: number;
}

/** Simulates rollouts and tallies when each method rolled back and how many candidate responses were slow. */
export function tallyLatency(
  random: Random,
  scenario: LatencyScenario,
  reps: number,
): Readonly<Record<LatencyMethod, Tally>> {
  const tallies: Record<LatencyMethod, Tally> = {
    argo500: emptyTally(),
    argo322: emptyTally(),
    flagger: emptyTally(),
    exceedP95: emptyTally(),
    exceed: emptyTally(),
  };
  for (let rep = 0; rep < reps; rep++) {
    const rollout = simulateRollout(random, scenario);
    for (const method of LATENCY_METHODS) {
      const { second, harm } = rollout.standings[method];
      tallies[method].seconds.push(second);
      tallies[method].harms.push(Number.isFinite(second) ? harm : rollout.harm);
    }
  }
  return tallies;
}

function startRollout(random: Random, scenario: LatencyScenario): Rollout {
  const otherCutsMs = [HARM_MS, ARGO_STRICT_MS, ARGO_LENIENT_MS, FLAGGER_MS];
  const fold = startExceedFold(random, { ...scenario, otherCutsMs });
  const standing = (): Standing => ({ second: Infinity, harm: 0 });
  return {
    scenario,
    fold,
    harmCut: fold.cuts.indexOf(HARM_MS),
    rules: [
      ['argo500', argoRule(), 'p95', fold.cuts.indexOf(ARGO_LENIENT_MS)],
      ['argo322', argoRule(), 'p95', fold.cuts.indexOf(ARGO_STRICT_MS)],
      ['flagger', flaggerRule(), 'p99', fold.cuts.indexOf(FLAGGER_MS)],
    ],
    standings: {
      argo500: standing(),
      argo322: standing(),
      flagger: standing(),
      exceedP95: standing(),
      exceed: standing(),
    },
    minute: { requests: 0, above: fold.cuts.map(() => 0) },
    harm: 0,
  };
}

function simulateRollout(random: Random, scenario: LatencyScenario): Rollout {
  const rollout = startRollout(random, scenario);
  const { requestsPerSecond, share } = scenario;
  for (let second = 1; second <= HORIZON_SECONDS; second++) {
    const requests = randomPoisson(random, requestsPerSecond * share);
    const stableRequests = randomPoisson(random, requestsPerSecond * (1 - share));
    drawAbove(random, rollout.fold.candidate, requests);
    drawAbove(random, rollout.fold.stable, stableRequests);
    countMinute(rollout, requests);
    foldExceed(rollout.fold, requests, stableRequests);
    noteExceed(rollout, second);
    if (second % 60 === 0) closeMinute(rollout, second);
    if (scenario.untilExceed && Number.isFinite(rollout.standings.exceed.second)) {
      finishInMinutes(random, rollout, second);
      break;
    }
  }
  return rollout;
}

function countMinute(rollout: Rollout, requests: number): void {
  const { minute } = rollout;
  const { candidate } = rollout.fold;
  minute.requests += requests;
  for (let i = 0; i < candidate.above.length; i++)
    minute.above[i] = (minute.above[i] ?? 0) + (candidate.above[i] ?? 0);
  rollout.harm += candidate.above[rollout.harmCut] ?? 0;
}

function noteExceed(rollout: Rollout, second: number): void {
  const { all, p95 } = exceedEvidence(rollout.fold);
  const needed = -Math.log(ALPHA);
  if (all >= needed) note(rollout, 'exceed', second);
  if (p95 >= needed) note(rollout, 'exceedP95', second);
}

function note(rollout: Rollout, method: LatencyMethod, second: number): void {
  const standing = rollout.standings[method];
  if (Number.isFinite(standing.second)) return;
  standing.second = second;
  standing.harm = rollout.harm;
}

function closeMinute(rollout: Rollout, second: number): void {
  const { minute } = rollout;
  for (const [method, rule, quantile, cut] of rollout.rules) {
    const isWithin =
      minute.requests > 0 && (minute.above[cut] ?? 0) <= allowedAbove(quantile, minute.requests);
    if (rule.minute(isWithin)) note(rollout, method, second);
  }
  minute.requests = 0;
  minute.above.fill(0);
}

/** Only the rules by the minute are still to be heard: draws the rest of this minute, whole minutes, the rest. */
function finishInMinutes(random: Random, rollout: Rollout, from: number): void {
  let second = from;
  while (second < HORIZON_SECONDS) {
    const isHeard = rollout.rules.every(([, rule]) => rule.isOver());
    const end = isHeard ? HORIZON_SECONDS : Math.min(HORIZON_SECONDS, (Math.floor(second / 60) + 1) * 60);
    const { requestsPerSecond, share } = rollout.scenario;
    const requests = randomPoisson(random, requestsPerSecond * share * (end - second));
    drawAbove(random, rollout.fold.candidate, requests);
    countMinute(rollout, requests);
    second = end;
    if (!isHeard && second % 60 === 0) closeMinute(rollout, second);
  }
}
