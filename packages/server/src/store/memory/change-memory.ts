/**
 * Changes of what agents remember. Each locks the row of its scope first, so that limits hold whoever writes at the same time.
 */
import type { Result } from '@sluice/core/kernel/result.ts';
import type { MemoryPresent, MemoryScope, MemoryUse } from '@sluice/core/tasks/memory-rules.ts';
import { sql } from 'kysely';
import { storedJson, storedText } from '../database/column-values.ts';
import type { Database } from '../database/open-database.ts';
import { heldAttempt } from '../tasks/held-attempt.ts';
import type { LeaseFence } from '../tasks/settle-tasks.ts';

/** What is changed. */
export interface MemoryTarget {
  readonly scope: MemoryScope;
  readonly key: string;
  /** The attempt in whose name; null where a person does it. */
  readonly fence: LeaseFence | null;
}

/** What is written under a key. */
export interface MemoryWritten {
  /** Opaque JSON. */
  readonly value: unknown;
  /** What the entry counts against the limits. */
  readonly bytes: number;
  /** By what it is found. */
  readonly text: string;
  readonly embedding: readonly number[] | null;
  /** Null leaves a key of lines as it is, and remembers a value for ever. */
  readonly timeToLiveMs: number | null;
}

/** What to do. */
export type MemoryChange =
  | ({ readonly kind: 'put' | 'append' } & MemoryWritten)
  | { readonly kind: 'forget' }
  | { readonly kind: 'nothing' };

/** A key after a change; version 0 where there is nothing. */
export interface MemoryChanged {
  readonly version: number;
  readonly lines: number;
}

/** What is there before a change; what is over its time is not. */
export interface MemoryBefore {
  readonly use: MemoryUse;
  readonly present: MemoryPresent | null;
}

/**
 * Changes one key as is decided by what is there. When that is refused for want of room, what is over its time is removed and it
 * is decided again.
 *
 * @returns `lease-lost` when the attempt in whose name it was to be done is not its worker's any more
 */
export async function changeMemory(
  db: Database,
  tenant: string,
  target: MemoryTarget,
  decide: (before: MemoryBefore) => Result<MemoryChange>,
): Promise<Result<MemoryChanged> | 'lease-lost'> {
  return db.transaction().execute(async (transaction) => {
    if (target.fence && (await heldAttempt(transaction, tenant, target.fence)) === null) return 'lease-lost';
    const use = await lockScope(transaction, tenant, target.scope);
    const present = await presentKey(transaction, tenant, target);
    const isOver = present?.isOver ?? false;
    const known = present === null || isOver ? null : present;
    let decided = decide({ use, present: known });
    if (isOver || (!decided.ok && decided.refusal.code.startsWith('limit-'))) {
      await forgetOver(transaction, tenant, target.scope);
      decided = decide({ use: await lockScope(transaction, tenant, target.scope), present: known });
    }
    if (!decided.ok) return decided;
    return { ok: true, value: await carryOut(transaction, tenant, target, decided.value, known) };
  });
}

async function carryOut(
  db: Database,
  tenant: string,
  target: MemoryTarget,
  change: MemoryChange,
  present: MemoryPresent | null,
): Promise<MemoryChanged> {
  const before = present ?? { version: 0, lines: 0, bytes: 0 };
  switch (change.kind) {
    case 'nothing':
      return before;
    case 'forget':
      if (present !== null) await forgetKey(db, tenant, target);
      if (present !== null) await changeUse(db, tenant, target.scope, { keys: -1, bytes: -present.bytes });
      return { version: 0, lines: 0 };
    case 'put':
      await changeUse(db, tenant, target.scope, {
        keys: present === null ? 1 : 0,
        bytes: change.bytes - before.bytes,
      });
      return putValue(db, tenant, target, change);
    case 'append':
      await changeUse(db, tenant, target.scope, { keys: present === null ? 1 : 0, bytes: change.bytes });
      return addLine(db, tenant, target, change);
  }
}

async function lockScope(db: Database, tenant: string, { queue, session }: MemoryScope): Promise<MemoryUse> {
  const { rows } = await sql<MemoryUse>`
    insert into memory_scopes (tenant, queue, session) values (${tenant}, ${queue}, ${session})
    on conflict (tenant, queue, session) do update set keys = memory_scopes.keys
    returning keys, bytes`.execute(db);
  return rows[0] ?? { keys: 0, bytes: 0 };
}

async function changeUse(
  db: Database,
  tenant: string,
  { queue, session }: MemoryScope,
  by: MemoryUse,
): Promise<void> {
  await sql`
    update memory_scopes set keys = keys + ${by.keys}, bytes = bytes + ${by.bytes}
    where tenant = ${tenant} and queue = ${queue} and session = ${session}`.execute(db);
}

async function presentKey(db: Database, tenant: string, { scope, key }: MemoryTarget) {
  const { rows } = await sql<MemoryPresent & { readonly isOver: boolean }>`
    select version, lines, bytes, coalesce(expires_at <= clock_timestamp(), false) as "isOver" from memory_keys
    where tenant = ${tenant} and queue = ${scope.queue} and session = ${scope.session} and key = ${key}`.execute(
    db,
  );
  return rows[0] ?? null;
}

async function putValue(
  db: Database,
  tenant: string,
  { scope, key }: MemoryTarget,
  { value, bytes, text, embedding, timeToLiveMs }: MemoryWritten,
): Promise<MemoryChanged> {
  const { rows } = await sql<MemoryChanged>`
    insert into memory_keys (tenant, queue, session, key, version, value, bytes, embedding, words, expires_at)
    values (${tenant}, ${scope.queue}, ${scope.session}, ${key}, nextval('memory_versions'), ${storedJson(value)}::json,
      ${bytes}, ${embedding}::real[], to_tsvector('simple', ${storedText(text)}), ${until(timeToLiveMs)})
    on conflict (tenant, queue, session, key) do update set version = excluded.version, value = excluded.value,
      bytes = excluded.bytes, embedding = excluded.embedding, words = excluded.words, expires_at = excluded.expires_at,
      updated_at = clock_timestamp()
    returning version, lines`.execute(db);
  return rows[0] ?? { version: 0, lines: 0 };
}

async function addLine(
  db: Database,
  tenant: string,
  { scope, key }: MemoryTarget,
  { value, bytes, text, embedding, timeToLiveMs }: MemoryWritten,
): Promise<MemoryChanged> {
  const { rows } = await sql<MemoryChanged>`
    insert into memory_keys (tenant, queue, session, key, version, lines, bytes, expires_at)
    values (${tenant}, ${scope.queue}, ${scope.session}, ${key}, nextval('memory_versions'), 1, ${bytes},
      ${until(timeToLiveMs)})
    on conflict (tenant, queue, session, key) do update set version = excluded.version, lines = memory_keys.lines + 1,
      bytes = memory_keys.bytes + excluded.bytes, expires_at = coalesce(excluded.expires_at, memory_keys.expires_at),
      updated_at = clock_timestamp()
    returning version, lines`.execute(db);
  const changed = rows[0] ?? { version: 0, lines: 0 };
  await sql`
    insert into memory_lines (tenant, queue, session, key, sequence, value, embedding, words)
    values (${tenant}, ${scope.queue}, ${scope.session}, ${key}, ${changed.lines}, ${storedJson(value)}::json,
      ${embedding}::real[], to_tsvector('simple', ${storedText(text)}))`.execute(db);
  return changed;
}

const until = (timeToLiveMs: number | null) =>
  sql`clock_timestamp() + ${timeToLiveMs}::double precision * interval '1 millisecond'`;

async function forgetKey(db: Database, tenant: string, { scope, key }: MemoryTarget): Promise<void> {
  await sql`
    delete from memory_keys where tenant = ${tenant} and queue = ${scope.queue} and session = ${scope.session}
      and key = ${key}`.execute(db);
}

async function forgetOver(db: Database, tenant: string, { queue, session }: MemoryScope): Promise<void> {
  await sql`
    with gone as (
      delete from memory_keys where tenant = ${tenant} and queue = ${queue} and session = ${session}
        and expires_at <= clock_timestamp() returning bytes)
    update memory_scopes set keys = keys - (select count(*) from gone),
      bytes = bytes - (select coalesce(sum(bytes), 0) from gone)
    where tenant = ${tenant} and queue = ${queue} and session = ${session}`.execute(db);
}
