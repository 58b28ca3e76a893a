import type { Instant } from '@sluice/core/kernel/instant.ts';
import type { Database } from '../store/database/open-database.ts';
import {
  completeIdempotencyKey,
  releaseIdempotencyKey,
  reserveIdempotencyKey,
  type KeyedAnswer,
} from '../store/idempotency/idempotency-keys.ts';

/** Remembers for all replicas which idempotency keys were used for what. */
export interface StoredIdempotency {
  reserve(key: string, requestHash: string): Promise<KeyedAnswer>;
  complete(key: string, status: number, response: unknown): Promise<void>;
  release(key: string): Promise<void>;
}

/** Idempotency keys in PostgreSQL. */
export const storedIdempotency = (db: Database, tenant: string, now: () => Instant): StoredIdempotency => ({
  reserve: (key, requestHash) => reserveIdempotencyKey(db, tenant, { key, requestHash, now: now() }),
  complete: (key, status, response) => completeIdempotencyKey(db, tenant, { key, status, response }),
  release: (key) => releaseIdempotencyKey(db, tenant, key),
});
