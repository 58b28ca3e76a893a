import type { TrackId } from '@sluice/core/kernel/ids.ts';
import type { Instant } from '@sluice/core/kernel/instant.ts';
import { ok, refuse, type Result } from '@sluice/core/kernel/result.ts';
import type { TrackEvent } from '@sluice/core/rollout/events.ts';
import { newTrack } from '@sluice/core/rollout/new-track.ts';
import type { TrackState } from '@sluice/core/rollout/state.ts';
import { transition } from '@sluice/core/rollout/transition.ts';
import type { RevisionRecord } from '../targets/revision-record.ts';
import { commitOf } from './commit-of.ts';
import type { TrackStore } from './track-store.ts';

/** A change from outside the loop: what it does to the track as it is found, whichever other writers were first. */
export interface TrackChange {
  readonly tenant: string;
  readonly track: TrackId;
  /** Who causes it: a person, or `engine`. */
  readonly actor: string;
  readonly revisions?: readonly RevisionRecord[];
  /** Without events nothing is committed. */
  decide(track: TrackState): Result<readonly TrackEvent[]>;
}

/** The loop commits each second at most; so many conflicts in a row do not happen by chance. */
const ATTEMPTS = 50;

/** Commits a change against the newest state; the loop looks at the track right after. */
export async function changeTrack(
  store: TrackStore,
  change: TrackChange,
  now: () => Instant,
): Promise<Result<TrackState>> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const before = (await store.load(change.tenant, change.track)) ?? newTrack(change.track);
    const decided = change.decide(before);
    if (!decided.ok) return decided;
    if (decided.value.length === 0) return ok(before);
    const commit = commitOf({
      tenant: change.tenant,
      before,
      after: decided.value.reduce(transition, before),
      events: decided.value,
      effects: [],
      nextWakeAt: now(),
      actor: change.actor,
      ...(change.revisions ? { revisions: change.revisions } : {}),
    });
    if ((await store.commit(commit)) === 'committed') return ok(commit.track);
  }
  return refuse('busy', `${change.track} is being changed by others all the time`, 'Try again in a moment.');
}
