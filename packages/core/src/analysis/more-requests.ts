import { LATENCY_QUANTILES } from './baseline.ts';
import { dispersionOf } from './event-spread.ts';
import { PASS_QUANTILE } from './exceed.ts';
import type { Evidence } from './judge-evidence.ts';
import type { JudgePlan, JudgeState } from './judge-state.ts';
import type { Judgement } from './judgement.ts';

/** What decides which verdict is nearer: whether evidence leans against, and the logs of both kinds of evidence. */
export interface Outlook {
  readonly against: boolean;
  readonly evidence: Pick<Evidence, 'all'>;
  readonly pass: number;
  /** ln of the evidence about latency; null when nothing of it is left to be proven. */
  readonly latencyPass: number | null;
}

/** More than this is not worth waiting for, and is not said. */
const WORTH_SAYING_REQUESTS = 1e9;

/**
 * How many more requests of both arms until a verdict, if things go on as they are (judge.md 5.5): what is missing
 * in evidence over what one request brings, and how long they take at the present traffic.
 */
export function moreRequests(
  state: JudgeState,
  plan: JudgePlan,
  outlook: Outlook,
): Pick<Judgement, 'moreRequests' | 'moreFor' | 'moreMs'> {
  const { candidate, stable } = state.counts;
  const none = { moreRequests: null, moreFor: null, moreMs: null };
  if (candidate.trials === 0 || stable.trials === 0 || state.failedAt !== null) return none;
  const needed = outlook.against
    ? { forErrors: forRollback(state, plan, outlook), forLatency: 0 }
    : { forErrors: forPass(state, plan, outlook), forLatency: forLatencyPass(state, outlook) };
  const requests = Math.ceil(Math.max(needed.forErrors, needed.forLatency));
  if (requests <= 0 || !(requests < WORTH_SAYING_REQUESTS)) return none;
  const perSecond = state.requestsPerSecond;
  return {
    moreRequests: requests,
    moreFor: needed.forLatency > needed.forErrors ? 'latency' : 'errors',
    moreMs: perSecond > 0 ? Math.ceil((requests / perSecond) * 1000) : null,
  };
}

/** Infinite when it would never be enough. */
function forRollback(state: JudgeState, plan: JudgePlan, outlook: Outlook): number {
  const { share, errorsPerRequest } = rates(state);
  const { candidate, stable } = state.counts;
  const ofErrors = candidate.events / Math.max(1, candidate.events + stable.events);
  const gain = (errorsPerRequest * divergence(ofErrors, share)) / plan.dispersion;
  const missing = -Math.log(state.spec.alpha) - outlook.evidence.all;
  return ofErrors > share ? overGain(missing, gain) : Infinity;
}

/** The sooner of the two ways to pass, if both arms fail alike from now on. */
function forPass(state: JudgeState, plan: JudgePlan, outlook: Outlook): number {
  const { share, errorsPerRequest } = rates(state);
  const { rPass, passErrorRate, beta } = state.spec;
  const byRatio = (errorsPerRequest * divergence(share, shareAtLimit(share, rPass))) / plan.dispersion;
  const byRate =
    passErrorRate !== null && errorsPerRequest < passErrorRate
      ? (share * divergence(errorsPerRequest, passErrorRate)) / plan.dispersion
      : 0;
  return overGain(-Math.log(beta) - outlook.pass, Math.max(byRatio, byRate));
}

/** Until the tail is proven, if both arms are alike slow from now on: slow is what takes longer than stable's p95. */
function forLatencyPass(state: JudgeState, { latencyPass }: Outlook): number {
  const spread = state.latency[LATENCY_QUANTILES.indexOf(PASS_QUANTILE)]?.spread;
  if (latencyPass === null || spread === undefined) return 0;
  const { share } = rates(state);
  const slowPerRequest = spread.trials > 0 ? spread.events / spread.trials : 1 - PASS_QUANTILE;
  const gain = slowPerRequest * divergence(share, shareAtLimit(share, state.spec.rPass));
  return overGain(-Math.log(state.spec.beta) - latencyPass, gain / dispersionOf(spread));
}

/** The candidate's part of the events if it had `rPass` times as many. */
const shareAtLimit = (share: number, rPass: number): number => (share * rPass) / (1 - share + share * rPass);

/** How many requests bring what is missing; infinite when they bring nothing. */
function overGain(missing: number, gainPerRequest: number): number {
  if (missing <= 0) return 0;
  return gainPerRequest > 0 ? missing / gainPerRequest : Infinity;
}

function rates(state: JudgeState): { readonly share: number; readonly errorsPerRequest: number } {
  const { candidate, stable } = state.counts;
  const requests = candidate.trials + stable.trials;
  return {
    share: candidate.trials / requests,
    errorsPerRequest: (candidate.events + stable.events) / requests,
  };
}

/** Kullback-Leibler divergence of Bernoulli(p) from Bernoulli(q), in nats; q strictly between 0 and 1. */
export function divergence(p: number, q: number): number {
  const events = p > 0 ? p * Math.log(p / q) : 0;
  const others = p < 1 ? (1 - p) * Math.log((1 - p) / (1 - q)) : 0;
  return events + others;
}
