import { trackNames, type RevisionId } from '@sluice/core/kernel/ids.ts';
import { decide } from '@sluice/core/rollout/decide.ts';
import type { Observation } from '@sluice/core/rollout/observation.ts';
import type { TrackState } from '@sluice/core/rollout/state.ts';
import { shareOf, type Split } from '@sluice/core/traffic/split.ts';
import type { TrackView } from '@sluice/protocol/http/views.ts';
import { rolloutView } from './rollout-view.ts';

/** A track for people and scripts, with an explanation made from what is seen right now. */
export function trackView(track: TrackState, observation: Observation): TrackView {
  const { explanation } = decide(track, observation);
  return {
    id: track.id,
    ...trackNames(track.id),
    version: track.version,
    stable: track.stable === null ? null : named(track, track.stable),
    split: wireSplit(track.split),
    splitConfirmed: track.splitConfirmed,
    revisions: revisionsOf(track, observation),
    active: track.active && rolloutView(track.id, track.active, track),
    queued: track.queue.map(({ id, version }) => ({ id, version })),
    last: track.last && rolloutView(track.id, track.last, null),
    history: [...track.history].reverse().map((revision) => named(track, revision)),
    explanation: { ...explanation, evidence: [...explanation.evidence] },
  };
}

const named = (track: TrackState, revision: RevisionId): { revision: string; version: string } => ({
  revision,
  version: track.revisions[revision]?.version ?? revision,
});

function revisionsOf(track: TrackState, { target }: Observation): TrackView['revisions'] {
  return (Object.keys(track.capacity) as RevisionId[]).map((revision) => {
    const seen = target.kind === 'observed' ? target.revisions[revision] : undefined;
    return {
      ...named(track, revision),
      role: roleOf(track, revision),
      shareBasisPoints: shareOf(track.split, revision),
      ordered: track.capacity[revision]?.instances ?? 0,
      ready: target.kind === 'observed' ? (seen?.ready ?? 0) : null,
      reason: seen?.reason ?? null,
      retainedUntil: track.retained.find((retained) => retained.revision === revision)?.until ?? null,
    };
  });
}

function roleOf(track: TrackState, revision: RevisionId): TrackView['revisions'][number]['role'] {
  if (revision === track.active?.candidate) return 'candidate';
  if (revision === track.stable) return 'stable';
  return track.capacity[revision]?.retiring ? 'retiring' : 'retained';
}

function wireSplit(split: Split): TrackView['split'] {
  return {
    weights: [...split.weights],
    matches: split.matches.map(({ conditions, revision }) => ({
      revision,
      conditions: conditions.map(({ oneOf, ...plain }) => (oneOf ? { ...plain, oneOf: [...oneOf] } : plain)),
    })),
    mirror: split.mirror,
    sticky: split.sticky,
    salt: split.salt,
  };
}
