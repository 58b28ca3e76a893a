import type { RevisionId, TrackId } from '@sluice/core/kernel/ids.ts';
import { sql } from 'kysely';
import { storedJson } from '../database/column-values.ts';
import type { Database } from '../database/open-database.ts';

/** The workers of a revision that are connected to one server. */
export interface StoredRoster {
  readonly queue: TrackId;
  readonly revision: RevisionId;
  /** Opaque to the store. */
  readonly workers: unknown;
}

/** Writes who is connected to a server; whoever is not named any more is gone. */
export async function putRosters(
  db: Database,
  tenant: string,
  holder: string,
  rosters: readonly StoredRoster[],
): Promise<void> {
  const column = <Value>(of: (roster: StoredRoster) => Value): Value[] => rosters.map(of);
  await sql`
    with present as materialized (
      select queue, revision, workers::json as workers
      from unnest(${column(({ queue }) => queue)}::text[], ${column(({ revision }) => revision)}::text[],
        ${column(({ workers }) => storedJson(workers))}::text[]) as seen (queue, revision, workers)),
    gone as (
      delete from pool_rosters where tenant = ${tenant} and holder = ${holder}
        and not exists (select from present where present.queue = pool_rosters.queue
          and present.revision = pool_rosters.revision))
    insert into pool_rosters (tenant, holder, queue, revision, workers)
    select ${tenant}, ${holder}, queue, revision, workers from present
    on conflict (tenant, holder, queue, revision) do update set workers = excluded.workers, seen_at = now()`.execute(
    db,
  );
}

/** Who is connected to any server, as it was written within the last so many ms. */
export async function listRosters(
  db: Database,
  tenant: string,
  withinMs: number,
): Promise<readonly StoredRoster[]> {
  const { rows } = await sql<StoredRoster>`
    select queue, revision, workers from pool_rosters
    where tenant = ${tenant} and seen_at > now() - ${withinMs}::double precision * interval '1 millisecond'`.execute(
    db,
  );
  return rows;
}

/** Removes what servers that are gone have left. */
export async function forgetRosters(db: Database, olderThanMs: number): Promise<void> {
  await sql`
    delete from pool_rosters
    where seen_at < now() - ${olderThanMs}::double precision * interval '1 millisecond'`.execute(db);
}
