import type { Instant } from '@sluice/core/kernel/instant.ts';
import { sql } from 'kysely';
import { storedInstant, storedText } from '../database/column-values.ts';
import type { Database } from '../database/open-database.ts';
import { appendLedger } from '../journal/append-journal.ts';
import type { NewLedgerEntry } from '../ledger/grow-ledger.ts';

/** What of a secret anybody may see. */
export interface SecretRow {
  readonly name: string;
  readonly version: number;
  /** Null: it was removed. */
  readonly keyId: string | null;
  readonly changedBy: string;
  readonly changedAt: Instant;
}

/** A secret as it is sealed. */
export interface SealedSecret {
  readonly version: number;
  readonly sealed: string;
  readonly keyId: string;
  readonly wrapped: string;
}

const COLUMNS = [
  'name',
  'version',
  'key_id as keyId',
  'changed_by as changedBy',
  'changed_at as changedAt',
] as const;

/** The newest versions of the secrets that are there, in the order of their names; those after a name where one is given. */
export async function listSecrets(
  db: Database,
  tenant: string,
  page: { readonly after?: string; readonly limit: number },
): Promise<readonly SecretRow[]> {
  let query = db
    .selectFrom('secrets')
    .select(COLUMNS)
    .where('tenant', '=', tenant)
    .where('is_newest', '=', true)
    .where('sealed', 'is not', null);
  if (page.after !== undefined) query = query.where('name', '>', page.after);
  return query.orderBy('name').limit(page.limit).execute();
}

/** A version of a secret, or its newest, as it is sealed; undefined when it is not kept. */
export async function findSealed(
  db: Database,
  tenant: string,
  name: string,
  version: number | null,
): Promise<SealedSecret | undefined> {
  const query = db
    .selectFrom('secrets')
    .select(['version', 'sealed', 'key_id as keyId', 'wrapped_key as wrapped'])
    .where('tenant', '=', tenant)
    .where('name', '=', name);
  const row = await (version === null
    ? query.where('is_newest', '=', true)
    : query.where('version', '=', version)
  ).executeTakeFirst();
  if (!row || row.sealed === null || row.keyId === null || row.wrapped === null) return undefined;
  return { version: row.version, sealed: row.sealed, keyId: row.keyId, wrapped: row.wrapped };
}

/** A version that somebody wants to write. */
export interface SecretChange {
  readonly name: string;
  readonly by: string;
  readonly at: Instant;
  /** Seals the value for the version that it gets; null removes it. */
  readonly seal: ((version: number) => Promise<Omit<SealedSecret, 'version'>>) | null;
  /** Versions whose values are kept beside the newest. */
  readonly keep: number;
  readonly entry: (version: number) => NewLedgerEntry;
}

/** Writes a version of a secret, or removes it with all its values; undefined when there is none that could be removed. */
export async function changeSecret(
  db: Database,
  tenant: string,
  { name, by, at, seal, keep, entry }: SecretChange,
): Promise<SecretRow | undefined> {
  return db.transaction().execute(async (transaction) => {
    // A name that is not there yet has no row that could be locked.
    await lockSecrets(transaction, tenant);
    const newest = await newestOf(transaction, tenant, name);
    if (seal === null && (newest === undefined || newest.keyId === null)) return undefined;
    const version = (newest?.version ?? 0) + 1;
    const sealed = (await seal?.(version)) ?? null;
    await forgetVersions(transaction, tenant, { name, upTo: seal === null ? version : version - keep - 1 });
    await transaction
      .insertInto('secrets')
      .values({
        ...{ tenant, name, version, is_newest: true },
        ...{
          sealed: sealed?.sealed ?? null,
          key_id: sealed?.keyId ?? null,
          wrapped_key: sealed?.wrapped ?? null,
        },
        ...{ changed_by: storedText(by), changed_at: storedInstant(at) },
      })
      .execute();
    await appendLedger(transaction, tenant, [entry(version)]);
    return { name, version, keyId: sealed?.keyId ?? newest?.keyId ?? null, changedBy: by, changedAt: at };
  });
}

const lockSecrets = (db: Database, tenant: string) =>
  sql`select pg_advisory_xact_lock(hashtextextended(${`secrets ${tenant}`}, 0))`.execute(db);

const newestOf = (db: Database, tenant: string, name: string): Promise<SecretRow | undefined> =>
  db
    .selectFrom('secrets')
    .select(COLUMNS)
    .where('tenant', '=', tenant)
    .where('name', '=', name)
    .where('is_newest', '=', true)
    .executeTakeFirst();

/** Takes the values out of old versions, and the mark of the newest off all. */
async function forgetVersions(
  db: Database,
  tenant: string,
  { name, upTo }: { readonly name: string; readonly upTo: number },
): Promise<void> {
  const ofName = () => db.updateTable('secrets').where('tenant', '=', tenant).where('name', '=', name);
  await ofName().set({ is_newest: false }).where('is_newest', '=', true).execute();
  await ofName()
    .set({ sealed: null, key_id: null, wrapped_key: null })
    .where('version', '<=', upTo)
    .where('sealed', 'is not', null)
    .execute();
}

/** Values whose data keys are wrapped with another key than one, at most some. */
export async function listWrappedOtherwise(
  db: Database,
  tenant: string,
  keyId: string,
  limit: number,
): Promise<
  readonly {
    readonly name: string;
    readonly version: number;
    readonly keyId: string;
    readonly wrapped: string;
  }[]
> {
  const rows = await db
    .selectFrom('secrets')
    .select(['name', 'version', 'key_id as keyId', 'wrapped_key as wrapped'])
    .where('tenant', '=', tenant)
    .where('key_id', 'is not', null)
    .where('key_id', '!=', keyId)
    .orderBy('name')
    .orderBy('version')
    .limit(limit)
    .execute();
  return rows.flatMap(({ name, version, keyId: id, wrapped }) =>
    id === null || wrapped === null ? [] : [{ name, version, keyId: id, wrapped }],
  );
}

/** Puts a data key that was wrapped anew in the place of what it was; nothing is done when that has changed meanwhile. */
export async function rewrap(
  db: Database,
  tenant: string,
  of: { readonly name: string; readonly version: number; readonly before: string },
  after: { readonly keyId: string; readonly wrapped: string },
): Promise<void> {
  await db
    .updateTable('secrets')
    .set({ key_id: after.keyId, wrapped_key: after.wrapped })
    .where('tenant', '=', tenant)
    .where('name', '=', of.name)
    .where('version', '=', of.version)
    .where('wrapped_key', '=', of.before)
    .execute();
}

/** Writes down what was done to all secrets. */
export const noteSecrets = (db: Database, tenant: string, entry: NewLedgerEntry): Promise<void> =>
  db.transaction().execute((transaction) => appendLedger(transaction, tenant, [entry]));
