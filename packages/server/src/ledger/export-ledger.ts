import { canonicalJson } from '@sluice/core/kernel/canonical-json.ts';
import { cefEntry, csvEntry, csvHead } from '@sluice/core/ledger/export-lines.ts';
import type { AuditFilter, ExportForm } from '@sluice/protocol/http/audit.ts';
import { entriesAfter, entryOf, type LedgerEntry } from '../store/ledger/read-ledger.ts';
import { listHeads, listKeys } from '../store/ledger/signed-heads.ts';
import { readTree } from '../store/ledger/ledger-tree.ts';
import type { SignerParts } from './head-signer.ts';

const BATCH = 1_000;
/** Longer than it takes to remove contents, by clocks that differ, in milliseconds. */
const REMOVAL_TAKES_MS = 3_600_000;

/**
 * The ledger as text, the oldest entry first. JSON Lines begin with a line that says what follows, and a whole export ends
 * with the heads that were signed and the keys that signed them, so that it can be verified by itself.
 */
export async function* exportLines(
  parts: Pick<SignerParts, 'db' | 'tenant' | 'now'> & { readonly version: string },
  filter: AuditFilter,
  form: ExportForm,
): AsyncGenerator<string> {
  const { db, tenant, version } = parts;
  const isWhole = Object.values(filter).every((wanted) => wanted === undefined);
  // Entries come in while it is read: it ends where the tree ended, so that heads and entries fit.
  const startedAt = parts.now();
  let { size } = await readTree(db, tenant);
  if (form === 'csv') yield csvHead();
  if (form === 'jsonl')
    yield line({
      kind: 'ledger',
      version: 1,
      tenant,
      entries: isWhole ? size : null,
      exportedAt: startedAt,
    });
  for (let after = 0; ; ) {
    const rows = await entriesAfter(db, tenant, { ...filter, after, limit: BATCH });
    // What says that contents were removed meanwhile has to be in it too.
    if (rows.some(({ expired_at: at }) => at !== null && at > startedAt - REMOVAL_TAKES_MS))
      ({ size } = await readTree(db, tenant));
    const entries = rows.filter(({ sequence }) => sequence <= size).map(entryOf);
    yield entries.map((entry) => textOf(entry, form, version)).join('');
    after = rows.at(-1)?.sequence ?? after;
    if (rows.length < BATCH || after >= size) break;
  }
  if (form === 'jsonl' && isWhole) yield* headLines(parts, size);
}

async function* headLines(
  { db, tenant }: Pick<SignerParts, 'db' | 'tenant'>,
  size: number,
): AsyncGenerator<string> {
  for (const key of await listKeys(db, tenant)) yield line({ kind: 'key', ...key });
  for (const head of await listHeads(db, tenant))
    if (head.size <= size) yield line({ kind: 'head', ...head });
}

function textOf(entry: LedgerEntry, form: ExportForm, version: string): string {
  if (form === 'csv') return csvEntry(entry);
  if (form === 'cef') return cefEntry(version, entry);
  return line({ kind: 'entry', ...entry });
}

const line = (value: unknown): string => `${canonicalJson(value)}\n`;
