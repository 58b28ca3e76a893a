import { assert } from '../kernel/assert.ts';
import type { RevisionId, RolloutId } from '../kernel/ids.ts';
import type { Instant } from '../kernel/instant.ts';
import type { TrackEvent } from './events.ts';
import type { Rollout, TrackState } from './state.ts';

/** The state after an event about the track itself; undefined when the event is about the active rollout. */
export function transitionTrack(track: TrackState, event: TrackEvent): TrackState | undefined {
  switch (event.kind) {
    case 'rolloutRequested':
      return requested(track, event);
    case 'queuedRolloutDropped':
      return { ...track, queue: track.queue.filter((rollout) => rollout.id !== event.id) };
    case 'rolloutPlanned':
      return track.active ? undefined : activated(track, event.at);
    case 'capacityOrdered':
      return { ...track, capacity: { ...track.capacity, [event.revision]: event.order } };
    case 'revisionRetired':
      return { ...track, capacity: without(track.capacity, event.revision) };
    case 'revisionRetained':
      return {
        ...track,
        retained: [...track.retained.filter(other(event.retained.revision)), event.retained],
      };
    case 'retentionEnded':
      return { ...track, retained: track.retained.filter(other(event.revision)) };
    case 'splitOrdered':
      return { ...track, split: event.split, splitGeneration: track.version + 1, splitConfirmed: false };
    case 'splitConfirmed':
      return { ...track, splitConfirmed: true };
    case 'splitLost':
      return { ...track, splitConfirmed: false };
    case 'voteGiven':
      return withRollout(track, event.id, (rollout) => ({
        ...rollout,
        votes: [...(rollout.votes ?? []), event.vote].slice(-MOST_VOTES),
      }));
    case 'glassBroken': {
      const { by, at, reason } = event;
      return withRollout(track, event.id, (rollout) => ({ ...rollout, glass: { by, at, reason } }));
    }
    default:
      return undefined;
  }
}

/** Votes that a rollout keeps; whoever says more has said enough. */
const MOST_VOTES = 200;

function withRollout(track: TrackState, id: RolloutId, change: (rollout: Rollout) => Rollout): TrackState {
  const { active, queue } = track;
  const changed = (rollout: Rollout): Rollout => (rollout.id === id ? change(rollout) : rollout);
  return { ...track, active: active && changed(active), queue: queue.map(changed) };
}

const other =
  (revision: RevisionId) =>
  (retained: { readonly revision: RevisionId }): boolean =>
    retained.revision !== revision;

function requested(track: TrackState, event: Extract<TrackEvent, { kind: 'rolloutRequested' }>): TrackState {
  const rollout: Rollout = {
    id: event.id,
    number: track.nextNumber,
    lane: event.lane,
    candidate: event.revision.id,
    version: event.revision.version,
    stable: track.stable,
    plan: event.plan,
    requestedAt: event.at,
    requestedBy: event.by,
    ...(event.source === undefined ? {} : { source: event.source }),
    startedAt: null,
    phase: { name: 'queued' },
    evidence: null,
    checks: null,
    unhealthySince: null,
    verdictAt: null,
  };
  return {
    ...track,
    revisions: { ...track.revisions, [event.revision.id]: event.revision },
    queue: event.first ? [rollout, ...track.queue] : [...track.queue, rollout],
    nextNumber: track.nextNumber + 1,
  };
}

function activated(track: TrackState, at: Instant): TrackState {
  const [next, ...queue] = track.queue;
  assert(next, `a rollout was planned on ${track.id} with nothing in the queue`);
  return {
    ...track,
    queue,
    active: { ...next, phase: { name: 'planned', since: at }, stable: track.stable },
  };
}

function without<Value>(
  record: Readonly<Record<string, Value>>,
  key: string,
): Readonly<Record<string, Value>> {
  return Object.fromEntries(Object.entries(record).filter(([name]) => name !== key));
}
