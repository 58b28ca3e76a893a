/** Where something stands in the text: UTF-16 offsets, the end not included. */
export interface SourceSpan {
  readonly start: number;
  readonly end: number;
}

/** A key of a mapping with its value. */
export interface SourceEntry {
  readonly key: SourceSpan;
  readonly value: SourceValue;
}

/** What was written, with its places; anchors are followed and merge keys merged. */
export type SourceValue =
  | {
      readonly kind: 'scalar';
      readonly value: string | number | boolean | null;
      /** As written, without quotes; what people mean when they write `1.10` for a text. */
      readonly text: string;
      readonly span: SourceSpan;
    }
  | {
      readonly kind: 'mapping';
      readonly entries: ReadonlyMap<string, SourceEntry>;
      readonly span: SourceSpan;
    }
  | { readonly kind: 'list'; readonly items: readonly SourceValue[]; readonly span: SourceSpan }
  /** Something that was refused already; nobody says more about it. */
  | { readonly kind: 'refused'; readonly span: SourceSpan };

/** Keys and indexes from the top of the file to a value. */
export type SourcePath = readonly (string | number)[];

/** Writes a path as people read it: `strategies.careful.canary.phases[0].share`; the empty path is `the file`. */
export function pathText(path: SourcePath): string {
  if (path.length === 0) return 'the file';
  return path
    .map((part) => {
      if (typeof part === 'number') return `[${part}]`;
      const shown = shortened(part);
      return /^[\w/-]+$/.test(shown) ? `.${shown}` : `[${JSON.stringify(shown)}]`;
    })
    .join('')
    .replace(/^\./, '');
}

/**
 * Finds where a path stands. A path that was not written is found at its nearest ancestor that was.
 * @param at the key that names the last part, or the value; a value that is empty is found at its key
 */
export function locate(root: SourceValue, path: SourcePath, at: 'key' | 'value'): SourceSpan {
  let value: SourceValue | undefined = root;
  let key: SourceSpan = { start: 0, end: 0 };
  for (const part of path) {
    const entry: SourceEntry | undefined = entryAt(value, part);
    if (!entry) return key;
    key = entry.key;
    value = entry.value;
  }
  return at === 'value' && value.span.end > value.span.start ? value.span : key;
}

function entryAt(value: SourceValue | undefined, part: string | number): SourceEntry | undefined {
  if (value?.kind === 'mapping') return value.entries.get(String(part));
  if (value?.kind !== 'list' || typeof part !== 'number') return undefined;
  const item = value.items[part];
  return item && { key: item.span, value: item };
}

/** The value as plain JSON would hold it. */
export function jsonOf(source: SourceValue): unknown {
  switch (source.kind) {
    case 'scalar':
      return source.value;
    case 'refused':
      return null;
    case 'list':
      return source.items.map(jsonOf);
    case 'mapping':
      return Object.fromEntries([...source.entries].map(([key, { value }]) => [key, jsonOf(value)]));
  }
}

/** Says in a few words what was found, for a message: `"fast"`, `12`, `a mapping`, `a list`, `nothing`. */
export function foundText(source: SourceValue): string {
  if (source.kind === 'refused') return 'nothing';
  if (source.kind !== 'scalar') return `a ${source.kind}`;
  if (source.value === null) return 'nothing';
  const text = shortened(source.text);
  return typeof source.value === 'string' ? JSON.stringify(text) : text;
}

/** Longer texts are cut in messages. */
const MAX_SHOWN_LENGTH = 64;

/** A text as a message shows it. */
export const shortened = (text: string): string =>
  text.length > MAX_SHOWN_LENGTH ? `${text.slice(0, MAX_SHOWN_LENGTH - 3)}...` : text;
