import type { TrackId } from '@sluice/core/kernel/ids.ts';
import type { Instant } from '@sluice/core/kernel/instant.ts';
import { sql } from 'kysely';
import type { Database } from '../database/open-database.ts';
import type { TrackRow } from '../tracks/track-row.ts';

/** A track of agents with the specification of its newest revision. */
export interface AgentTrackRow extends Pick<TrackRow, 'id' | 'state' | 'evidence' | 'version'> {
  /** Opaque to the store. */
  readonly spec: unknown;
  readonly createdAt: Instant;
  readonly updatedAt: Instant;
}

/** The tracks that have revisions of agents, in the order of their ids; all of them, or one. */
export async function listAgentTracks(
  db: Database,
  tenant: string,
  only?: TrackId,
): Promise<readonly AgentTrackRow[]> {
  const { rows } = await sql<AgentTrackRow>`
    select tracks.id, tracks.state, null as evidence, tracks.version, newest.spec, tracks.created_at as "createdAt",
      tracks.updated_at as "updatedAt"
    from tracks join lateral (
      select spec from revisions where revisions.tenant = tracks.tenant and revisions.track_id = tracks.id
        and spec #> '{component,agents}' is not null
      order by created_at desc, id limit 1) as newest on true
    where tracks.tenant = ${tenant} ${only === undefined ? sql`` : sql`and tracks.id = ${only}`}
    order by tracks.id`.execute(db);
  return rows;
}
