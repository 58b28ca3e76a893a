import type { RevisionId, TrackId } from '@sluice/core/kernel/ids.ts';
import { sql } from 'kysely';
import type { Database } from '../database/open-database.ts';

/** A track that has revisions for a cluster; its state says whether it runs one of them. */
export interface ClusterUser {
  readonly trackId: TrackId;
  /** Opaque to the store. */
  readonly state: unknown;
  readonly revisions: readonly {
    readonly id: RevisionId;
    /** What the cluster is told of the component; opaque to the store. */
    readonly settings: unknown;
  }[];
}

/** The tracks that have revisions for a cluster, in the order of their ids. Reads the revisions of the cluster alone. */
export async function listClusterUsers(
  db: Database,
  tenant: string,
  cluster: string,
): Promise<readonly ClusterUser[]> {
  const { rows } = await sql<ClusterUser>`
    select tracks.id as "trackId", tracks.state,
      json_agg(json_build_object('id', revisions.id, 'settings', revisions.spec #> '{component,workload,settings}')
        order by revisions.id) as revisions
    from revisions join tracks on tracks.tenant = revisions.tenant and tracks.id = revisions.track_id
    where revisions.tenant = ${tenant} and revisions.cluster = ${cluster}
    group by tracks.tenant, tracks.id
    order by tracks.id`.execute(db);
  return rows;
}
