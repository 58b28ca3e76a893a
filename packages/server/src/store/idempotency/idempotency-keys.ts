import type { Instant } from '@sluice/core/kernel/instant.ts';
import { storedInstant, storedJson, timestamp } from '../database/column-values.ts';
import type { Database } from '../database/open-database.ts';

/** A request that carries a key. */
export interface KeyedRequest {
  readonly key: string;
  /** Over method, path and body: the same key for another request is a mistake of the caller. */
  readonly requestHash: string;
  readonly now: Instant;
}

/** What is known of a request. */
export type KeyedAnswer =
  /** It is ours to work on; call {@link completeIdempotencyKey} or {@link releaseIdempotencyKey} in the end. */
  | { readonly kind: 'reserved' }
  /** Somebody works on the same request just now. */
  | { readonly kind: 'in-progress' }
  /** It was answered before. */
  | { readonly kind: 'answered'; readonly status: number; readonly response: unknown }
  /** The key was used for another request. */
  | { readonly kind: 'mismatch' };

/** A reservation that is this old belongs to a process that died. */
const RESERVATION_MS = 60_000;

/** Reserves a key for a request, or tells what became of the request that had it first. */
export async function reserveIdempotencyKey(
  db: Database,
  tenant: string,
  request: KeyedRequest,
): Promise<KeyedAnswer> {
  if (await tryReserve(db, tenant, request)) return { kind: 'reserved' };
  const found = await db
    .selectFrom('idempotency_keys')
    .select(['request_hash', 'status', 'response'])
    .where('tenant', '=', tenant)
    .where('key', '=', request.key)
    .executeTakeFirst();
  // It was given back between the two statements: whoever asks again gets it.
  if (found === undefined) return { kind: 'in-progress' };
  if (found.request_hash !== request.requestHash) return { kind: 'mismatch' };
  if (found.status === null) return { kind: 'in-progress' };
  return { kind: 'answered', status: found.status, response: found.response };
}

/** Keeps the answer to a reserved request, for repetitions. */
export async function completeIdempotencyKey(
  db: Database,
  tenant: string,
  answer: { readonly key: string; readonly status: number; readonly response: unknown },
): Promise<void> {
  await db
    .updateTable('idempotency_keys')
    .set({ status: answer.status, response: storedJson(answer.response) })
    .where('tenant', '=', tenant)
    .where('key', '=', answer.key)
    .execute();
}

/** Gives a reserved key back after a failure, so that the request can be repeated. */
export async function releaseIdempotencyKey(db: Database, tenant: string, key: string): Promise<void> {
  await db
    .deleteFrom('idempotency_keys')
    .where('tenant', '=', tenant)
    .where('key', '=', key)
    .where('status', 'is', null)
    .execute();
}

async function tryReserve(db: Database, tenant: string, request: KeyedRequest): Promise<boolean> {
  const reservation = { request_hash: request.requestHash, created_at: storedInstant(request.now) };
  const { numInsertedOrUpdatedRows } = await db
    .insertInto('idempotency_keys')
    .values({ tenant, key: request.key, ...reservation })
    .onConflict((conflict) =>
      conflict
        .columns(['tenant', 'key'])
        .doUpdateSet({ created_at: reservation.created_at })
        .where('idempotency_keys.status', 'is', null)
        .where('idempotency_keys.request_hash', '=', request.requestHash)
        .where('idempotency_keys.created_at', '<', timestamp(request.now - RESERVATION_MS)),
    )
    .executeTakeFirst();
  return numInsertedOrUpdatedRows === 1n;
}
