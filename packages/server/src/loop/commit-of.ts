import type { Effect } from '@sluice/core/rollout/effects.ts';
import { isTransient, type TrackEvent } from '@sluice/core/rollout/events.ts';
import type { Rollout, TrackState } from '@sluice/core/rollout/state.ts';
import type { Instant } from '@sluice/core/kernel/instant.ts';
import type { RevisionRecord } from '../targets/revision-record.ts';
import { ledgerNote, trackDigest } from './ledger-note.ts';
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
    ledger: notesOf(change, kept, names),
    effects: change.effects,
  };
}

function notesOf(
  { before, after, actor }: Change,
  kept: readonly TrackEvent[],
  names: ReadonlyMap<TrackEvent, string>,
): readonly LedgerNote[] {
  if (kept.length === 0) return [];
  const digests = { before: trackDigest(before), after: trackDigest(after) };
  return kept.map((event) => ledgerNote(event, { after, rollout: names.get(event) ?? null, actor, digests }));
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
