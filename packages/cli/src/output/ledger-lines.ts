import type { LedgerEntryView } from '@sluice/protocol/http/views.ts';
import type { Space } from './space.ts';
import { table } from './table.ts';
import { cutTo, harmless } from './text-width.ts';
import { momentWords } from './words.ts';

/** Characters of a hash that are shown; enough to compare two by eye. */
const HASH_SHOWN = 12;

/** Ledger entries as a table. */
export function ledgerLines(
  entries: readonly LedgerEntryView[],
  { columns, style }: Space,
): readonly string[] {
  if (entries.length === 0) return ['The ledger is empty.'];
  const rows = entries.map(({ sequence, at, actor, action, subject, hash }) => [
    String(sequence),
    momentWords(at),
    harmless(actor),
    action,
    subject,
    hash.slice(0, HASH_SHOWN),
  ]);
  const titles = ['ENTRY', 'AT', 'BY', 'DID', 'TO', 'HASH'];
  const lines = table(
    titles.map((title, at) => ({ title, align: at === 0 ? ('right' as const) : ('left' as const) })),
    rows,
  );
  return lines.map((line) => cutTo(line, columns, style.symbols.more));
}
