import type { LineIndex } from '../document/line-index.ts';
import {
  type SourcePath,
  type SourceSpan,
  type SourceValue,
  locate,
  pathText,
} from '../document/source-value.ts';

/** One problem in a file, at the place where it stands. */
export interface Diagnostic {
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** From 1, in UTF-16 units. */
  readonly column: number;
  /**
   * Column after the last unit that is meant, on the same line; at least `column + 1`. Equal to `column` where only the
   * line is known, which is then one of another file.
   */
  readonly endColumn: number;
  /** `strategies.careful.canary.phases[0].share`; `the file` for the whole. */
  readonly path: string;
  /** One sentence without a full stop, which begins with the path. */
  readonly message: string;
  readonly expected?: string;
  readonly found?: string;
  /** The key or value that was probably meant. */
  readonly suggestion?: string;
}

/** A problem before its place is looked up. */
export interface Fault {
  readonly path: SourcePath;
  /** Whether the key or the value is to be pointed at. */
  readonly at: 'key' | 'value';
  /** Overrides the place of `path`. */
  readonly span?: SourceSpan;
  /** What is wrong, as a predicate of the path: `is not a known key`. */
  readonly says: string;
  readonly expected?: string;
  readonly found?: string;
  readonly suggestion?: string;
  /** Keys below `path` of which any would have done; nothing is said where one was only misspelt. */
  readonly lacks?: readonly string[];
}

/** Leaves out what is said of keys that are not there, when one of them was written with a mistake in it. */
export function unlessMisspelt(faults: readonly Fault[], shape: readonly Fault[]): readonly Fault[] {
  const misspelt = new Set(
    shape.map(({ path, suggestion }) => `${pathText(path.slice(0, -1))} ${suggestion ?? ''}`),
  );
  return faults.filter(({ path, lacks }) => !lacks?.some((key) => misspelt.has(`${pathText(path)} ${key}`)));
}

/** Problems after which nobody reads on. */
const MAX_DIAGNOSTICS = 100;

/**
 * Looks up the places of faults. In order of line and column; the same problem at the same place is told once
 * (an alias or several environments may find it again); at most 100.
 */
export function diagnosticsOf(
  faults: readonly Fault[],
  where: { file: string; text: string; root: SourceValue; lines: LineIndex },
): readonly Diagnostic[] {
  const seen = new Set<string>();
  return faults
    .map((fault) => ({ fault, span: fault.span ?? locate(where.root, fault.path, fault.at) }))
    .sort((a, b) => a.span.start - b.span.start)
    .filter(({ fault, span }) => {
      const key = `${span.start}:${span.end}:${fault.says}`;
      return !seen.has(key) && seen.add(key);
    })
    .slice(0, MAX_DIAGNOSTICS)
    .map(({ fault, span }) => diagnosticAt(fault, span, where));
}

function diagnosticAt(
  fault: Fault,
  span: SourceSpan,
  { file, text, lines }: { file: string; text: string; lines: LineIndex },
): Diagnostic {
  const start = lastWritten(span.start, text);
  const { line, column } = lines.placeOf(start);
  const meant =
    text
      .slice(start, span.end)
      .split(/[\r\n]/, 1)[0]
      ?.trimEnd() ?? '';
  const { path, at: _at, span: _span, lacks: _lacks, says, ...details } = fault;
  return {
    file,
    line,
    column,
    endColumn: column + Math.max(1, meant.length),
    path: pathText(path),
    message: `${pathText(path)} ${says}`,
    ...details,
  };
}

/** What is wrong at the end of a line is shown at its last character, so that the place is within the line. */
function lastWritten(offset: number, text: string): number {
  let at = Math.min(offset, text.length);
  const isEnd = (): boolean => at === text.length || text[at] === '\n' || text[at] === '\r';
  while (at > 0 && isEnd() && text[at - 1] !== '\n') at--;
  return at;
}
