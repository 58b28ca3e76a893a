import { ok, type Result } from '@sluice/core/kernel/result.ts';
import { consistencyRanges, inclusionRanges } from '@sluice/core/ledger/proof-ranges.ts';
import type { Database } from '../store/database/open-database.ts';
import { rangeHashes } from '../store/ledger/proof-hashes.ts';

/** The proof that the ledger of `to` entries begins with the first `from` of them, unchanged. */
export async function proveConsistency(
  db: Database,
  tenant: string,
  { from, to }: { readonly from: number; readonly to: number },
): Promise<Result<readonly string[]>> {
  const ranges = consistencyRanges(from, to);
  return ranges.ok ? ok(await rangeHashes(db, tenant, ranges.value)) : ranges;
}

/** The proof that an entry stands in the ledger of `size` entries. */
export async function proveInclusion(
  db: Database,
  tenant: string,
  { sequence, size }: { readonly sequence: number; readonly size: number },
): Promise<Result<readonly string[]>> {
  const ranges = inclusionRanges(sequence - 1, size);
  return ranges.ok ? ok(await rangeHashes(db, tenant, ranges.value)) : ranges;
}
