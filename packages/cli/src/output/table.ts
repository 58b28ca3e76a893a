import { padLeft, padRight, widthOf } from './text-width.ts';

/** A column of a table. */
export interface Column {
  readonly title: string;
  readonly align?: 'left' | 'right';
}

/** Lays rows out in columns two spaces apart; the title line comes first, and no line ends in spaces. */
export function table(columns: readonly Column[], rows: readonly (readonly string[])[]): readonly string[] {
  const lines = [columns.map(({ title }) => title), ...rows];
  return aligned(columns, lines);
}

/** Lays rows out as `table` does, without titles; a column in which nothing stands takes no room. */
export function aligned(
  columns: readonly Pick<Column, 'align'>[],
  rows: readonly (readonly string[])[],
): readonly string[] {
  const widths = columns.map((_, at) => Math.max(0, ...rows.map((row) => widthOf(row[at] ?? ''))));
  const cell = (row: readonly string[], at: number): string =>
    (columns[at]?.align === 'right' ? padLeft : padRight)(row[at] ?? '', widths[at] ?? 0);
  return rows.map((row) =>
    columns
      .flatMap((_, at) => (widths[at] === 0 ? [] : [cell(row, at)]))
      .join('  ')
      .trimEnd(),
  );
}
