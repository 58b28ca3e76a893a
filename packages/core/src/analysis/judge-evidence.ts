import { DISPERSION_CAP } from './event-spread.ts';
import type { LatencyState } from './exceed.ts';
import { logGuardEvidence } from './guard-evidence.ts';
import type { JudgePlan, JudgeState } from './judge-state.ts';
import { logMeanExp, logSumExp } from './log-sum-exp.ts';
import { logPassEvidence } from './ratio-curve.ts';
import type { EventCount } from './tick.ts';

/** The logs of all parts of the evidence against a candidate (judge.md 3.3, 3.4, 5.1), and their mixture. */
export interface Evidence {
  /** RATIO on errors. */
  readonly ratio: number;
  readonly sloGuard: number;
  readonly historyGuard: number;
  /** The mixture of the three above. */
  readonly errors: number;
  /** EXCEED: the mean over the thresholds. */
  readonly latency: number;
  readonly custom: Readonly<Record<string, number>>;
  /** EXCEED on cost; 0 where that is not judged. */
  readonly cost: number;
  /** The mixture of all metrics: at or above ln(1 / alpha) the candidate is worse. */
  readonly all: number;
  /** The same with both guards at zero: what holds without assuming that the past is like the present. */
  readonly withoutGuards: number;
}

/** Weights inside "errors" (judge.md 3.3). */
const RATIO_WEIGHT = 0.5;
const SLO_WEIGHT = 0.2;
const HISTORY_WEIGHT = 0.3;
/** Above this share too little stable traffic is left to tell a shared incident from a bad release. */
const GUARDS_DECIDE_UP_TO_BASIS_POINTS = 5000;

/** Weighs all evidence that a state holds. */
export function evidenceOf(state: JudgeState, plan: JudgePlan): Evidence {
  const ratio = logMeanExp(state.errors.bets);
  const sloGuard = logGuardEvidence(plan.sloBets, state.sloGuard, plan.dispersion);
  const historyGuard = logGuardEvidence(plan.historyBets, state.historyGuard, plan.dispersion);
  const mixed = mixErrors(ratio, sloGuard, historyGuard);
  const errors = state.errorTicks >= plan.errorTicksNeeded ? mixed : mixed / DISPERSION_CAP;
  const latency = exceedEvidence(state);
  const cost = state.cost === undefined ? 0 : exceedEvidence(state.cost);
  const names = Object.keys(state.custom);
  const custom = Object.fromEntries(
    Object.entries(state.custom).map(([name, stream]) => [name, logMeanExp(stream.bets)]),
  );
  const others = [
    latency + Math.log(plan.weights.latency),
    cost + Math.log(plan.weights.cost),
    ...names.map((name) => (custom[name] ?? 0) + Math.log(plan.weights.custom / names.length)),
  ];
  const weightOfErrors = Math.log(plan.weights.errors);
  return {
    ratio,
    sloGuard,
    historyGuard,
    errors,
    latency,
    custom,
    cost,
    all: logSumExp([errors + weightOfErrors, ...others]),
    withoutGuards: logSumExp([Math.log(RATIO_WEIGHT) + ratio + weightOfErrors, ...others]),
  };
}

const exceedEvidence = ({ latency }: LatencyState): number =>
  latency.length === 0 ? 0 : logMeanExp(latency.map(({ ratio: { bets } }) => logMeanExp(bets)));

/** ln of the JUDGE mixture for errors: half RATIO, a fifth SLO guard, three tenths history guard. */
export function mixErrors(ratio: number, sloGuard: number, historyGuard: number): number {
  const highest = Math.max(ratio, sloGuard, historyGuard);
  return (
    highest +
    Math.log(
      RATIO_WEIGHT * Math.exp(ratio - highest) +
        SLO_WEIGHT * Math.exp(sloGuard - highest) +
        HISTORY_WEIGHT * Math.exp(historyGuard - highest),
    )
  );
}

/**
 * Whether evidence suffices for a rollback. Above half of the traffic the guards need RATIO to agree at least a
 * little, or the rest to suffice without them; otherwise they can only ask to hold (judge.md 5.1).
 */
export function mayRollBack(
  evidence: Pick<Evidence, 'ratio' | 'all' | 'withoutGuards'>,
  alpha: number,
  shareBasisPoints: number,
): boolean {
  const needed = -Math.log(alpha);
  if (evidence.all < needed) return false;
  if (shareBasisPoints <= GUARDS_DECIDE_UP_TO_BASIS_POINTS) return true;
  return evidence.ratio > 0 || evidence.withoutGuards >= needed;
}

/** How evidence for passing is shared between "the ratio is small" and "the error rate is small". */
const PASS_RATIO_WEIGHT = 0.8;
const PASS_RATE_BETS = [0.01, 0.1, 0.25, 0.5];

/** ln of the evidence that the candidate is not `rPass` times worse, or fails less than `passErrorRate`. */
export function passEvidence(state: JudgeState, plan: JudgePlan): number {
  const { rPass, passErrorRate } = state.spec;
  const ratio = logPassEvidence(state.errorCurve, plan.grid, rPass);
  if (passErrorRate === null) return ratio;
  const rate = logRateBelowEvidence(state.counts.candidate, passErrorRate, plan.dispersion);
  return logSumExp([ratio + Math.log(PASS_RATIO_WEIGHT), rate + Math.log(1 - PASS_RATIO_WEIGHT)]);
}

/**
 * ln of the evidence that not `rPass` times as many requests of the candidate are slower than stable's p95; null where
 * latency is not measured, so that nothing has to be proven of it.
 */
export function latencyPassEvidence(state: JudgeState, plan: JudgePlan): number | null {
  if (state.latency.length === 0 || state.candidateLatencies === 0) return null;
  return logPassEvidence(state.latencyCurve, plan.latencyGrid, state.spec.rPass);
}

/** ln of the evidence that a rate is below `limit`: bets on a hundredth to a half of it, equally weighted. */
export function logRateBelowEvidence(count: EventCount, limit: number, dispersion: number): number {
  return logMeanExp(
    PASS_RATE_BETS.map(
      (part) =>
        (count.events * Math.log(part) +
          (count.trials - count.events) * (Math.log1p(-limit * part) - Math.log1p(-limit))) /
        dispersion,
    ),
  );
}
