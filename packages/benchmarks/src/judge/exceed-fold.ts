import { logMeanExp } from '@sluice/core/analysis/log-sum-exp.ts';
import { addRatioBatch, freshBets } from '@sluice/core/analysis/ratio-evidence.ts';
import { randomBinomial } from '@sluice/core/analysis/random-counts.ts';
import type { Random } from '@sluice/core/kernel/prng.ts';
import { type SecondCounts, emptyCounts } from './errors-fold.ts';
import { type SlowerThan, drawThresholdBuckets, upperEdge, usualLatency } from './latency-distribution.ts';

/**
 * EXCEED for hundreds of millions of seconds: core's RATIO on the counts above stable's four thresholds, which are
 * frozen from ten minutes of simulated history. Latencies are not drawn one by one but as counts above cut points.
 */

/** Counts of requests above each cut point, for one arm. */
export interface Arm {
  /** For each cut, the chance to be above it for a request above the cut before. */
  readonly chances: readonly number[];
  readonly above: number[];
}

/** The evidence on latency, and the counts of the present second. */
export interface ExceedFold {
  /** The cut points in milliseconds, ascending. */
  readonly cuts: readonly number[];
  readonly candidate: Arm;
  readonly stable: Arm;
  readonly thresholdCuts: readonly number[];
  readonly bets: readonly number[][];
  readonly pending: readonly SecondCounts[];
}

/** What is simulated: traffic before the start, the candidate's latency, and cut points that others want counted. */
export interface ExceedSetting {
  readonly requestsPerSecond: number;
  readonly candidate: SlowerThan;
  readonly otherCutsMs: readonly number[];
}

/** How long stable is watched before the candidate starts, in seconds. */
const HISTORY_SECONDS = 600;
/** Which threshold is p95. */
const P95 = 2;

/** Begins with evidence 1 and thresholds drawn afresh. */
export function startExceedFold(random: Random, setting: ExceedSetting): ExceedFold {
  const thresholds = drawThresholdBuckets(random, HISTORY_SECONDS * setting.requestsPerSecond).map(upperEdge);
  const cuts = [...new Set([...thresholds, ...setting.otherCutsMs])].toSorted((a, b) => a - b);
  return {
    cuts,
    candidate: armOf(cuts, setting.candidate),
    stable: armOf(cuts, usualLatency),
    thresholdCuts: thresholds.map((ms) => cuts.indexOf(ms)),
    bets: thresholds.map(freshBets),
    pending: thresholds.map(emptyCounts),
  };
}

function armOf(cuts: readonly number[], slower: SlowerThan): Arm {
  const tails = cuts.map(slower);
  return { chances: tails.map((tail, i) => tail / (tails[i - 1] ?? 1)), above: cuts.map(() => 0) };
}

/** Draws how many of so many requests of an arm lie above each cut. */
export function drawAbove(random: Random, arm: Arm, requests: number): void {
  let left = requests;
  for (let i = 0; i < arm.chances.length; i++) {
    left = randomBinomial(random, left, arm.chances[i] ?? 0);
    arm.above[i] = left;
  }
}

/** Adds the second that was drawn last. */
export function foldExceed(fold: ExceedFold, requests: number, stableRequests: number): void {
  for (let i = 0; i < fold.bets.length; i++) {
    const cut = fold.thresholdCuts[i] ?? 0;
    const pending = fold.pending[i];
    const bets = fold.bets[i];
    if (pending === undefined || bets === undefined) continue;
    pending.candidateTrials += requests;
    pending.stableTrials += stableRequests;
    pending.candidateEvents += fold.candidate.above[cut] ?? 0;
    pending.stableEvents += fold.stable.above[cut] ?? 0;
    closeBatch(bets, pending);
  }
}

/** Judges what is pending once both arms have a trial; no margin, independent events. */
export function closeBatch(bets: number[], pending: SecondCounts): void {
  if (pending.candidateTrials < 1 || pending.stableTrials < 1) return;
  addRatioBatch(bets, pending, 1, 1);
  pending.candidateTrials = 0;
  pending.candidateEvents = 0;
  pending.stableTrials = 0;
  pending.stableEvents = 0;
}

/** The logs of the evidence: of all four thresholds together, and of p95 alone. */
export function exceedEvidence(fold: ExceedFold): { readonly all: number; readonly p95: number } {
  const logs = fold.bets.map(logMeanExp);
  return { all: logMeanExp(logs), p95: logs[P95] ?? 0 };
}
