/**
 * The judge: says at any moment whether a candidate is worse than stable, with a bounded rate of false rollbacks.
 * Pure and incremental: `startJudge` gives a state, `observeTicks` folds counters into it, `judge` reads it.
 *
 * 1. All evidence is a weighted mean of e-processes; it is compared with 1 / alpha, whenever and however often.
 * 2. Weights are fixed before the first tick; a metric without data keeps evidence 1.
 * 3. Silence and provider errors never change evidence, so they never end in `fail`.
 * 4. The state is plain JSON; folding the same ticks again changes nothing.
 */
export { startJudge, type JudgeState } from './judge-state.ts';
export { observeTicks, type ObservationContext } from './observe-ticks.ts';
export type { JudgeCounts, Judgement, VerdictKind } from './judgement.ts';

import { explainJudgement } from './explain-judgement.ts';
import {
  type Evidence,
  evidenceOf,
  latencyPassEvidence,
  mayRollBack,
  passEvidence,
} from './judge-evidence.ts';
import { type JudgePlan, type JudgeState, judgePlan } from './judge-state.ts';
import type { Judgement, VerdictKind } from './judgement.ts';
import { moreRequests } from './more-requests.ts';
import { likeliestRatio, lowerRatio, upperRatio } from './ratio-curve.ts';
import { isShareMismatch, realisedShare } from './share-mismatch.ts';

/** Odds are reported up to here; more says nothing to anyone, and infinity is not JSON. */
const ODDS_CAP = 1e12;
/** Evidence of three to one is worth a word, though not an action. */
const LEANING_LOG_ODDS = Math.log(3);
/** Fewer expected candidate requests do not make their absence remarkable. */
const SILENCE_EXPECTED_REQUESTS = 5;

/**
 * Reads a verdict from the state, with reasons and figures.
 * @param mayGuardsDecide where stable gets nothing any more, comparing with the past is all there is (decision 0003)
 */
export function judge(state: JudgeState, mayGuardsDecide = false): Judgement {
  const plan = judgePlan(state.spec, state.baseline);
  const evidence = evidenceOf(state, plan);
  const pass = passEvidence(state, plan);
  const latencyPass = unprovenLatency(state, plan);
  const crossed = evidence.all >= -Math.log(state.spec.alpha);
  const byGuards = state.failedAt === null && crossed && mayGuardsDecide;
  const mayAct = byGuards || mayRollBack(evidence, state.spec.alpha, state.shareBasisPoints);
  const leaning = leaningOf(evidence, pass);
  const figures: Omit<Judgement, 'sentences'> = {
    verdict: byGuards
      ? 'fail'
      : verdictOf(state, leaning, { pass, latencyPass, isDoubted: isDoubted(evidence) }),
    byGuards,
    odds: cappedOdds(evidence.all),
    passOdds: cappedOdds(pass),
    latencyPassOdds: latencyPass === null ? null : cappedOdds(latencyPass),
    pValue: Math.min(1, Math.exp(-state.highestLogOdds)),
    held: state.failedAt === null && crossed && !mayAct,
    leaning,
    attribution: leaning === 'against' || state.failedAt !== null ? attributionOf(evidence, plan) : null,
    ...ratioFigures(state, plan),
    counts: state.counts,
    ...moreRequests(state, plan, { against: leaning === 'against', evidence, pass, latencyPass }),
    realisedShare: realisedShare(state.shareEvidence),
    shareMismatch: isShareMismatch(state.shareEvidence),
  };
  return { ...figures, sentences: explainJudgement(figures, state) };
}

const cappedOdds = (logOdds: number): number => Math.min(ODDS_CAP, Math.exp(logOdds));

function leaningOf(evidence: Evidence, pass: number): Judgement['leaning'] {
  if (evidence.all > LEANING_LOG_ODDS) return 'against';
  return pass > LEANING_LOG_ODDS ? 'for' : 'none';
}

function verdictOf(
  state: JudgeState,
  leaning: Judgement['leaning'],
  {
    pass,
    latencyPass,
    isDoubted: doubted,
  }: { readonly pass: number; readonly latencyPass: number | null; readonly isDoubted: boolean },
): VerdictKind {
  if (state.failedAt !== null) return 'fail';
  if (state.providerError !== null) return 'provider-error';
  if (isSilent(state)) return 'no-data';
  const isProven = pass >= -Math.log(state.spec.beta) && latencyPass === null;
  return isProven && leaning !== 'against' && !doubted ? 'pass' : 'inconclusive';
}

/** Whether one of the metrics that need no proof for a pass leans against by itself. */
const isDoubted = ({ cost, custom }: Evidence): boolean =>
  Math.max(cost, ...Object.values(custom)) > LEANING_LOG_ODDS;

/** Whether the candidate has had no requests, or stopped having them while some were expected. */
function isSilent(state: JudgeState): boolean {
  const { lastCandidateRequestAt, observedUntil, spec, baseline } = state;
  if (lastCandidateRequestAt === null || observedUntil === null) return true;
  const silentMs = observedUntil - lastCandidateRequestAt;
  const expected = (baseline.requestsPerSecond * state.shareBasisPoints * silentMs) / 10_000 / 1000;
  return silentMs >= spec.noDataAfterMs && expected >= SILENCE_EXPECTED_REQUESTS;
}

/**
 * Early promotion needs the tail proven as well, where latency is measured; each at beta, as both must hold. Gives ln
 * of the evidence so far while it does not suffice, and null when nothing of latency is left to be proven.
 */
function unprovenLatency(state: JudgeState, plan: JudgePlan): number | null {
  const proof = latencyPassEvidence(state, plan);
  return proof === null || proof >= -Math.log(state.spec.beta) ? null : proof;
}

/** The metric with the largest weighted evidence. */
function attributionOf(evidence: Evidence, plan: JudgePlan): string {
  const names = Object.keys(evidence.custom);
  const parts: readonly (readonly [string, number])[] = [
    ['errors', evidence.errors + Math.log(plan.weights.errors)],
    ['latency', evidence.latency + Math.log(plan.weights.latency)],
    ['cost', evidence.cost + Math.log(plan.weights.cost)],
    ...names.map(
      (name) => [name, (evidence.custom[name] ?? 0) + Math.log(plan.weights.custom / names.length)] as const,
    ),
  ];
  return parts.reduce((best, part) => (part[1] > best[1] ? part : best))[0];
}

function ratioFigures(state: JudgeState, plan: JudgePlan): Pick<Judgement, 'ratio' | 'excludedAbove'> {
  const { candidate, stable } = state.counts;
  const { grid } = plan;
  const { beta } = state.spec;
  const excludedAbove = upperRatio(state.errorCurve, grid, beta);
  if (candidate.events + stable.events === 0 || candidate.trials * stable.trials === 0) {
    return { ratio: null, excludedAbove };
  }
  const share = candidate.trials / (candidate.trials + stable.trials);
  const ratio = {
    estimate: likeliestRatio(state.errorCurve, grid, share),
    low: lowerRatio(state.errorCurve, grid, beta / 2),
    high: upperRatio(state.errorCurve, grid, beta / 2),
  };
  return { ratio, excludedAbove };
}
