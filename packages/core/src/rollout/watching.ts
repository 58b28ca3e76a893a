import { WHOLE_BASIS_POINTS } from '../kernel/share.ts';
import { requiredInstances } from '../traffic/capacity.ts';
import { mayReach, shareOf } from '../traffic/split.ts';
import type { Tick } from '../analysis/tick.ts';
import type { Instant } from '../kernel/instant.ts';
import { assess } from './assess.ts';
import { capacityOf, emit, seen, type Draft } from './draft.ts';
import { type EvidenceBatch, isNews } from './evidence.ts';
import { presentMeasurements } from './measuring.ts';
import { isDirect } from './plan.ts';
import type { Rollout, RollbackReason, TrackState } from './state.ts';

/** How long a candidate may have too few ready instances for its share before it is taken back, in ms. */
export const UNHEALTHY_GRACE_MS = 15_000;

/** Takes in what is new about the candidate and begins a rollback on the first trigger that fires. */
export function watch(draft: Draft): void {
  const { active } = draft.track;
  if (!active || !['running', 'held', 'promoting', 'rolling-back'].includes(active.phase.name)) return;
  takeEvidence(draft, active);
  if (active.phase.name === 'rolling-back') return;
  watchHealth(draft);
  const reason = trigger(draft);
  if (reason) emit(draft, { kind: 'rollbackBegun', at: draft.observation.now, reason });
}

function takeEvidence(draft: Draft, rollout: Rollout): void {
  const { metrics, measured, now } = draft.observation;
  if (metrics.kind === 'not-asked' || !rollout.evidence) return;
  if (metrics.kind === 'provider-error') {
    const batch: EvidenceBatch = {
      providerError: metrics.message,
      ticks: [],
      cursor: rollout.evidence.cursor,
      expressions: [],
      measured,
      shareBasisPoints: 0,
      warmUntil: rollout.evidence.warmUntil,
      expectedShareBasisPoints: 0,
    };
    emit(draft, { kind: 'evidenceObserved', at: now, batch });
    return;
  }
  const youngest = seen(draft, rollout.candidate)?.youngestStartAt ?? null;
  const { warmUpMs } = rollout.plan.analysis.judge;
  const { warmUntil } = rollout.evidence;
  const batch: EvidenceBatch = {
    providerError: null,
    ticks: metrics.ticks.map((tick) => ({
      ...tick,
      warmingUp: tick.warmingUp || tick.at < warmUntil || isWarmingUp(tick, youngest, warmUpMs),
    })),
    cursor: metrics.cursor,
    expressions: metrics.expressions,
    measured,
    shareBasisPoints: evidenceShare(draft, rollout),
    warmUntil: youngest === null ? warmUntil : Math.max(warmUntil, youngest + warmUpMs),
    expectedShareBasisPoints: expectedShare(draft.track, rollout),
  };
  const { analysis } = rollout.plan;
  if (
    isNews(rollout.evidence, batch, { at: now, isCounted: analysis.traffic === 'counted' }) ||
    presentMeasurements(rollout).some(({ name }) => rollout.evidence?.measurements[name] === undefined)
  )
    emit(draft, { kind: 'evidenceObserved', at: now, batch });
}

/** Ticks from before the start are not: a look after an absence sees many that were over by then. */
const isWarmingUp = (tick: Tick, startedAt: Instant | null, warmUpMs: number): boolean =>
  startedAt !== null && tick.at + tick.durationMs > startedAt && tick.at < startedAt + warmUpMs;

/** The share that is being judged: a mirror counts like a share, though nobody is served from it. */
const evidenceShare = (draft: Draft, rollout: Rollout): number =>
  Math.max(shareOf(draft.track.split, rollout.candidate), draft.track.split.mirror?.basisPoints ?? 0);

/**
 * What part of the requests of both arms should be the candidate's. Matches and users who stick to a side have their own
 * shares, what follows the numbers of instances is never exact, and a split that no router has confirmed has none; a mirror of share m adds m to the whole that is served.
 */
function expectedShare({ split, splitConfirmed }: TrackState, { candidate, plan }: Rollout): number {
  if (plan.shares !== 'exact') return 0;
  if (!splitConfirmed || split.matches.length > 0 || split.sticky !== null) return 0;
  const mirrored = split.mirror?.revision === candidate ? split.mirror.basisPoints : 0;
  return mirrored > 0
    ? (WHOLE_BASIS_POINTS * mirrored) / (WHOLE_BASIS_POINTS + mirrored)
    : shareOf(split, candidate);
}

function watchHealth(draft: Draft): void {
  const { active, split } = draft.track;
  if (!active || draft.observation.target.kind !== 'observed' || !mayReach(split, active.candidate)) return;
  // Declared ones: that a load grows faster than an autoscaler is no fault of the candidate.
  const full = draft.track.revisions[active.candidate]?.fullInstances ?? 1;
  const { ready } = capacityOf(draft, active.candidate);
  const isDisrupted = seen(draft, active.candidate)?.disrupted ?? false;
  // What a drain takes comes back by itself, and says nothing of the candidate.
  const needed = isDisrupted ? 0 : Math.max(1, requiredInstances(shareOf(split, active.candidate), full));
  const { now } = draft.observation;
  // Not later than now, or a clock that was set back would let an unhealthy candidate serve until it has caught up.
  if (ready < needed && (active.unhealthySince ?? Infinity) > now)
    emit(draft, { kind: 'candidateUnhealthy', at: now });
  if (ready >= needed && active.unhealthySince !== null) emit(draft, { kind: 'candidateHealthy', at: now });
}

/** Whether going back would help: where nothing of stable is ready either, the cause is elsewhere, and both are waited for. */
const hasBetter = (draft: Draft, { stable }: Rollout): boolean =>
  stable === null || (seen(draft, stable)?.ready ?? 0) > 0;

function trigger(draft: Draft): RollbackReason | undefined {
  const { active } = draft.track;
  if (!active) return undefined;
  const candidate = seen(draft, active.candidate);
  if (candidate?.crashLooping)
    return {
      kind: 'crash-loop',
      detail: `${active.version} does not stay up: ${candidate.reason ?? 'no reason given'}`,
    };
  const { unhealthySince } = active;
  const { target, now } = draft.observation;
  // A target that does not answer says nothing about health.
  if (
    target.kind === 'observed' &&
    unhealthySince !== null &&
    now - unhealthySince > UNHEALTHY_GRACE_MS &&
    hasBetter(draft, active)
  )
    return {
      kind: 'health',
      detail: `${active.version} has too few ready instances: ${candidate?.reason ?? 'none runs'}`,
    };
  if (isDirect(active.plan.kind)) return undefined;
  const assessment = assess(active);
  if (assessment.verdict !== 'fail' || active.plan.analysis.on.fail !== 'rollback') return undefined;
  return { kind: assessment.source, detail: assessment.detail };
}
