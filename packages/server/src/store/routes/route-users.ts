import type { RevisionId, TrackId } from '@sluice/core/kernel/ids.ts';
import { sql } from 'kysely';
import type { Database } from '../database/open-database.ts';

/** A track that has revisions with the route that was asked for; its state says whether it may serve one of them. */
export interface RouteUser {
  readonly trackId: TrackId;
  /** Opaque to the store. */
  readonly state: unknown;
  readonly revisions: readonly RevisionId[];
}

/** The first half of the advisory lock under which routes are taken; any number that nobody else uses. */
const ROUTES_LOCK = 1_919_906_933;

/** Waits until nobody else takes routes of the tenant, and keeps others from it until the transaction ends. */
export async function lockRoutes(transaction: Database, tenant: string): Promise<void> {
  await sql`select pg_advisory_xact_lock(${ROUTES_LOCK}, hashtext(${tenant}))`.execute(transaction);
}

/**
 * The tracks, besides one, that have revisions with a route, in the order of their ids. Routes are the same when the
 * host's router takes them for the same: letters of the host in either case, with or without a slash at the end.
 * Only of this machine: in a cluster routes are objects of its own, with owners of their own.
 */
export async function listRouteUsers(
  db: Database,
  tenant: string,
  asked: { readonly host: string | null; readonly path: string; readonly besides: TrackId },
): Promise<readonly RouteUser[]> {
  const { rows } = await sql<RouteUser>`
    select tracks.id as "trackId", tracks.state, array_agg(revisions.id) as revisions
    from revisions join tracks on tracks.tenant = revisions.tenant and tracks.id = revisions.track_id
    where revisions.tenant = ${tenant} and revisions.track_id <> ${asked.besides}
      and machine_route = coalesce(lower(${asked.host}::text), '') || rtrim(${asked.path}::text, '/')
    group by tracks.tenant, tracks.id
    order by tracks.id`.execute(db);
  return rows;
}
