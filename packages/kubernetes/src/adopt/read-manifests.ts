import { type Document, isAlias, isNode, isScalar, LineCounter, parseAllDocuments, visit } from 'yaml';
import type { ManifestFault } from './adoption.ts';
import { aliasFault } from './alias-fault.ts';
import { duplicateFaults } from './duplicate-faults.ts';
import { locateLine } from './locate-line.ts';
import type { ManifestReading } from './manifest-reading.ts';
import { manifestsOf } from './manifests-of.ts';
import { PLAIN_NUMBERS } from './plain-numbers.ts';

/** Four times what the largest object of a cluster may have, and more than any bundle of definitions that is known. */
const MAX_TEXT_LENGTH = 4 * 1024 * 1024;
/** Errors of the YAML parser after which the rest is echo. */
const MAX_SYNTAX_FAULTS = 10;
/** Aliases times what they stand for, as the parser counts; a bomb of ten levels has billions. */
const MAX_ALIAS_COUNT = 10_000;

const RENDER_FIRST = 'If the file holds {{ }}, render it first, for example with `helm template`.';

/**
 * Reads a file of manifests the way kubectl does: YAML 1.1 (`on` and `yes` are true), several documents, JSON as well,
 * lists flattened. Never throws, whatever the text; a file without any document gives none.
 *
 * @param file its name, for faults and differences
 */
export function readManifests(text: string, file: string): ManifestReading {
  if (text.length > MAX_TEXT_LENGTH)
    return refused([
      { file, line: 1, path: '', message: `The file is longer than ${MAX_TEXT_LENGTH} characters.` },
    ]);
  const lines = new LineCounter();
  const parsed = parseAllDocuments(text, {
    version: '1.1',
    lineCounter: lines,
    prettyErrors: false,
    // kubectl reads `12:30` and `2026-01-01` as texts, and numbers in its own way.
    customTags: (tags) => [
      ...PLAIN_NUMBERS,
      ...tags.filter((tag) => typeof tag === 'string' || !/:(timestamp|int|float)$/.test(tag.tag)),
    ],
  });
  const documents: readonly Document[] = Array.isArray(parsed) ? parsed : [];
  const syntax = syntaxFaults(documents, { text, file, lines });
  if (syntax.length > 0) return refused(syntax);
  const readings = documents.map((document, index) => readDocument(document, { file, index, lines }));
  const faults = readings.flatMap((reading) => (reading.ok ? [] : reading.faults));
  const read = readings.flatMap((reading) => (reading.ok ? reading.documents : []));
  const all = [...faults, ...duplicateFaults(read)];
  return all.length > 0 ? refused(all) : { ok: true, documents: read };
}

const refused = (faults: readonly ManifestFault[]): ManifestReading => ({ ok: false, faults });

function syntaxFaults(
  documents: readonly Document[],
  { text, file, lines }: { text: string; file: string; lines: LineCounter },
): readonly ManifestFault[] {
  const errors = documents.flatMap(({ errors, warnings }) => [...errors, ...warnings]);
  const hint = /\{\{.*\}\}/.test(text) ? ` ${RENDER_FIRST}` : '';
  const byLine = new Map<number, ManifestFault>();
  for (const error of errors) {
    const line = Math.max(1, lines.linePos(Math.min(error.pos[0], text.length)).line);
    const message = `This is not YAML that kubectl would read: ${error.message.split('\n')[0]}.${hint}`;
    if (!byLine.has(line)) byLine.set(line, { file, line, path: '', message });
  }
  return [...byLine.values()].slice(0, MAX_SYNTAX_FAULTS);
}

function readDocument(
  document: Document,
  { file, index, lines }: { file: string; index: number; lines: LineCounter },
): ManifestReading {
  const line = (path: readonly (string | number)[]): number => locateLine(document, lines, path);
  const refuse = (message: string): ManifestReading =>
    refused([{ file, line: line([]), path: `document ${index + 1}`, message }]);
  const strangeKey = keyThatIsNoName(document);
  if (strangeKey !== undefined) {
    const place = lines.linePos(strangeKey).line;
    const message = `A key here is a mapping, a list or nothing, not a name. ${RENDER_FIRST}`;
    return refused([{ file, line: place, path: `document ${index + 1}`, message }]);
  }
  let value: unknown;
  try {
    value = document.toJS({ maxAliasCount: MAX_ALIAS_COUNT });
  } catch {
    return refuse('Its aliases cannot be followed: they are unknown or stand for too much.');
  }
  const bomb = aliasFault(value);
  if (bomb !== undefined) return refuse(bomb);
  return manifestsOf(value, { file, name: `document ${index + 1}`, line });
}

/** Where a mapping, a list or nothing stands as a key, which is how `{{ }}` of a template reads; undefined when none does. */
function keyThatIsNoName(document: Document): number | undefined {
  let found: number | undefined;
  visit(document, {
    Pair(_, { key }) {
      const isName = isAlias(key) || (isScalar(key) && key.value !== null);
      if (isName) return undefined;
      found = (isNode(key) ? key.range?.[0] : undefined) ?? 0;
      return visit.BREAK;
    },
  });
  return found;
}
