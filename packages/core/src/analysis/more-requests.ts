import type { Evidence } from './judge-evidence.ts';
import type { JudgePlan, JudgeState } from './judge-state.ts';
import type { Judgement } from './judgement.ts';

/** What decides which verdict is nearer: whether evidence leans against, and the logs of both kinds of evidence. */
export interface Outlook {
  readonly against: boolean;
  readonly evidence: Pick<Evidence, 'all'>;
  readonly pass: number;
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
): Pick<Judgement, 'moreRequests' | 'moreMs'> {
  const { candidate, stable } = state.counts;
  const none = { moreRequests: null, moreMs: null };
  if (candidate.trials === 0 || stable.trials === 0 || state.failedAt !== null) return none;
  const needed = outlook.against ? forRollback(state, plan, outlook) : forPass(state, plan, outlook);
  if (needed === null || !(needed < WORTH_SAYING_REQUESTS)) return none;
  const requests = Math.max(0, Math.ceil(needed));
  const perSecond = state.requestsPerSecond;
  return {
    moreRequests: requests,
    moreMs: perSecond > 0 ? Math.ceil((requests / perSecond) * 1000) : null,
  };
}

function forRollback(state: JudgeState, plan: JudgePlan, outlook: Outlook): number | null {
  const { share, errorsPerRequest } = rates(state);
  const { candidate, stable } = state.counts;
  const ofErrors = candidate.events / Math.max(1, candidate.events + stable.events);
  const gain = (errorsPerRequest * divergence(ofErrors, share)) / plan.dispersion;
  const missing = -Math.log(state.spec.alpha) - outlook.evidence.all;
  return ofErrors > share && gain > 0 ? missing / gain : null;
}

/** The sooner of the two ways to pass, if both arms fail alike from now on. */
function forPass(state: JudgeState, plan: JudgePlan, outlook: Outlook): number | null {
  const { share, errorsPerRequest } = rates(state);
  const { rPass, passErrorRate, beta } = state.spec;
  const missing = -Math.log(beta) - outlook.pass;
  if (missing <= 0) return null;
  const atLimit = (share * rPass) / (1 - share + share * rPass);
  const byRatio = (errorsPerRequest * divergence(share, atLimit)) / plan.dispersion;
  const byRate =
    passErrorRate !== null && errorsPerRequest < passErrorRate
      ? (share * divergence(errorsPerRequest, passErrorRate)) / plan.dispersion
      : 0;
  const gain = Math.max(byRatio, byRate);
  return gain > 0 ? missing / gain : null;
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
