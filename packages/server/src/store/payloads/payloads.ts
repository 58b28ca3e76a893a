import type { Instant } from '@sluice/core/kernel/instant.ts';
import { sql } from 'kysely';
import { storedText, timestamp } from '../database/column-values.ts';
import type { Database } from '../database/open-database.ts';
import { heldAttempt } from '../tasks/held-attempt.ts';
import type { LeaseFence } from '../tasks/settle-tasks.ts';

/** A payload without its content. */
export interface PayloadRow {
  /** `sha256:` and the digest of its content in hex. */
  readonly id: string;
  readonly bytes: number;
  readonly mediaType: string;
  /** Names its chunks. */
  readonly upload: string;
}

/** Keeps a piece of an upload. */
export async function addChunk(
  db: Database,
  tenant: string,
  { upload, place, chunk }: { readonly upload: string; readonly place: number; readonly chunk: Uint8Array },
): Promise<void> {
  await sql`
    insert into payload_chunks (tenant, upload, place, chunk)
    values (${tenant}, ${upload}::uuid, ${place}, ${Buffer.from(chunk)})`.execute(db);
}

/** Forgets an upload that came to nothing. */
export async function dropUpload(db: Database, tenant: string, upload: string): Promise<void> {
  await sql`delete from payload_chunks where tenant = ${tenant} and upload = ${upload}::uuid`.execute(db);
}

/**
 * Makes an upload a payload; where the same content is there already, its chunks are dropped again.
 *
 * @param fence the attempt whose task uses it, where a worker brings a result
 * @returns false, and nothing is kept, when the lease has ended
 */
export async function finishUpload(
  db: Database,
  tenant: string,
  { id, bytes, mediaType, upload }: PayloadRow,
  fence: LeaseFence | null,
): Promise<boolean> {
  return db.transaction().execute(async (transaction) => {
    if (fence && (await heldAttempt(transaction, tenant, fence)) === null) {
      await dropUpload(transaction, tenant, upload);
      return false;
    }
    const { rows } = await sql<{ readonly upload: string }>`
      insert into payloads (tenant, id, upload, bytes, media_type)
      values (${tenant}, ${id}, ${upload}::uuid, ${bytes}, ${storedText(mediaType)})
      on conflict (tenant, id) do update set used_at = clock_timestamp() returning upload`.execute(
      transaction,
    );
    if (rows[0]?.upload !== upload) await dropUpload(transaction, tenant, upload);
    if (fence) await addUses(transaction, tenant, [{ payload: id, task: fence.id }]);
    return true;
  });
}

/** A payload of a task. */
export interface PayloadUse {
  readonly payload: string;
  readonly task: string;
}

/**
 * Notes which tasks payloads are kept for; before the tasks come in, so that none is forgotten in between.
 * @returns the payloads that there are; when one is missing nothing is noted
 */
export async function holdPayloads(
  db: Database,
  tenant: string,
  uses: readonly PayloadUse[],
): Promise<ReadonlySet<string>> {
  const wanted = [...new Set(uses.map(({ payload }) => payload))].toSorted();
  return db.transaction().execute(async (transaction) => {
    const { rows } = await sql<{ readonly id: string }>`
      with found as materialized (
        select id from payloads where tenant = ${tenant} and id = any(${wanted}::text[]) order by id for update)
      update payloads set used_at = clock_timestamp() from found
      where payloads.tenant = ${tenant} and payloads.id = found.id returning payloads.id`.execute(
      transaction,
    );
    const there = new Set(rows.map(({ id }) => id));
    if (there.size === wanted.length) await addUses(transaction, tenant, uses);
    return there;
  });
}

async function addUses(db: Database, tenant: string, uses: readonly PayloadUse[]): Promise<void> {
  await sql`
    insert into payload_uses (tenant, payload, task)
    select distinct ${tenant}, payload, task from unnest(${uses.map(({ payload }) => payload)}::text[],
      ${uses.map(({ task }) => task)}::uuid[]) as used (payload, task)
    on conflict do nothing`.execute(db);
}

/** A payload by its name; null when there is none. */
export async function findPayload(db: Database, tenant: string, id: string): Promise<PayloadRow | null> {
  const { rows } = await sql<PayloadRow>`
    select id, bytes, media_type as "mediaType", upload from payloads where tenant = ${tenant} and id = ${id}`.execute(
    db,
  );
  return rows[0] ?? null;
}

/** A piece of an upload; null after the last. */
export async function readChunk(
  db: Database,
  tenant: string,
  { upload, place }: { readonly upload: string; readonly place: number },
): Promise<Uint8Array | null> {
  const { rows } = await sql<{ readonly chunk: Buffer }>`
    select chunk from payload_chunks where tenant = ${tenant} and upload = ${upload}::uuid and place = ${place}`.execute(
    db,
  );
  return rows[0]?.chunk ?? null;
}

/** What all payloads of a tenant have together, with what was uploaded in part, in bytes. */
export async function payloadBytes(db: Database, tenant: string): Promise<number> {
  const { rows } = await sql<{ readonly bytes: number }>`
    select (select coalesce(sum(bytes), 0) from payloads where tenant = ${tenant})::bigint + (
      select coalesce(sum(octet_length(chunk.chunk)), 0) from payload_chunks as chunk
      where tenant = ${tenant} and not exists (
        select from payloads where payloads.tenant = chunk.tenant and payloads.upload = chunk.upload))::bigint as bytes`.execute(
    db,
  );
  return rows[0]?.bytes ?? 0;
}

/** What is old, and how many rows are removed at most; over all tenants. */
interface PayloadAge {
  readonly before: Instant;
  readonly limit: number;
}

/** Forgets that payloads are kept for tasks that are gone, or never came in. */
export async function deleteOldUses(db: Database, { before, limit }: PayloadAge): Promise<number> {
  const { numAffectedRows = 0n } = await sql`
    delete from payload_uses where ctid = any(array(
      select used.ctid from payload_uses as used
      where created_at < ${timestamp(before)} and not exists (
        select from tasks where tasks.tenant = used.tenant and tasks.id = used.task)
      limit ${limit}))`.execute(db);
  return Number(numAffectedRows);
}

/** Removes payloads that no task uses, and that nobody brought or asked for lately. */
export async function deleteUnusedPayloads(db: Database, { before, limit }: PayloadAge): Promise<number> {
  const { rows } = await sql<{ readonly count: number }>`
    with old as materialized (
      select tenant, id from payloads where used_at < ${timestamp(before)} and not exists (
        select from payload_uses as used where used.tenant = payloads.tenant and used.payload = payloads.id)
      limit ${limit} for update skip locked),
    gone as (
      delete from payloads using old where payloads.tenant = old.tenant and payloads.id = old.id
        and used_at < ${timestamp(before)}
      returning payloads.tenant, payloads.upload),
    chunks as (
      delete from payload_chunks using gone
      where payload_chunks.tenant = gone.tenant and payload_chunks.upload = gone.upload)
    select count(*)::int as count from gone`.execute(db);
  return rows[0]?.count ?? 0;
}

/** Removes what was uploaded in part and never finished. Uploads are named by the moment at which they began. */
export async function deleteBrokenUploads(db: Database, { before, limit }: PayloadAge): Promise<number> {
  const hex = Math.max(0, before).toString(16).padStart(12, '0');
  const least = `${hex.slice(0, 8)}-${hex.slice(8)}-7000-8000-000000000000`;
  const { numAffectedRows = 0n } = await sql`
    delete from payload_chunks where ctid = any(array(
      select chunk.ctid from payload_chunks as chunk
      where upload < ${least}::uuid and not exists (
        select from payloads where payloads.tenant = chunk.tenant and payloads.upload = chunk.upload)
      limit ${limit}))`.execute(db);
  return Number(numAffectedRows);
}
