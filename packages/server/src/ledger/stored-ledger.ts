import type { LedgerVerification } from '@sluice/protocol/http/health.ts';
import type { LedgerEntryView } from '@sluice/protocol/http/views.ts';
import type { Page, PageRequest } from '../rollouts/control-plane.ts';
import type { Database } from '../store/database/open-database.ts';
import { type LedgerEntry, listLedger, verifyLedger } from '../store/ledger/read-ledger.ts';
import { pageOf } from '../store/paging/page-of.ts';

/** The ledger as it can be read and verified. */
export interface StoredLedger {
  /** Newest first. */
  page(request: PageRequest): Promise<Page<LedgerEntryView>>;
  /** Recomputes the whole chain. */
  verify(): Promise<LedgerVerification>;
}

/** Reads the ledger of one tenant from PostgreSQL. */
export const storedLedger = (db: Database, tenant: string): StoredLedger => ({
  page: ({ cursor, limit }) => {
    const before = cursor === null ? {} : { before: Number(cursor) };
    return pageOf(limit, (most) => listLedger(db, tenant, { ...before, limit: most }), {
      item: entryView,
      cursor: ({ sequence }) => String(sequence),
    });
  },
  verify: async () => {
    const verdict = await verifyLedger(db, tenant);
    if (verdict.ok) return { entries: verdict.entries, intact: true, firstFault: null };
    const firstFault = { sequence: verdict.sequence, problem: verdict.reason };
    return { entries: verdict.sequence, intact: false, firstFault };
  },
});

const entryView = ({ sequence, at, actor, action, subject, detail, hash }: LedgerEntry): LedgerEntryView => ({
  sequence,
  at,
  actor,
  action,
  subject,
  detail: { ...(detail as Record<string, unknown>) },
  hash,
});
