import type { Instant } from '@sluice/core/kernel/instant.ts';
import { sql } from 'kysely';
import { storedJson, storedText, timestamp } from '../database/column-values.ts';
import type { Database } from '../database/open-database.ts';
import { appendLedger } from '../journal/append-journal.ts';
import type { NewLedgerEntry } from '../ledger/grow-ledger.ts';
import type { RoleAt } from './tokens.ts';

/** Whose ID tokens are taken, and what they are good for. */
export interface TrustRow {
  readonly name: string;
  readonly issuer: string;
  readonly audience: string;
  /** What its claims have to be; `*` stands for anything. */
  readonly claims: Readonly<Record<string, string>>;
  readonly roles: readonly RoleAt[];
  readonly addedBy: string;
  readonly addedAt: Instant;
}

const COLUMNS = sql.raw(
  'name, issuer, audience, claims, roles, added_by as "addedBy", added_at as "addedAt"',
);

/** All trusts of a tenant, in the order of their names; there is a handful. */
export async function listTrusts(db: Database, tenant: string): Promise<readonly TrustRow[]> {
  const { rows } = await sql<TrustRow>`
    select ${COLUMNS} from trusts where tenant = ${tenant} order by name`.execute(db);
  return rows;
}

/** Trusts an issuer, or changes how it is trusted. */
export async function putTrust(
  db: Database,
  tenant: string,
  { name, issuer, audience, claims, roles, addedBy }: Omit<TrustRow, 'addedAt'>,
  entry: NewLedgerEntry,
): Promise<TrustRow> {
  return db.transaction().execute(async (transaction) => {
    const { rows } = await sql<TrustRow>`
      insert into trusts (tenant, name, issuer, audience, claims, roles, added_by, added_at)
      values (${tenant}, ${name}, ${storedText(issuer)}, ${storedText(audience)}, ${storedJson(claims)},
        ${storedJson(roles)}, ${storedText(addedBy)}, ${timestamp(entry.at)})
      on conflict (tenant, name) do update set issuer = excluded.issuer, audience = excluded.audience,
        claims = excluded.claims, roles = excluded.roles, added_by = excluded.added_by, added_at = excluded.added_at
      returning ${COLUMNS}`.execute(transaction);
    await appendLedger(transaction, tenant, [entry]);
    return rows[0] as TrustRow;
  });
}

/** Trusts no more; the tokens that were given by it are revoked. */
export async function removeTrust(
  db: Database,
  tenant: string,
  name: string,
  entry: NewLedgerEntry,
): Promise<TrustRow | undefined> {
  return db.transaction().execute(async (transaction) => {
    const { rows } = await sql<TrustRow>`
      delete from trusts where tenant = ${tenant} and name = ${name} returning ${COLUMNS}`.execute(
      transaction,
    );
    if (!rows[0]) return undefined;
    await sql`update tokens set revoked_at = ${timestamp(entry.at)}
      where tenant = ${tenant} and acts_as = ${`workload:${name}`} and revoked_at is null`.execute(
      transaction,
    );
    await appendLedger(transaction, tenant, [entry]);
    return rows[0];
  });
}

/** Notes that an ID token was exchanged; false when it had been before. Those that have expired are forgotten. */
export async function noteAssertion(
  db: Database,
  tenant: string,
  { digest, expiresAt, at }: { readonly digest: Buffer; readonly expiresAt: Instant; readonly at: Instant },
): Promise<boolean> {
  await sql`delete from seen_assertions where tenant = ${tenant} and expires_at < ${timestamp(at)}`.execute(
    db,
  );
  const { numAffectedRows = 0n } = await sql`
    insert into seen_assertions (tenant, digest, expires_at) values (${tenant}, ${digest}, ${timestamp(expiresAt)})
    on conflict do nothing`.execute(db);
  return numAffectedRows > 0n;
}
