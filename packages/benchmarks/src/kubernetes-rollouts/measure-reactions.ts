import { setTimeout as delay } from 'node:timers/promises';
import { SluiceError } from '@sluice/core/kernel/failure.ts';
import { revisionId, trackIdFrom } from '@sluice/core/kernel/ids.ts';
import { revisionName } from '@sluice/kubernetes/objects/names.ts';
import type { ApiClient } from '@sluice/protocol/http/client.ts';
import type { TrackView } from '@sluice/protocol/http/views.ts';
import type { KubernetesPlane } from './kubernetes-plane.ts';
import { type CommittedEvents, followCommitted } from './committed-events.ts';

/** How soon one change of readiness was seen, in ms since a node began to tell it to the API server. */
export interface Reaction {
  readonly ready: boolean;
  /** Until the API's track shows it. */
  readonly shownMs: number;
  /** Until the decision that takes it in, which is committed at once. */
  readonly decidedMs: number;
  /** Until the event of that decision has come out of the API's stream. */
  readonly toldMs: number;
}

const LOOK_EVERY_MS = 20;
/** What takes longer counts as this; a candidate that is not ready for longer is taken back. */
export const PATIENCE_MS = 14_000;

/** How changes are made. */
export interface ReactionWish {
  /** So many candidates fall and stand up at a time. */
  readonly atOnce: number;
  /** Between two changes of one candidate after another, in ms. */
  readonly pauseMs: number;
}

/** Lets the only pod of one candidate after another fall and stand up again. */
export async function measureReactions(
  plane: KubernetesPlane,
  tracks: readonly string[],
  { atOnce, pauseMs }: ReactionWish,
): Promise<readonly Reaction[]> {
  const events = await followCommitted(plane.api);
  const reactions: Reaction[] = [];
  const work = async (first: number): Promise<void> => {
    for (let next = first; next < tracks.length; next += atOnce)
      for (const ready of [false, true]) {
        reactions.push(await reactionOf(plane, events, tracks[next] ?? '', ready));
        await delay(pauseMs * (0.5 + Math.random())); // Not in step with the pace of the looks.
      }
  };
  try {
    await Promise.all(Array.from({ length: atOnce }, (_, first) => work(first)));
  } finally {
    await events.stop();
  }
  return reactions;
}

async function reactionOf(
  plane: KubernetesPlane,
  events: CommittedEvents,
  track: string,
  ready: boolean,
): Promise<Reaction> {
  const candidate = candidateOf(await trackOf(plane.api, track));
  const kind = ready ? 'candidateHealthy' : 'candidateUnhealthy';
  const told = events.next(track, kind, PATIENCE_MS);
  const workload = revisionName(trackIdFrom(track), revisionId(candidate.revision));
  const at = await plane.setReadiness(workload, ready);
  const [shownAt, event] = await Promise.all([
    untilShown(plane.api, track, ready ? candidate.ordered : 0),
    told,
  ]);
  const { decidedAt, cameAt } = event ?? { decidedAt: at + PATIENCE_MS, cameAt: at + PATIENCE_MS };
  return { ready, shownMs: shownAt - at, decidedMs: decidedAt - at, toldMs: cameAt - at };
}

async function untilShown(api: ApiClient, track: string, ready: number): Promise<number> {
  const end = Date.now() + PATIENCE_MS;
  while (Date.now() < end) {
    if (candidateOf(await trackOf(api, track)).ready === ready) return Date.now();
    await delay(LOOK_EVERY_MS); // Polls the API of another process.
  }
  throw new SluiceError('timed-out', `${track} never showed ${ready} ready pods`, { next: 'stop' });
}

async function trackOf(api: ApiClient, id: string): Promise<TrackView> {
  const reply = await api.track(id);
  if (reply.ok) return reply.value;
  throw new SluiceError('unexpected', `${id} could not be read: ${JSON.stringify(reply)}`, { next: 'stop' });
}

function candidateOf({ id, revisions }: TrackView): TrackView['revisions'][number] {
  const candidate = revisions.find(({ role }) => role === 'candidate');
  if (candidate) return candidate;
  throw new SluiceError('unexpected', `${id} has no candidate any more`, { next: 'stop' });
}
