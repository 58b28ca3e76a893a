import type { Instant } from '@sluice/core/kernel/instant.ts';
import { sql } from 'kysely';
import { storedInstant, storedJson, storedText, timestamp } from '../database/column-values.ts';
import type { Database } from '../database/open-database.ts';
import { appendLedger } from '../journal/append-journal.ts';
import type { NewLedgerEntry } from '../ledger/grow-ledger.ts';
import { keepingAnAdmin } from './keeping-an-admin.ts';

/** A role at a place, as it is given. */
export interface RoleAt {
  readonly role: string;
  /** A project, or `*`. */
  readonly project: string;
  /** An environment, or `*`. */
  readonly environment: string;
}

/** A token as it is stored; what lets in is not. */
export interface TokenRow {
  readonly tenant: string;
  readonly id: string;
  readonly name: string;
  readonly roles: readonly RoleAt[];
  /** Null: it acts as itself, `token:<name>`. */
  readonly actsAs: string | null;
  readonly createdBy: string;
  readonly createdAt: Instant;
  /** Null: it does not expire. */
  readonly expiresAt: Instant | null;
  /** To the minute. */
  readonly lastUsedAt: Instant | null;
  readonly revokedAt: Instant | null;
}

const COLUMNS =
  sql.raw(`tenant, id, name, roles, acts_as as "actsAs", created_by as "createdBy", created_at as "createdAt",
  expires_at as "expiresAt", last_used_at as "lastUsedAt", revoked_at as "revokedAt"`);

const OF_WORKERS = sql.raw(`coalesce(acts_as, '') like 'worker:%'`);

/** What is shown of a token once, and kept as a digest. */
export interface NewToken extends Pick<TokenRow, 'id' | 'name' | 'roles' | 'createdBy' | 'expiresAt'> {
  /** SHA-256 of the secret. */
  readonly digest: Buffer;
  readonly actsAs?: string;
  /** What a job showed that it was given to. */
  readonly shown?: unknown;
}

/** Writes a token down, and who made it; undefined when another that is not revoked has the name. */
export async function addToken(
  db: Database,
  tenant: string,
  token: NewToken,
  entry: NewLedgerEntry,
): Promise<TokenRow | undefined> {
  return db.transaction().execute((transaction) => writeToken(transaction, tenant, token, entry));
}

/** As `addToken`, within a transaction. */
export async function writeToken(
  transaction: Database,
  tenant: string,
  token: NewToken,
  entry: NewLedgerEntry,
): Promise<TokenRow | undefined> {
  const row = await insertToken(transaction, tenant, { ...token, createdAt: entry.at });
  if (row) await appendLedger(transaction, tenant, [entry]);
  return row;
}

/** As `addToken`, of what the control plane makes for itself: nobody asked for it, so that nobody is written down. */
export async function insertToken(
  db: Database,
  tenant: string,
  token: NewToken & Pick<TokenRow, 'createdAt'>,
): Promise<TokenRow | undefined> {
  const { rows } = await sql<TokenRow>`
    insert into tokens (tenant, id, name, digest, roles, acts_as, shown, created_by, created_at, expires_at)
    values (${tenant}, ${token.id}, ${storedText(token.name)}, ${token.digest}, ${storedJson(token.roles)},
      ${token.actsAs ?? null}, ${token.shown === undefined ? null : storedJson(token.shown)},
      ${storedText(token.createdBy)}, ${timestamp(token.createdAt)}, ${storedInstant(token.expiresAt)})
    on conflict (tenant, name) where revoked_at is null do nothing
    returning ${COLUMNS}`.execute(db);
  return rows[0];
}

/** A token with its digest by its id, whoever's it is: a request says no more of itself than its token. */
export async function findToken(
  db: Database,
  id: string,
): Promise<(TokenRow & { readonly digest: Buffer }) | undefined> {
  const { rows } = await sql<TokenRow & { readonly digest: Buffer }>`
    select ${COLUMNS}, digest from tokens where id = ${id}`.execute(db);
  return rows[0];
}

/** Notes that a token was used, unless that was noted within the last minute. */
export async function noteTokenUse(db: Database, tenant: string, id: string, at: Instant): Promise<void> {
  await sql`
    update tokens set last_used_at = ${timestamp(at)}
    where tenant = ${tenant} and id = ${id}
      and (last_used_at is null or last_used_at < ${timestamp(at - 60_000)})`.execute(db);
}

/** Which tokens are wanted. */
export interface TokenWish {
  readonly after?: string;
  readonly limit: number;
  /** Only those that are this subject's or were made by it. */
  readonly of?: string;
  /** Those that workers were given and that have not expired by then; all others without. */
  readonly workersAt?: Instant;
}

/** Tokens that are not revoked, in the order of their names; not the short ones of jobs. */
export async function listTokens(
  db: Database,
  tenant: string,
  { after = '', limit, of, workersAt }: TokenWish,
): Promise<readonly TokenRow[]> {
  const { rows } = await sql<TokenRow>`
    select ${COLUMNS} from tokens
    where tenant = ${tenant} and revoked_at is null and shown is null and name > ${after}
      and ${OF_WORKERS} = ${workersAt !== undefined}
      and (${workersAt === undefined} or expires_at > ${storedInstant(workersAt ?? null)})
      and (${of ?? null}::text is null or created_by = ${of ?? null} or acts_as = ${of ?? null})
    order by name limit ${limit}`.execute(db);
  return rows;
}

/** One token that is not revoked, by its id or its name. */
export async function namedToken(db: Database, tenant: string, token: string): Promise<TokenRow | undefined> {
  const { rows } = await sql<TokenRow>`
    select ${COLUMNS} from tokens
    where tenant = ${tenant} and (id = ${token} or name = ${token}) and revoked_at is null
    order by (id = ${token}) desc limit 1`.execute(db);
  return rows[0];
}

/**
 * Revokes a token, and writes down who did it, unless nobody would be left who administers the organisation; undefined when
 * there is none, or it is revoked already.
 */
export async function revokeToken(
  db: Database,
  tenant: string,
  id: string,
  entry: NewLedgerEntry,
): Promise<TokenRow | undefined | 'last-admin'> {
  return keepingAnAdmin(db, tenant, async (transaction) => {
    const { rows } = await sql<TokenRow>`
      update tokens set revoked_at = ${timestamp(entry.at)}
      where tenant = ${tenant} and id = ${id} and revoked_at is null
      returning ${COLUMNS}`.execute(transaction);
    if (!rows[0]) return undefined;
    await sql`delete from sessions where tenant = ${tenant} and token_id = ${id}`.execute(transaction);
    await appendLedger(transaction, tenant, [entry]);
    return rows[0];
  });
}

/** Forgets tokens of jobs and of workers that expired long ago, and none other: names of others stand in the ledger. */
export async function forgetShortTokens(db: Database, tenant: string, before: Instant): Promise<void> {
  await sql`
    delete from tokens where tenant = ${tenant} and expires_at < ${timestamp(before)}
      and (shown is not null or ${OF_WORKERS})`.execute(db);
}
