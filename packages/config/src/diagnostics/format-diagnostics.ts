import type { Diagnostic } from './diagnostic.ts';

/** Of longer lines only what stands around the place is shown, this much to each side. */
const CONTEXT_LENGTH = 100;

/**
 * Prints problems as a compiler does: the place and the sentence, then the line with the meant part underlined;
 * of other files the place and the sentence alone.
 *
 * @param text the file, for its lines
 * @param label stands before each sentence, as in `sluice.yaml:3:5: warning: ...`; faults need none
 */
export function formatDiagnostics(
  diagnostics: readonly Diagnostic[],
  text: string,
  label?: 'warning',
): string {
  const lines = text.split(/\r?\n/);
  const gutter = String(diagnostics.at(-1)?.line ?? 0).length;
  return diagnostics
    .map((diagnostic) => formatOne(diagnostic, { lines, gutter, label: label ? `${label}: ` : '' }))
    .join('\n');
}

interface Print {
  readonly lines: readonly string[];
  /** Digits of the largest number of a line. */
  readonly gutter: number;
  readonly label: string;
}

function formatOne(diagnostic: Diagnostic, { lines, gutter, label }: Print): string {
  const { file, line, column, endColumn, message } = diagnostic;
  const head = `${file}:${line}:${column}: ${label}${message}`;
  const source = endColumn > column ? lines[line - 1] : undefined;
  if (source === undefined || source.trim() === '') return `${head}\n`;
  const from = Math.max(0, Math.min(column - CONTEXT_LENGTH, source.length - 2 * CONTEXT_LENGTH));
  const shown = source.slice(from, from + 2 * CONTEXT_LENGTH);
  // Tabs stay tabs, so that the underline stands under what it means whatever their width.
  const indent = source.slice(from, column - 1).replace(/[^\t]/g, ' ');
  const width = Math.max(1, Math.min(endColumn, from + shown.length + 1) - column);
  return [
    head,
    `  ${String(line).padStart(gutter)} | ${shown}`,
    `  ${' '.repeat(gutter)} | ${indent}${'^'.repeat(width)}`,
    '',
  ].join('\n');
}
