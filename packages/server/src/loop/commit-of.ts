import type { Effect } from '@sluice/core/rollout/effects.ts';
import { isTransient, type TrackEvent } from '@sluice/core/rollout/events.ts';
import type { Rollout, TrackState } from '@sluice/core/rollout/state.ts';
import type { Instant } from '@sluice/core/kernel/instant.ts';
import type { RevisionRecord } from '../targets/revision-record.ts';
import { describeEvent } from './describe-event.ts';
import type { LedgerNote, TrackCommit } from './track-store.ts';

/** What a commit is made of. */
export interface Change {
  readonly tenant: string;
  readonly before: TrackState;
  /** The fold of the events over `before`. */
  readonly after: TrackState;
  readonly events: readonly TrackEvent[];
  readonly effects: readonly Effect[];
  readonly nextWakeAt: Instant;
  /** Who caused it: a person, or `engine`. */
  readonly actor: string;
  /** It was decided under a claim; without one by default. */
  readonly isClaimed?: boolean;
  readonly revisions?: readonly RevisionRecord[];
}

/** Puts together what has to be written for a change: one version up, with events, rows and ledger. */
export function commitOf(change: Change): TrackCommit {
  const { before, after, events } = change;
  const kept = events.filter((event) => !isTransient(event));
  const names = rolloutNames(before, events);
  return {
    tenant: change.tenant,
    track: { ...after, version: before.version + 1 },
    evidenceOnly: events.length > 0 && kept.length === 0,
    expectedVersion: before.version,
    isClaimed: change.isClaimed ?? false,
    nextWakeAt: change.nextWakeAt,
    events: kept.map((event) => ({ event, rollout: names.get(event) ?? null })),
    rollouts: kept.length > 0 ? touchedRollouts(before, after, kept) : [],
    revisions: change.revisions ?? [],
    ledger: kept.map((event) => noteOf(after, event, names.get(event) ?? null, change.actor)),
    effects: change.effects,
  };
}

/** Which rollout each event is about, following activations in order. */
function rolloutNames(before: TrackState, events: readonly TrackEvent[]): ReadonlyMap<TrackEvent, string> {
  const names = new Map<TrackEvent, string>();
  let active = before.active?.id as string | undefined;
  let queue = before.queue.map((rollout) => rollout.id as string);
  for (const event of events) {
    if (event.kind === 'rolloutRequested') {
      queue = event.first ? [event.id, ...queue] : [...queue, event.id];
      names.set(event, event.id);
      continue;
    }
    if (event.kind === 'queuedRolloutDropped') {
      queue = queue.filter((id) => id !== event.id);
      names.set(event, event.id);
      continue;
    }
    if (event.kind === 'voteGiven' || event.kind === 'glassBroken') {
      names.set(event, event.id);
      continue;
    }
    if (event.kind === 'rolloutPlanned') [active, ...queue] = queue;
    if (active !== undefined) names.set(event, active);
    if (event.kind === 'rolloutSucceeded' || event.kind === 'rolloutRolledBack') active = undefined;
  }
  return names;
}

function touchedRollouts(
  before: TrackState,
  after: TrackState,
  events: readonly TrackEvent[],
): readonly Rollout[] {
  const known = new Set<Rollout>(
    [before.active, before.last, ...before.queue].filter((rollout) => rollout !== null),
  );
  const present = [after.last, after.active, ...after.queue].filter((rollout) => rollout !== null);
  const changed = present.filter((rollout) => !known.has(rollout));
  return [...droppedRollouts(before, events), ...changed];
}

function droppedRollouts(before: TrackState, events: readonly TrackEvent[]): readonly Rollout[] {
  return events.flatMap((event) => {
    if (event.kind !== 'queuedRolloutDropped') return [];
    const rollout = before.queue.find((queued) => queued.id === event.id);
    return rollout
      ? [{ ...rollout, phase: { name: 'rolled-back', at: event.at, reason: event.reason } }]
      : [];
  });
}

function noteOf(after: TrackState, event: TrackEvent, rollout: string | null, actor: string): LedgerNote {
  return {
    at: event.at,
    actor: actorOf(event, actor),
    action: event.kind,
    subject: rollout ?? after.id,
    detail: { track: after.id, words: describeEvent(event), ...requestFacts(event) },
  };
}

/** What was asked for, by which deliveries are counted and reported out of the ledger alone. */
function requestFacts(event: TrackEvent): LedgerNote['detail'] {
  if (event.kind !== 'rolloutRequested') return {};
  const { revision, plan, lane, source } = event;
  const change = {
    ...(source?.commit !== undefined && { commit: source.commit }),
    ...(source?.authoredAt !== undefined && { committedAt: source.authoredAt }),
  };
  return { version: revision.version, strategy: plan.strategy, lane, ...change };
}

/** What the engine names as causes of its own. */
const ENGINE: readonly string[] = ['plan', 'evidence', 'recovery', 'gates'];

function actorOf(event: TrackEvent, actor: string): string {
  if (event.kind === 'voteGiven') return event.vote.subject;
  return 'by' in event && !ENGINE.includes(event.by) ? event.by : actor;
}
