import type { Baseline } from '@sluice/core/analysis/baseline.ts';
import { isVetoed, logGuardEvidence } from '@sluice/core/analysis/guard-evidence.ts';
import { mayRollBack, mixErrors } from '@sluice/core/analysis/judge-evidence.ts';
import type { JudgeSpec } from '@sluice/core/analysis/judge-spec.ts';
import { type JudgePlan, judgePlan } from '@sluice/core/analysis/judge-state.ts';
import { logMeanExp } from '@sluice/core/analysis/log-sum-exp.ts';
import { addRatioBatch, freshBets } from '@sluice/core/analysis/ratio-evidence.ts';

/**
 * The errors part of the judge for hundreds of millions of seconds: the functions of core's `observeTicks` on
 * mutable counters, without its bookkeeping for people. A test holds the two against each other.
 */

/** The counters of one second. */
export interface SecondCounts {
  candidateTrials: number;
  candidateEvents: number;
  stableTrials: number;
  stableEvents: number;
}

/** No trials and no events. */
export const emptyCounts = (): SecondCounts => ({
  candidateTrials: 0,
  candidateEvents: 0,
  stableTrials: 0,
  stableEvents: 0,
});

/** The evidence on errors after the last second, as logs, and what it is made of. */
export interface ErrorsFold {
  readonly plan: JudgePlan;
  readonly bets: number[];
  readonly pending: SecondCounts;
  readonly slo: { trials: number; events: number };
  readonly history: { trials: number; events: number };
  readonly recent: { trials: number; events: number };
  readonly recentTrials: Int32Array;
  readonly recentEvents: Int32Array;
  second: number;
  ratio: number;
  judge: number;
}

const VETO_SECONDS = 60;

/** Begins with evidence 1. */
export function startErrorsFold(spec: JudgeSpec, baseline: Baseline): ErrorsFold {
  return {
    plan: judgePlan(spec, baseline),
    bets: freshBets(),
    pending: emptyCounts(),
    slo: { trials: 0, events: 0 },
    history: { trials: 0, events: 0 },
    recent: { trials: 0, events: 0 },
    recentTrials: new Int32Array(VETO_SECONDS),
    recentEvents: new Int32Array(VETO_SECONDS),
    second: 0,
    ratio: 0,
    judge: 0,
  };
}

/** Adds a second. Evidence is weighed anew only where it can have risen. */
export function foldErrors(fold: ErrorsFold, counts: SecondCounts, isWarmingUp = false): void {
  observeStable(fold, counts);
  if (counts.candidateTrials > 0) observeGuards(fold, counts, isWarmingUp);
  const canRaise = counts.candidateEvents > 0 || fold.pending.candidateEvents > 0;
  if (!isWarmingUp) observeRatio(fold, counts);
  if (canRaise) weigh(fold);
}

function observeStable(fold: ErrorsFold, counts: SecondCounts): void {
  const slot = fold.second % VETO_SECONDS;
  fold.recent.trials += counts.stableTrials - (fold.recentTrials[slot] ?? 0);
  fold.recent.events += counts.stableEvents - (fold.recentEvents[slot] ?? 0);
  fold.recentTrials[slot] = counts.stableTrials;
  fold.recentEvents[slot] = counts.stableEvents;
  fold.second += 1;
}

function observeGuards(fold: ErrorsFold, counts: SecondCounts, isWarmingUp: boolean): void {
  const { plan, recent } = fold;
  if (!isVetoed(recent, plan.sloLimit, plan.dispersion)) {
    fold.slo.trials += counts.candidateTrials;
    fold.slo.events += counts.candidateEvents;
  }
  if (plan.historyLimit !== null && !isWarmingUp && !isVetoed(recent, plan.historyLimit, plan.dispersion)) {
    fold.history.trials += counts.candidateTrials;
    fold.history.events += counts.candidateEvents;
  }
}

function observeRatio(fold: ErrorsFold, counts: SecondCounts): void {
  const { pending, plan } = fold;
  pending.candidateTrials += counts.candidateTrials;
  pending.candidateEvents += counts.candidateEvents;
  pending.stableTrials += counts.stableTrials;
  pending.stableEvents += counts.stableEvents;
  if (pending.candidateTrials < 1 || pending.stableTrials < 1) return;
  addRatioBatch(fold.bets, pending, plan.margin, plan.dispersion);
  pending.candidateTrials = 0;
  pending.candidateEvents = 0;
  pending.stableTrials = 0;
  pending.stableEvents = 0;
}

function weigh(fold: ErrorsFold): void {
  const { plan } = fold;
  fold.ratio = logMeanExp(fold.bets);
  fold.judge = mixErrors(
    fold.ratio,
    logGuardEvidence(plan.sloBets, fold.slo, plan.dispersion),
    logGuardEvidence(plan.historyBets, fold.history, plan.dispersion),
  );
}

/** Whether the shipped rule rolls back: above half of the traffic guards need RATIO to agree (judge.md 5.1). */
export function isShippedRollback(fold: ErrorsFold, alpha: number, share: number): boolean {
  const evidence = { ratio: fold.ratio, all: fold.judge, withoutGuards: Math.log(0.5) + fold.ratio };
  return mayRollBack(evidence, alpha, Math.round(share * 10_000));
}
