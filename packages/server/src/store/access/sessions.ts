import type { Instant } from '@sluice/core/kernel/instant.ts';
import { sql } from 'kysely';
import { storedText, timestamp } from '../database/column-values.ts';
import type { Database } from '../database/open-database.ts';
import { appendLedger } from '../journal/append-journal.ts';
import type { NewLedgerEntry } from '../ledger/grow-ledger.ts';

/** A session of a browser; what its cookie holds is not part of it. */
export interface SessionRow {
  readonly tenant: string;
  readonly id: string;
  readonly subject: string;
  /** The token that it was opened with; null for one of a person. */
  readonly tokenId: string | null;
  /** By which the identity provider knows the login, to end it there too; null without. */
  readonly idToken: string | null;
  /** To the minute. */
  readonly lastUsedAt: Instant;
  readonly expiresAt: Instant;
}

/** A session that begins. */
export interface NewSession extends Omit<SessionRow, 'lastUsedAt' | 'tenant'> {
  /** SHA-256 of the secret. */
  readonly digest: Buffer;
}

const COLUMNS = sql.raw(`tenant, id, subject, token_id as "tokenId", id_token as "idToken",
  last_used_at as "lastUsedAt", expires_at as "expiresAt"`);

/** Begins a session, and writes down that somebody signed in. Those of the tenant that are over are forgotten. */
export async function addSession(
  db: Database,
  tenant: string,
  session: NewSession,
  entry: NewLedgerEntry,
): Promise<void> {
  const { id, digest, subject, tokenId, idToken, expiresAt } = session;
  await db.transaction().execute(async (transaction) => {
    await sql`delete from sessions where tenant = ${tenant} and expires_at < ${timestamp(entry.at)}`.execute(
      transaction,
    );
    await sql`
      insert into sessions
        (tenant, id, digest, subject, token_id, id_token, created_at, last_used_at, expires_at)
      values (${tenant}, ${id}, ${digest}, ${storedText(subject)}, ${tokenId}, ${idToken}, ${timestamp(entry.at)},
        ${timestamp(entry.at)}, ${timestamp(expiresAt)})`.execute(transaction);
    await appendLedger(transaction, tenant, [entry]);
  });
}

/** A session with its digest by its id, whichever tenant's it is. */
export async function findSession(
  db: Database,
  id: string,
): Promise<(SessionRow & { readonly digest: Buffer }) | undefined> {
  const { rows } = await sql<SessionRow & { readonly digest: Buffer }>`
    select ${COLUMNS}, digest from sessions where id = ${id}`.execute(db);
  return rows[0];
}

/** Notes that a session was used, unless that was noted within the last minute. */
export async function noteSessionUse(db: Database, tenant: string, id: string, at: Instant): Promise<void> {
  await sql`
    update sessions set last_used_at = ${timestamp(at)}
    where tenant = ${tenant} and id = ${id} and last_used_at < ${timestamp(at - 60_000)}`.execute(db);
}

/** Ends one session. */
export async function removeSession(db: Database, tenant: string, id: string): Promise<void> {
  await sql`delete from sessions where tenant = ${tenant} and id = ${id}`.execute(db);
}

/** Ends all sessions of a subject; how many there were. */
export async function removeSessionsOf(
  db: Database,
  tenant: string,
  subject: string,
  entry: (sessions: number) => NewLedgerEntry,
): Promise<number> {
  return db.transaction().execute(async (transaction) => {
    const { numAffectedRows = 0n } = await sql`
      delete from sessions where tenant = ${tenant} and subject = ${subject}`.execute(transaction);
    if (numAffectedRows > 0n) await appendLedger(transaction, tenant, [entry(Number(numAffectedRows))]);
    return Number(numAffectedRows);
  });
}
