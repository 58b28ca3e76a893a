import { sql } from 'kysely';
import type { Database } from '../database/open-database.ts';

/** Removes what is over its time, over all tenants; scopes that somebody is writing to are left to the next time. */
export async function forgetExpired(db: Database, limit: number): Promise<number> {
  const { rows } = await sql<{ readonly count: number }>`
    with due as materialized (
      select tenant, queue, session, key from memory_keys
      where expires_at <= clock_timestamp() order by expires_at limit ${limit}),
    locked as materialized (
      select tenant, queue, session from memory_scopes
      where (tenant, queue, session) in (select tenant, queue, session from due)
      order by tenant, queue, session for update skip locked),
    gone as (
      delete from memory_keys using due join locked using (tenant, queue, session)
      where memory_keys.tenant = due.tenant and memory_keys.queue = due.queue and memory_keys.session = due.session
        and memory_keys.key = due.key and memory_keys.expires_at <= clock_timestamp()
      returning memory_keys.tenant, memory_keys.queue, memory_keys.session, memory_keys.bytes),
    freed as (
      select tenant, queue, session, count(*) as keys, sum(bytes) as bytes from gone group by tenant, queue, session),
    changed as (
      update memory_scopes set keys = memory_scopes.keys - freed.keys, bytes = memory_scopes.bytes - freed.bytes
      from freed where memory_scopes.tenant = freed.tenant and memory_scopes.queue = freed.queue
        and memory_scopes.session = freed.session)
    select count(*)::int as count from gone`.execute(db);
  return rows[0]?.count ?? 0;
}

/** Removes scopes in which nothing is remembered any more. */
export async function deleteEmptyScopes(db: Database, limit: number): Promise<number> {
  const { numAffectedRows = 0n } = await sql`
    delete from memory_scopes where ctid = any(array(
      select ctid from memory_scopes where keys = 0 limit ${limit} for update skip locked))`.execute(db);
  return Number(numAffectedRows);
}
