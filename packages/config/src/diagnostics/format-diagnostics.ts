import type { Diagnostic } from './diagnostic.ts';

/** Of longer lines only what stands around the place is shown, this much to each side. */
const CONTEXT_LENGTH = 100;

/**
 * Prints problems as a compiler does: the place and the sentence, then the line with the meant part underlined.
 *
 * @param text the file, for its lines
 */
export function formatDiagnostics(diagnostics: readonly Diagnostic[], text: string): string {
  const lines = text.split(/\r?\n/);
  const gutter = String(diagnostics.at(-1)?.line ?? 0).length;
  return diagnostics.map((diagnostic) => formatOne(diagnostic, lines, gutter)).join('\n');
}

function formatOne(diagnostic: Diagnostic, lines: readonly string[], gutter: number): string {
  const { file, line, column, endColumn, message } = diagnostic;
  const head = `${file}:${line}:${column}: ${message}`;
  const source = lines[line - 1];
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
