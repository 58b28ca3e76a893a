import { trackNames, type RevisionId } from '@sluice/core/kernel/ids.ts';
import { decide } from '@sluice/core/rollout/decide.ts';
import type { Effect } from '@sluice/core/rollout/effects.ts';
import type { Observation } from '@sluice/core/rollout/observation.ts';
import type { TrackState } from '@sluice/core/rollout/state.ts';
import { shareOf, type Split } from '@sluice/core/traffic/split.ts';
import type { TrackView } from '@sluice/protocol/http/views.ts';
import { gateViews } from './gate-views.ts';
import { describeOrder, type RefusedOrder } from './refused-orders.ts';
import { rolloutView } from './rollout-view.ts';

/** What of the orders that are due was refused. */
export type RefusedAmong = (due: readonly Effect[]) => readonly RefusedOrder[];

/** A track for people and scripts, with an explanation made from what is seen right now. */
export function trackView(track: TrackState, observation: Observation, among: RefusedAmong): TrackView {
  const { explanation, effects } = decide(track, observation);
  const refused = among(effects);
  const gates = gateViews(track.active, observation);
  return {
    id: track.id,
    ...trackNames(track.id),
    version: track.version,
    stable: track.stable === null ? null : named(track, track.stable),
    split: wireSplit(track.split),
    splitConfirmed: track.splitConfirmed,
    revisions: revisionsOf(track, observation, refused),
    active: track.active && rolloutView(track.id, track.active, track, observation.gates),
    ...(gates.length > 0 && { gates }),
    queued: track.queue.map(({ id, version }) => ({ id, version })),
    last: track.last && rolloutView(track.id, track.last, null),
    history: [...track.history].reverse().map((revision) => named(track, revision)),
    explanation: {
      ...explanation,
      waitingFor: waitingWords(explanation.waitingFor, refused),
      evidence: [...explanation.evidence],
      refusedOrders: refused.map(({ order, reason, at }) => ({
        ordered: describeOrder(order, track),
        reason,
        at,
      })),
    },
  };
}

/** What is waited for, with the reason why it does not come where somebody has told one. */
function waitingWords(waitingFor: string | null, [first]: readonly RefusedOrder[]): string | null {
  if (first === undefined) return waitingFor;
  return `${waitingFor ?? 'an order to be carried out'}: ${first.reason}`;
}

const named = (track: TrackState, revision: RevisionId): { revision: string; version: string } => ({
  revision,
  version: track.revisions[revision]?.version ?? revision,
});

function revisionsOf(
  track: TrackState,
  { target }: Observation,
  refused: readonly RefusedOrder[],
): TrackView['revisions'] {
  return revisionRoles(track).map(({ revision, ...status }) => {
    const seen = target.kind === 'observed' ? target.revisions[revision] : undefined;
    return {
      ...{ revision, ...status },
      ready: target.kind === 'observed' ? (seen?.ready ?? 0) : null,
      reason: seen?.reason ?? refused.find(isAbout(revision))?.reason ?? null,
      retainedUntil: track.retained.find((retained) => retained.revision === revision)?.until ?? null,
    };
  });
}

/** The revisions that were ordered and not yet retired: what each is to its track, and its share of the split in force. */
export const revisionRoles = (track: TrackState) =>
  (Object.keys(track.capacity) as RevisionId[]).map((revision) => ({
    revision,
    version: track.revisions[revision]?.version ?? revision,
    role: roleOf(track, revision),
    shareBasisPoints: shareOf(track.split, revision),
    ordered: track.capacity[revision]?.instances ?? 0,
  }));

const isAbout =
  (revision: RevisionId) =>
  ({ order }: RefusedOrder): boolean =>
    order.kind === 'applyCapacity' && order.revision === revision;

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
