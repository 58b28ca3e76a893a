import type { Instant } from '@sluice/core/kernel/instant.ts';
import { sql } from 'kysely';
import { storedInstant, storedText, timestamp } from '../database/column-values.ts';
import type { Database } from '../database/open-database.ts';
import { appendLedger } from '../journal/append-journal.ts';
import type { NewLedgerEntry } from '../ledger/grow-ledger.ts';

/** A worker elsewhere that has joined. */
export interface WorkerIdentityRow {
  readonly tenant: string;
  readonly id: string;
  readonly track: string;
  /** What it calls itself: for people. */
  readonly name: string;
  readonly kind: 'certificate' | 'token';
  /** With which it joined. */
  readonly joinToken: string;
  readonly joinedAt: Instant;
  readonly renewedAt: Instant;
  /** When the newest of what lets it in ends. */
  readonly expiresAt: Instant;
  readonly revokedAt: Instant | null;
}

const COLUMNS = sql.raw(`tenant, id, track, name, kind, join_token as "joinToken", joined_at as "joinedAt",
  renewed_at as "renewedAt", expires_at as "expiresAt", revoked_at as "revokedAt"`);
/** Those that have ended are seen for so long, in ms. */
const SEEN_AFTER_MS = 30 * 86_400_000;

/** As whose maker the tokens of an identity are written down. */
export const makerOf = (identity: string): string => `${MAKER}${identity}`;

/** The identity of a token by its maker; null for a token of anybody else. */
export const identityOf = (createdBy: string): string | null =>
  createdBy.startsWith(MAKER) ? createdBy.slice(MAKER.length) : null;

const MAKER = 'worker-identity:';

/** Writes an identity down, and that it joined; those that ended long ago are forgotten. */
export async function addWorkerIdentity(
  transaction: Database,
  row: WorkerIdentityRow,
  entry: NewLedgerEntry,
): Promise<void> {
  const { tenant, joinedAt: at } = row;
  await sql`
    delete from worker_identities
    where tenant = ${tenant} and expires_at < ${timestamp(at - SEEN_AFTER_MS)}`.execute(transaction);
  await sql`
    insert into worker_identities
      (tenant, id, track, name, kind, join_token, joined_at, renewed_at, expires_at, revoked_at)
    values (${tenant}, ${row.id}, ${row.track}, ${storedText(row.name)}, ${row.kind}, ${row.joinToken},
      ${timestamp(at)}, ${timestamp(row.renewedAt)}, ${timestamp(row.expiresAt)},
      ${storedInstant(row.revokedAt)})`.execute(transaction);
  await appendLedger(transaction, tenant, [entry]);
}

/** An identity by its id, whoever's it is. */
export async function findWorkerIdentity(db: Database, id: string): Promise<WorkerIdentityRow | undefined> {
  const { rows } = await sql<WorkerIdentityRow>`
    select ${COLUMNS} from worker_identities where id = ${id}`.execute(db);
  return rows[0];
}

/** Notes that an identity was given something new; undefined when it was revoked. */
export async function renewWorkerIdentity(
  transaction: Database,
  { tenant, id }: Pick<WorkerIdentityRow, 'tenant' | 'id'>,
  { at, expiresAt }: { readonly at: Instant; readonly expiresAt: Instant },
): Promise<WorkerIdentityRow | undefined> {
  const { rows } = await sql<WorkerIdentityRow>`
    update worker_identities set renewed_at = ${timestamp(at)}, expires_at = ${timestamp(expiresAt)}
    where tenant = ${tenant} and id = ${id} and revoked_at is null returning ${COLUMNS}`.execute(transaction);
  return rows[0];
}

/** Identities that have not ended, the newest first, after an id where one is given. */
export async function listWorkerIdentities(
  db: Database,
  tenant: string,
  { after = null, limit, at }: { after?: string | null; limit: number; at: Instant },
): Promise<readonly WorkerIdentityRow[]> {
  const { rows } = await sql<WorkerIdentityRow>`
    select ${COLUMNS} from worker_identities
    where tenant = ${tenant} and revoked_at is null and expires_at > ${timestamp(at)}
      and (${after}::text is null or (joined_at, id) < (
        select joined_at, id from worker_identities where tenant = ${tenant} and id = ${after}))
    order by joined_at desc, id desc limit ${limit}`.execute(db);
  return rows;
}

/** Revokes an identity with all of its tokens, and writes down who did it; undefined when there is none. */
export async function revokeWorkerIdentity(
  db: Database,
  tenant: string,
  id: string,
  entry: NewLedgerEntry,
): Promise<WorkerIdentityRow | undefined> {
  return db.transaction().execute(async (transaction) => {
    const { rows } = await sql<WorkerIdentityRow>`
      update worker_identities set revoked_at = ${timestamp(entry.at)}
      where tenant = ${tenant} and id = ${id} and revoked_at is null returning ${COLUMNS}`.execute(
      transaction,
    );
    if (!rows[0]) return undefined;
    await sql`
      update tokens set revoked_at = ${timestamp(entry.at)}
      where tenant = ${tenant} and created_by = ${makerOf(id)} and revoked_at is null`.execute(transaction);
    await appendLedger(transaction, tenant, [entry]);
    return rows[0];
  });
}
