import { type RevisionId, type RolloutId, rolloutId, type TrackId } from '@sluice/core/kernel/ids.ts';
import type { Instant } from '@sluice/core/kernel/instant.ts';
import { sql } from 'kysely';
import { storedInstant, storedJson, storedText, timestamp } from '../database/column-values.ts';
import type { Database } from '../database/open-database.ts';

/** A rollout; `state` is opaque JSON, the rest is what can be asked for. */
export interface RolloutRecord {
  readonly id: RolloutId;
  readonly trackId: TrackId;
  /** Counts the releases of the track. */
  readonly number: number;
  readonly versionLabel: string;
  readonly candidate: RevisionId;
  readonly stable: RevisionId | null;
  readonly strategy: string;
  readonly phase: string;
  /** How it ended; null while it has not. */
  readonly outcome: string | null;
  readonly requestedBy: string;
  readonly requestedAt: Instant;
  readonly finishedAt: Instant | null;
  readonly state: unknown;
}

/** The place in a list after which a page begins. */
export interface RolloutCursor {
  readonly requestedAt: Instant;
  readonly id: RolloutId;
}

/** Which rollouts to list, the last requested first. */
export interface RolloutPage {
  readonly trackId?: TrackId;
  /** The last rollout of the page before. */
  readonly after?: RolloutCursor;
  readonly limit: number;
}

const COLUMNS = [
  'id',
  'track_id as trackId',
  'number',
  'version_label as versionLabel',
  'candidate',
  'stable',
  'strategy',
  'phase',
  'outcome',
  'requested_by as requestedBy',
  'requested_at as requestedAt',
  'finished_at as finishedAt',
  'state',
] as const;

/** Takes the next free rollout id, `ro-<number>`, unique in the store; ids that are not used leave gaps. */
export async function allocateRolloutId(db: Database): Promise<RolloutId> {
  const { rows } = await sql<{ id: string }>`select 'ro-' || nextval('rollout_numbers') as id`.execute(db);
  return rolloutId(rows[0]?.id ?? '');
}

/** One rollout, or undefined. */
export async function getRollout(
  db: Database,
  tenant: string,
  id: RolloutId,
): Promise<RolloutRecord | undefined> {
  return db
    .selectFrom('rollouts')
    .select(COLUMNS)
    .where('tenant', '=', tenant)
    .where('id', '=', id)
    .executeTakeFirst();
}

/** A page of rollouts, of one track or of all. */
export async function listRollouts(
  db: Database,
  tenant: string,
  page: RolloutPage,
): Promise<readonly RolloutRecord[]> {
  let query = db.selectFrom('rollouts').select(COLUMNS).where('tenant', '=', tenant);
  if (page.trackId !== undefined) query = query.where('track_id', '=', page.trackId);
  if (page.after !== undefined) {
    const place = sql<boolean>`(requested_at, id) < (${timestamp(page.after.requestedAt)}, ${page.after.id})`;
    query = query.where(place);
  }
  return query.orderBy('requested_at', 'desc').orderBy('id', 'desc').limit(page.limit).execute();
}

/** Inserts rollouts, or replaces everything about them but their track, number and request. */
export async function putRollouts(
  db: Database,
  tenant: string,
  rollouts: readonly RolloutRecord[],
): Promise<void> {
  if (rollouts.length === 0) return;
  await db
    .insertInto('rollouts')
    .values(rollouts.map((rollout) => rolloutRow(tenant, rollout)))
    .onConflict((conflict) =>
      conflict.columns(['tenant', 'id']).doUpdateSet((update) => ({
        version_label: update.ref('excluded.version_label'),
        candidate: update.ref('excluded.candidate'),
        stable: update.ref('excluded.stable'),
        strategy: update.ref('excluded.strategy'),
        phase: update.ref('excluded.phase'),
        outcome: update.ref('excluded.outcome'),
        finished_at: sql<Date | null>`excluded.finished_at`,
        state: sql<string>`excluded.state`,
      })),
    )
    .execute();
}

function rolloutRow(tenant: string, rollout: RolloutRecord) {
  return {
    tenant,
    id: rollout.id,
    track_id: rollout.trackId,
    number: rollout.number,
    version_label: storedText(rollout.versionLabel),
    candidate: rollout.candidate,
    stable: rollout.stable,
    strategy: rollout.strategy,
    phase: rollout.phase,
    outcome: rollout.outcome,
    requested_by: storedText(rollout.requestedBy),
    requested_at: storedInstant(rollout.requestedAt),
    finished_at: storedInstant(rollout.finishedAt),
    state: storedJson(rollout.state),
  };
}
