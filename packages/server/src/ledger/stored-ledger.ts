import type { LedgerVerification } from '@sluice/protocol/http/health.ts';
import type { LedgerEntryView } from '@sluice/protocol/http/views.ts';
import type { Page, PageRequest } from '../rollouts/control-plane.ts';
import type { Database } from '../store/database/open-database.ts';
import { listLedger, verifyLedger } from '../store/ledger/read-ledger.ts';

/** The ledger as it can be read and verified. */
export interface StoredLedger {
  /** Newest first. */
  page(request: PageRequest): Promise<Page<LedgerEntryView>>;
  /** Recomputes the whole chain. */
  verify(): Promise<LedgerVerification>;
}

/** Reads the ledger of one tenant from PostgreSQL. */
export const storedLedger = (db: Database, tenant: string): StoredLedger => ({
  page: async ({ cursor, limit }) => {
    const before = cursor === null ? {} : { before: Number(cursor) };
    const rows = await listLedger(db, tenant, { ...before, limit: limit + 1 });
    const shown = rows.slice(0, limit);
    const last = shown.at(-1);
    const items = shown.map(({ sequence, at, actor, action, subject, detail, hash }) => ({
      sequence,
      at,
      actor,
      action,
      subject,
      detail: { ...(detail as Record<string, unknown>) },
      hash,
    }));
    return { items, next: rows.length > limit && last ? String(last.sequence) : null };
  },
  verify: async () => {
    const verdict = await verifyLedger(db, tenant);
    if (verdict.ok) return { entries: verdict.entries, intact: true, firstFault: null };
    const firstFault = { sequence: verdict.sequence, problem: verdict.reason };
    return { entries: verdict.sequence, intact: false, firstFault };
  },
});
