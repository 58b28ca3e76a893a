import type { MemoryEntryView } from '@sluice/protocol/http/memory.ts';
import type { Space } from './space.ts';
import { table } from './table.ts';
import { cutTo, harmless } from './text-width.ts';
import { countWords, momentWords } from './words.ts';

/** Keys with what they hold, as a table. */
export function memoryLines(
  entries: readonly MemoryEntryView[],
  { style, columns }: Space,
): readonly string[] {
  if (entries.length === 0) return ['Nothing is remembered there.'];
  const rows = entries.map(({ key, version, lines, value, updatedAt, expiresAt }) => [
    key,
    String(version),
    momentWords(updatedAt),
    expiresAt === null ? '-' : momentWords(expiresAt),
    lines > 0 ? `(${countWords(lines, 'line')})` : valueWords(value),
  ]);
  const titles = ['KEY', 'VERSION', 'CHANGED', 'FORGOTTEN', 'VALUE'];
  const lines = table(
    titles.map((title) => ({ title, align: title === 'VERSION' ? ('right' as const) : ('left' as const) })),
    rows,
  );
  return lines.map((line) => cutTo(line, columns, style.symbols.more));
}

/** A value in one line. */
export const valueWords = (value: unknown): string => harmless(JSON.stringify(value) ?? 'null');
