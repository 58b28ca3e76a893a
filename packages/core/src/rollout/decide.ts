/**
 * Purpose: what happens next to one track, as a pure function of its committed state and a snapshot of the world.
 *
 * Numbered rules that hold whatever the order of events (judged by `invariants.ts`, written apart):
 * 1. A share is only ordered when the ready instances carry it; 2. a revision is only ordered to retire when the
 * confirmed split cannot reach it; 3. `stable` changes by promotion alone; 4. a rollback never enlarges the
 * candidate's share; 5. missing evidence holds and never condemns.
 */
import type { Instant } from '../kernel/instant.ts';
import type { RevisionId } from '../kernel/ids.ts';
import { WHOLE_BASIS_POINTS } from '../kernel/share.ts';
import { carries } from '../traffic/capacity.ts';
import { mayReach, wholeTo } from '../traffic/split.ts';
import { advance } from './advance.ts';
import {
  capacityOf,
  emit,
  orderCapacity,
  orderRetirement,
  orderSplit,
  seen,
  startDraft,
  type Draft,
} from './draft.ts';
import { effectsOf, isInForce, type Effect } from './effects.ts';
import type { TrackEvent } from './events.ts';
import { explain, type Explanation } from './explain.ts';
import type { Observation } from './observation.ts';
import type { TrackState } from './state.ts';

/** What was decided: facts to commit, orders that follow, when to look again, and why in words. */
export interface Decision {
  readonly events: readonly TrackEvent[];
  /** The state after the events. */
  readonly track: TrackState;
  readonly effects: readonly Effect[];
  readonly wakeAt: Instant;
  readonly explanation: Explanation;
}

/** How often a track is looked at, in milliseconds. */
export interface Pace {
  /** With an active rollout or anything ordered and not yet seen. */
  readonly activeMs: number;
  /** With nothing to do but keep what runs as it is. */
  readonly idleMs: number;
}

/** The pace on one machine: evidence comes every second. */
export const DEFAULT_PACE: Pace = { activeMs: 1000, idleMs: 30_000 };

/** Decides the next move of a track. Never waits, never reads a clock. */
export function decide(track: TrackState, observation: Observation, pace: Pace = DEFAULT_PACE): Decision {
  const draft = startDraft(track, observation);
  confirmSplit(draft);
  confirmRetirements(draft);
  endRetention(draft);
  ownStrays(draft);
  activateNext(draft);
  if (draft.track.active) advance(draft);
  activateNext(draft);
  keepStable(draft);
  const effects = [...draft.effects, ...effectsOf(draft.track, observation)];
  const busy = draft.track.active !== null || effects.length > 0 || isUnsettled(draft.track, observation.now);
  return {
    events: draft.events,
    track: draft.track,
    effects,
    wakeAt:
      wakeAtGates(draft, effects) ??
      observation.now + (busy ? pace.activeMs : idleWait(draft.track, observation.now, pace)),
    explanation: explain(draft.track, observation, draft.waitingFor),
  };
}

/** Nothing is to be seen of a rollout that has not begun, as long as nothing else is under way. */
function wakeAtGates({ track, gatesLookAt, observation }: Draft, effects: readonly Effect[]): Instant | null {
  if (track.active?.phase.name !== 'planned' || effects.length > 0) return null;
  return isUnsettled(track, observation.now) ? null : gatesLookAt;
}

const isUnsettled = (track: TrackState, now: Instant): boolean =>
  !track.splitConfirmed ||
  Object.values(track.capacity).some((order) => order.retiring) ||
  track.retained.some(({ until }) => until <= now);

const idleWait = (track: TrackState, now: Instant, pace: Pace): number =>
  Math.min(pace.idleMs, ...track.retained.map(({ until }) => until - now));

function confirmSplit(draft: Draft): void {
  const { router, now } = draft.observation;
  if (router.kind !== 'observed') return;
  const { splitConfirmed } = draft.track;
  const inForce = isInForce(draft.track, router);
  if (inForce && !splitConfirmed) emit(draft, { kind: 'splitConfirmed', at: now });
  if (!inForce && splitConfirmed) emit(draft, { kind: 'splitLost', at: now });
}

function confirmRetirements(draft: Draft): void {
  const { target, now } = draft.observation;
  if (target.kind !== 'observed') return;
  for (const [revision, order] of Object.entries(draft.track.capacity))
    if (order.retiring && target.revisions[revision] === undefined)
      emit(draft, { kind: 'revisionRetired', at: now, revision: revision as RevisionId });
}

/** Old copies whose time is over are retired, unless somebody needs them again. */
function endRetention(draft: Draft): void {
  const { now } = draft.observation;
  for (const { revision, until } of draft.track.retained) {
    const { stable, active, split, splitConfirmed } = draft.track;
    const needed = revision === stable || revision === active?.candidate;
    if (!needed && ((until > now && !isInTheWay(active)) || !splitConfirmed || mayReach(split, revision)))
      continue;
    emit(draft, { kind: 'retentionEnded', at: now, revision });
    if (!needed) orderRetirement(draft, revision);
  }
}

/** Where shares follow the instances, every one of them gets a part while two revisions share: an old copy has to go first. */
const isInTheWay = (active: TrackState['active']): boolean =>
  active !== null && active.plan.shares !== 'exact' && active.plan.steps.some(({ kind }) => kind === 'shift');

/** What runs for this track without an order belongs to nobody: it is taken over, in order to be retired. */
function ownStrays(draft: Draft): void {
  const { target } = draft.observation;
  if (target.kind !== 'observed') return;
  for (const revision of Object.keys(target.revisions) as RevisionId[])
    if (draft.track.capacity[revision] === undefined) orderRetirement(draft, revision);
}

/** With nothing going on, stable runs in full and has all the traffic, as soon as it can carry it. */
function keepStable(draft: Draft): void {
  const { active, stable, revisions } = draft.track;
  if (active !== null || stable === null) return;
  orderCapacity(draft, stable, revisions[stable]?.instances ?? 1);
  if (!needsStandIn(draft, stable)) orderSplit(draft, wholeTo(stable));
}

/** Whether stable cannot carry everything and another revision, left by a rollback that was cut short, serves. */
function needsStandIn(draft: Draft, stable: RevisionId): boolean {
  if (carries(capacityOf(draft, stable), WHOLE_BASIS_POINTS)) return false;
  return draft.track.split.weights.some(
    ({ revision }) => revision !== stable && (seen(draft, revision)?.ready ?? 0) > 0,
  );
}

function activateNext(draft: Draft): void {
  if (draft.track.active === null && draft.track.queue.length > 0)
    emit(draft, { kind: 'rolloutPlanned', at: draft.observation.now });
}
