import type { Instant } from '@sluice/core/kernel/instant.ts';
import type { MemoryScope } from '@sluice/core/tasks/memory-rules.ts';
import { type RawBuilder, sql } from 'kysely';
import { storedText } from '../database/column-values.ts';
import type { Database } from '../database/open-database.ts';

/** A key with what it holds. */
export interface MemoryEntryRow {
  readonly key: string;
  readonly version: number;
  /** Null also where it holds lines. */
  readonly value: unknown;
  /** 0 where it holds a value. */
  readonly lines: number;
  readonly expiresAt: Instant | null;
  readonly updatedAt: Instant;
}

/** A line of a key. */
export interface MemoryLineRow {
  readonly sequence: number;
  readonly value: unknown;
  readonly at: Instant;
}

/** Something that a search has found. */
export interface MemoryFoundRow {
  readonly key: string;
  /** Of the line; 0 where the key holds a value. */
  readonly sequence: number;
  readonly value: unknown;
  readonly score: number;
}

const ENTRY = sql`key, version, value, lines, expires_at as "expiresAt", updated_at as "updatedAt"`;
const ALIVE = sql`(memory_keys.expires_at is null or memory_keys.expires_at > clock_timestamp())`;
const within = (tenant: string, { queue, session }: MemoryScope): RawBuilder<unknown> =>
  sql`memory_keys.tenant = ${tenant} and memory_keys.queue = ${queue} and memory_keys.session = ${session} and ${ALIVE}`;

/** One key; null when there is none, or its time is over. */
export async function readMemory(
  db: Database,
  tenant: string,
  scope: MemoryScope,
  key: string,
): Promise<MemoryEntryRow | null> {
  const { rows } = await sql<MemoryEntryRow>`
    select ${ENTRY} from memory_keys where ${within(tenant, scope)} and key = ${key}`.execute(db);
  return rows[0] ?? null;
}

/** Keys in their order, from after one on. */
export async function listMemory(
  db: Database,
  tenant: string,
  scope: MemoryScope,
  { prefix, after, limit }: { readonly prefix: string; readonly after: string; readonly limit: number },
): Promise<readonly MemoryEntryRow[]> {
  const { rows } = await sql<MemoryEntryRow>`
    select ${ENTRY} from memory_keys
    where ${within(tenant, scope)} and key > ${after} and starts_with(key, ${prefix})
    order by key limit ${limit}`.execute(db);
  return rows;
}

/** Lines of a key in the order in which they were added, from after one on. */
export async function readMemoryLines(
  db: Database,
  tenant: string,
  scope: MemoryScope,
  { key, after, limit }: { readonly key: string; readonly after: number; readonly limit: number },
): Promise<readonly MemoryLineRow[]> {
  const { rows } = await sql<MemoryLineRow>`
    select sequence, memory_lines.value, memory_lines.created_at as at
    from memory_keys join memory_lines using (tenant, queue, session, key)
    where ${within(tenant, scope)} and key = ${key} and sequence > ${after} order by sequence limit ${limit}`.execute(
    db,
  );
  return rows;
}

/** Whatever has words, best first; ties in the order of keys and lines. */
export async function searchWords(
  db: Database,
  tenant: string,
  scope: MemoryScope,
  { text, limit }: { readonly text: string; readonly limit: number },
): Promise<readonly MemoryFoundRow[]> {
  const query = sql`websearch_to_tsquery('simple', ${storedText(text)})`;
  const { rows } = await sql<MemoryFoundRow>`
    select key, 0 as sequence, value, ts_rank_cd(words, ${query})::double precision as score from memory_keys
    where ${within(tenant, scope)} and lines = 0 and words @@ ${query}
    union all
    select key, sequence, memory_lines.value, ts_rank_cd(memory_lines.words, ${query})::double precision
    from memory_keys join memory_lines using (tenant, queue, session, key)
    where ${within(tenant, scope)} and memory_lines.words @@ ${query}
    order by score desc, key, sequence limit ${limit}`.execute(db);
  return rows;
}

/** Whatever is nearest to a vector by its direction, of those that have as many numbers; the database needs `vector`. */
export async function searchNear(
  db: Database,
  tenant: string,
  scope: MemoryScope,
  { near, limit }: { readonly near: readonly number[]; readonly limit: number },
): Promise<readonly MemoryFoundRow[]> {
  const wanted = sql`${[...near]}::real[]`;
  const score = (table: string) =>
    sql`1 - (${sql.table(table)}.embedding::vector <=> ${wanted}::vector) as score`;
  const { rows } = await sql<MemoryFoundRow>`
    select key, 0 as sequence, value, ${score('memory_keys')} from memory_keys
    where ${within(tenant, scope)} and cardinality(embedding) = ${near.length}
    union all
    select key, sequence, memory_lines.value, ${score('memory_lines')}
    from memory_keys join memory_lines using (tenant, queue, session, key)
    where ${within(tenant, scope)} and cardinality(memory_lines.embedding) = ${near.length}
    order by score desc, key, sequence limit ${limit}`.execute(db);
  return rows;
}

/** What all agents of a tenant remember together, in bytes. */
export async function memoryBytes(db: Database, tenant: string): Promise<number> {
  const { rows } = await sql<{ readonly bytes: number }>`
    select coalesce(sum(bytes), 0)::bigint as bytes from memory_scopes where tenant = ${tenant}`.execute(db);
  return rows[0]?.bytes ?? 0;
}
