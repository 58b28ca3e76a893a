import { sql } from 'kysely';
import type { RolloutId, TrackId } from '@sluice/core/kernel/ids.ts';
import type { Database } from '../database/open-database.ts';

/** An event as who makes traces reads it. */
export interface TracedEvent {
  readonly sequence: number;
  readonly trackId: TrackId;
  readonly rolloutId: RolloutId;
  /** Opaque JSON. */
  readonly body: unknown;
}

/**
 * Up to which event a tenant's traces have been sent. Who asks for the first time is told of the newest event: what was
 * before anybody wanted traces is not sent.
 */
export async function traceCursor(db: Database, tenant: string): Promise<number> {
  const newest = sql<number>`(select coalesce(max(sequence), 0) from events where tenant = ${tenant})`;
  await db
    .insertInto('trace_cursors')
    .values({ tenant, last_sequence: newest })
    .onConflict((conflict) => conflict.column('tenant').doNothing())
    .execute();
  const row = await db
    .selectFrom('trace_cursors')
    .select('last_sequence')
    .where('tenant', '=', tenant)
    .executeTakeFirst();
  return row?.last_sequence ?? 0;
}

/** Notes that everything up to an event has been sent. It never goes back. */
export async function moveTraceCursor(db: Database, tenant: string, sequence: number): Promise<void> {
  await db
    .updateTable('trace_cursors')
    .set({ last_sequence: sequence, moved_at: sql`clock_timestamp()` })
    .where('tenant', '=', tenant)
    .where('last_sequence', '<', sequence)
    .execute();
}

/** How far the events that are stored reach beyond the cursor. */
export interface UnsentEvents {
  /** The last of those that were looked at; what is after it is looked at the next time. */
  readonly last: number;
  /** Rollouts that have events among them. */
  readonly rollouts: readonly RolloutId[];
}

/** Looks at no more than `limit` events after the cursor; null when there are none. */
export async function unsentEvents(
  db: Database,
  tenant: string,
  { after, limit }: { readonly after: number; readonly limit: number },
): Promise<UnsentEvents | null> {
  const rows = await db
    .selectFrom('events')
    .select(['sequence', 'rollout_id as rolloutId'])
    .where('tenant', '=', tenant)
    .where('sequence', '>', after)
    .orderBy('sequence')
    .limit(limit)
    .execute();
  const last = rows.at(-1)?.sequence;
  if (last === undefined) return null;
  return { last, rollouts: [...new Set(rows.flatMap(({ rolloutId }) => rolloutId ?? []))] };
}

/** The events of a rollout up to one of them, the oldest first; at most `limit`. */
export async function eventsOfRollout(
  db: Database,
  tenant: string,
  of: { readonly rollout: RolloutId; readonly upTo: number; readonly limit: number },
): Promise<readonly TracedEvent[]> {
  const rows = await db
    .selectFrom('events')
    .select(['sequence', 'track_id as trackId', 'body'])
    .where('tenant', '=', tenant)
    .where('rollout_id', '=', of.rollout)
    .where('sequence', '<=', of.upTo)
    .orderBy('sequence')
    .limit(of.limit)
    .execute();
  return rows.map((row) => ({ ...row, rolloutId: of.rollout }));
}
