import { type Document, isScalar, parseAllDocuments } from 'yaml';
import type { Fault } from '../diagnostics/diagnostic.ts';
import { LineIndex } from './line-index.ts';
import { readNode, spanOf } from './read-node.ts';
import type { SourceSpan, SourceValue } from './source-value.ts';
import { syntaxFaults } from './syntax-faults.ts';

/** Sixty-four components with everything said stay under a third of this. */
const MAX_TEXT_LENGTH = 256 * 1024;

/** A file as it was written. `root` is undefined when no tree could be made of it. */
export interface SourceDocument {
  readonly root: SourceValue | undefined;
  readonly faults: readonly Fault[];
  readonly lines: LineIndex;
}

/** Reads one YAML 1.2 document with the place of every key and value. Never throws, whatever the text. */
export function readDocument(text: string): SourceDocument {
  const lines = new LineIndex(text);
  const refusal = (says: string, span?: SourceSpan): SourceDocument => ({
    root: undefined,
    faults: [{ path: [], at: 'value', says, ...(span && { span }) }],
    lines,
  });
  if (text.length > MAX_TEXT_LENGTH) return refusal(`is longer than ${MAX_TEXT_LENGTH / 1024} KiB`);
  const parsed = parseAllDocuments(text, { uniqueKeys: false, prettyErrors: false });
  const documents: readonly Document[] = Array.isArray(parsed) ? parsed : [];
  const faults = syntaxFaults(documents, text);
  if (faults.length > 0) return { root: undefined, faults, lines };
  const [document, second] = documents;
  if (second)
    return refusal('has more than one document; write one application per file', spanOf(second.contents));
  if (!document?.contents || (isScalar(document.contents) && document.contents.value === null))
    return refusal('is empty; it needs at least "application" and "components"');
  if (document.directives?.yaml.version !== '1.2')
    return refusal('asks for another YAML version; only 1.2 is read');
  return { ...readNode(document.contents, lines), lines };
}
