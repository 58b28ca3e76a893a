import { ok, type Result } from '@sluice/core/kernel/result.ts';
import { EMPTY_ROOT } from '@sluice/core/ledger/tree-hash.ts';
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

/** The root of the first entries of a ledger, as many as are in it or fewer. */
export async function earlierRoot(db: Database, tenant: string, size: number): Promise<string> {
  const [root = EMPTY_ROOT] = await rangeHashes(db, tenant, size === 0 ? [] : [{ start: 0, end: size }]);
  return root;
}
