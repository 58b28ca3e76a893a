import { newTrack } from '@sluice/core/rollout/new-track.ts';
import type { TrackState } from '@sluice/core/rollout/state.ts';
import type { TrackStore } from '../loop/track-store.ts';
import type { Database } from '../store/database/open-database.ts';
import { joinedTransaction } from '../store/routes/joined-transaction.ts';
import { listRouteUsers, lockRoutes } from '../store/routes/route-users.ts';
import type { RevisionRecord } from '../targets/revision-record.ts';
import { claimWords, type RouteClaims, type RouteHolder, RouteTaken } from './route-claims.ts';

/**
 * Routes as tracks and revisions in PostgreSQL claim them: nothing is kept besides, so that nothing can disagree.
 * @param storeIn the store of tracks whose commits are part of a transaction
 */
export const postgresRouteClaims = (
  db: Database,
  storeIn: (transaction: Database) => Pick<TrackStore, 'commit'>,
): RouteClaims => ({
  holder: (tenant, revision) => holderOf(db, tenant, revision),
  commit: (commit, revision) =>
    db.transaction().execute(async (transaction) => {
      await lockRoutes(transaction, commit.tenant);
      const holder = await holderOf(transaction, commit.tenant, revision);
      if (holder) throw new RouteTaken(revision, holder);
      return storeIn(joinedTransaction(transaction)).commit(commit);
    }),
});

async function holderOf(
  db: Database,
  tenant: string,
  { track, component }: RevisionRecord,
): Promise<RouteHolder | null> {
  // Agents are given tasks, and take nobody's requests.
  if (component.workload.on !== 'machine' || component.agents !== undefined) return null;
  const users = await listRouteUsers(db, tenant, { ...component.route, besides: track });
  for (const { trackId, state, revisions } of users) {
    // A state that a newer build wrote claims what this build can read of it.
    const words = claimWords({ ...newTrack(trackId), ...(state as Partial<TrackState>) }, revisions);
    if (words !== null) return { track: trackId, words };
  }
  return null;
}
