import { type Document, type YAMLError, isScalar, visit } from 'yaml';
import type { Fault } from '../diagnostics/diagnostic.ts';
import type { SourceSpan } from './source-value.ts';

/** Errors of the YAML parser after which the rest is echo. */
const MAX_SYNTAX_FAULTS = 10;

/** What each error of the parser means to the person who wrote the line; the parser's own words otherwise. */
const PLAINLY: Readonly<Partial<Record<YAMLError['code'], string>>> = {
  TAB_AS_INDENT: 'is indented with a tab here; YAML allows spaces only',
  BLOCK_AS_IMPLICIT_KEY: 'has a second key on this line, or a value with ": " in it; put the value in quotes',
  MULTILINE_IMPLICIT_KEY:
    'has a line that is no key; a key is written "key: value", with a space after the colon',
  BAD_SCALAR_START: 'has a value that begins with a reserved character; put the value in quotes',
  BAD_ALIAS: 'has a "*" or "&" without a name; put the value in quotes',
  BAD_INDENT: 'is indented wrongly here, or a bracket above was not closed',
  UNEXPECTED_TOKEN: 'has something here that does not belong; is the indentation right?',
  MISSING_CHAR: 'lacks a closing bracket or quote',
  TAG_RESOLVE_FAILED: 'uses a YAML tag (!...); tags are not supported',
  RESOURCE_EXHAUSTION: 'is nested too deeply',
};

/** Translates what the YAML parser found; at most ten, one per line. */
export function syntaxFaults(documents: readonly Document[], text: string): readonly Fault[] {
  const errors = documents.flatMap(({ errors, warnings }) => [...errors, ...warnings]);
  const exhausted = errors.find((error) => error.code === 'RESOURCE_EXHAUSTION');
  const told = exhausted ? [exhausted] : onePerLine(errors, text).slice(0, MAX_SYNTAX_FAULTS);
  return told.map((error) => {
    const quote = error.message.startsWith('Missing closing') ? openQuote(documents, text) : undefined;
    if (quote) return { path: [], at: 'value', span: quote, says: 'has a quote here that is never closed' };
    const says = PLAINLY[error.code] ?? `is not YAML: ${error.message.split('\n')[0]}`;
    return { path: [], at: 'value', span: spanInText(error, text), says };
  });
}

function onePerLine(errors: readonly YAMLError[], text: string): readonly YAMLError[] {
  const seen = new Set<number>();
  return errors.filter((error) => {
    const line = text.lastIndexOf('\n', Math.max(0, error.pos[0] - 1));
    return !seen.has(line) && seen.add(line);
  });
}

/** The parser tells of an open quote at the end of the text; people look for where it begins. */
function openQuote(documents: readonly Document[], text: string): SourceSpan | undefined {
  let found: SourceSpan | undefined;
  for (const document of documents) {
    visit(document, (_, node) => {
      if (!isScalar(node) || !node.range || !node.type?.startsWith('QUOTE')) return;
      const [start, end] = node.range;
      if (end >= text.trimEnd().length) found = { start, end: start + 1 };
    });
  }
  return found;
}

/** An error at the end of the file is shown at the last character that was written. */
function spanInText(error: YAMLError, text: string): SourceSpan {
  const written = text.trimEnd().length;
  const start = Math.min(error.pos[0], Math.max(0, written - 1));
  return { start, end: Math.max(start + 1, Math.min(error.pos[1], written)) };
}
