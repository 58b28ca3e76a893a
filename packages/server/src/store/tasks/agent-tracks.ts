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
    from (
      select distinct on (track_id) track_id, spec from revisions
      where tenant = ${tenant} and is_agents ${only === undefined ? sql`` : sql`and track_id = ${only}`}
      order by track_id, created_at desc, id) as newest
    join tracks on tracks.tenant = ${tenant} and tracks.id = newest.track_id
    order by tracks.id`.execute(db);
  return rows;
}
