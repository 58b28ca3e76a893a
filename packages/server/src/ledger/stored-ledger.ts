import type { LedgerVerification } from '@sluice/protocol/http/health.ts';
import type { LedgerEntryView } from '@sluice/protocol/http/views.ts';
import type { Page, PageRequest } from '../rollouts/control-plane.ts';
import type { Database } from '../store/database/open-database.ts';
import { type LedgerEntry, listLedger } from '../store/ledger/read-ledger.ts';
import { verifyLedger } from '../store/ledger/verify-ledger.ts';
import { pageOf } from '../store/paging/page-of.ts';

/** The ledger as it can be read and verified. */
export interface StoredLedger {
  /** Newest first. */
  page(request: PageRequest): Promise<Page<LedgerEntryView>>;
  /** Computes the whole tree anew. */
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
    const { entries, fault } = await verifyLedger(db, tenant);
    return { entries, intact: fault === null, firstFault: fault };
  },
});

const entryView = ({
  sequence,
  at,
  actor,
  action,
  subject,
  detail,
  leafHash,
}: LedgerEntry): LedgerEntryView => ({
  sequence,
  at,
  actor,
  action,
  subject,
  detail: { ...(detail as Record<string, unknown>) },
  hash: leafHash ?? '',
});
