import type { RevisionId, TrackId } from '@sluice/core/kernel/ids.ts';
import type { TrackState } from '@sluice/core/rollout/state.ts';
import { mayReach } from '@sluice/core/traffic/split.ts';
import type { TrackCommit } from '../loop/track-store.ts';
import type { RevisionRecord } from '../targets/revision-record.ts';
import { refusedWith, type Refused } from './problems.ts';

/** Another track that takes, or is about to take, the requests that a revision wants. */
export interface RouteHolder {
  readonly track: TrackId;
  /** The version there that has the route, and what it is: `v3, which is stable`. */
  readonly words: string;
}

/** Which track takes the requests of which route; no two of them may take the same. */
export interface RouteClaims {
  /** Who besides the revision's own track claims its route; null when it is free. */
  holder(tenant: string, revision: RevisionRecord): Promise<RouteHolder | null>;
  /**
   * Commits if the revision's route is free; of two commits at once that want one route, one is done.
   * @throws RouteTaken when it is not free; then nothing is written
   */
  commit(commit: TrackCommit, revision: RevisionRecord): Promise<'committed' | 'conflict'>;
}

/** The route of a revision belongs to another track. An expected refusal: whoever catches it shows `routeTaken`. */
export class RouteTaken extends Error {
  readonly revision: RevisionRecord;
  readonly holder: RouteHolder;

  constructor(revision: RevisionRecord, holder: RouteHolder) {
    super(`the route of ${revision.track} belongs to ${holder.track}`);
    this.name = 'RouteTaken';
    this.revision = revision;
    this.holder = holder;
  }
}

/** Says who has the route that a revision wants, and what to do about it. */
export function routeTaken({ revision, holder }: Pick<RouteTaken, 'revision' | 'holder'>): Refused {
  const { host, path } = revision.component.route;
  return refusedWith(409, 'route-taken', {
    title: 'Route taken',
    detail: `${revision.version} of ${revision.track} takes the requests of ${host ?? 'any host'}, path ${path}, which belong to ${holder.track} (${holder.words}).`,
    remedy: `Give one of the two another host or path under \`route\`; one beneath the other, as ${path.replace(/\/+$/, '')}/more, is possible. The route is free again once ${holder.track} is released without it.`,
  });
}

/** What a track does with the first of some revisions that it serves or is about to serve; null when with none. */
export function claimWords(track: TrackState, revisions: readonly RevisionId[]): string | null {
  const { stable, active, queue, split } = track;
  const labelled = (revision: RevisionId): string => track.revisions[revision]?.version ?? revision;
  for (const revision of revisions) {
    if (revision === stable) return `${labelled(revision)}, which is stable`;
    if (revision === active?.candidate) return `${labelled(revision)}, which is being released`;
    if (queue.some(({ candidate }) => candidate === revision))
      return `${labelled(revision)}, which waits for its release`;
    if (mayReach(split, revision)) return `${labelled(revision)}, which still has requests`;
  }
  return null;
}
