import { randomUUID } from 'node:crypto';
import { postgresTrackStore } from '@sluice/server/loop/postgres-track-store.ts';
import type { Database } from '@sluice/server/store/database/open-database.ts';
import { sql } from 'kysely';
import { trackOf } from './sample-fleet.ts';
import { TENANT } from './seed-store.ts';

/** Rollouts whose evidence is read to see that it grows. */
const SAMPLED = 100;

/** Rollouts under way that are in a judging step. */
export async function liveRollouts(db: Database): Promise<number> {
  const { rows } = await sql<{ n: number }>`
    select count(*) as n from tracks where state -> 'active' -> 'phase' ->> 'name' = 'running'`.execute(db);
  return Number(rows[0]?.n ?? 0);
}

/** Tracks that were due for longer than `lateMs` at this moment, whether somebody works on them or not. */
export async function overdueTracks(db: Database, lateMs: number): Promise<number> {
  const { rows } = await sql<{ n: number }>`
    select count(*) as n from tracks
    where next_wake_at < clock_timestamp() - ${lateMs}::double precision * interval '1 millisecond'`.execute(
    db,
  );
  return Number(rows[0]?.n ?? 0);
}

/** Requests on both sides that stored rollouts know of, by track, of some that are spread evenly over the fleet. */
export async function judgedRequests(db: Database, rollouts: number): Promise<ReadonlyMap<string, number>> {
  const store = postgresTrackStore({ db, holder: randomUUID(), now: Date.now, unreadable: () => undefined });
  const count = Math.min(SAMPLED, rollouts);
  const known = new Map<string, number>();
  for (let index = 0; index < count; index++) {
    const id = trackOf(Math.floor((index * rollouts) / count));
    const evidence = (await store.load(TENANT, id))?.active?.evidence;
    if (evidence) known.set(id, evidence.candidate.requests + evidence.stable.requests);
  }
  return known;
}
