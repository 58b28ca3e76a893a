import type { IdempotencyStore, KeyState } from '../exchange/idempotency-store.ts';

interface Row {
  readonly requestHash: string;
  readonly answer: { readonly status: number; readonly response: unknown } | null;
}

/** A store of keys in memory, with the meaning of the one in the database. */
export function memoryIdempotencyStore(): IdempotencyStore {
  const rows = new Map<string, Row>();
  return {
    reserve: async (key, requestHash): Promise<KeyState> => {
      const row = rows.get(key);
      if (!row) {
        rows.set(key, { requestHash, answer: null });
        return { kind: 'reserved' };
      }
      if (row.requestHash !== requestHash) return { kind: 'mismatch' };
      return row.answer ? { kind: 'answered', ...row.answer } : { kind: 'in-progress' };
    },
    complete: async (key, status, response) => {
      const row = rows.get(key);
      if (row) rows.set(key, { ...row, answer: { status, response } });
    },
    release: async (key) => {
      rows.delete(key);
    },
  };
}
