import { type Node, type Scalar, isAlias, isMap, isScalar, isSeq } from 'yaml';
import type { Fault } from '../diagnostics/diagnostic.ts';
import type { LineIndex } from './line-index.ts';
import type { SourceEntry, SourcePath, SourceSpan, SourceValue } from './source-value.ts';

/** Deeper than any key of the language by far. */
const MAX_DEPTH = 40;
/** Values with aliases followed: more than a file of the largest size holds, far fewer than an alias bomb. */
const MAX_VALUES = 50_000;

/** What one walk through a document has met. */
interface Walk {
  readonly lines: LineIndex;
  readonly faults: Fault[];
  /** The value of each anchor met so far; `open` while inside it. */
  readonly anchors: Map<string, Sized | 'open'>;
}

/** A value, and how many values it holds with aliases followed. */
interface Sized {
  readonly value: SourceValue;
  readonly size: number;
}

interface PairNode {
  readonly key: Node | null;
  readonly value: Node | null;
}

/** Turns a parsed document into values with places: follows aliases, merges `<<`, refuses keys written twice. */
export function readNode(
  node: Node,
  lines: LineIndex,
): { readonly root: SourceValue; readonly faults: readonly Fault[] } {
  const walk: Walk = { lines, faults: [], anchors: new Map() };
  const { value } = read(node, [], walk);
  return { root: value, faults: walk.faults };
}

/** Where a node stands, without trailing space and comments. */
export function spanOf(node: unknown): SourceSpan {
  const range = (node as { range?: readonly number[] | null } | null)?.range;
  return { start: range?.[0] ?? 0, end: range?.[1] ?? 0 };
}

function read(node: Node | null, path: SourcePath, walk: Walk): Sized {
  const span = spanOf(node);
  if (!node) return nothingAt(span);
  if (path.length > MAX_DEPTH) return refuse(walk, path, span, 'is nested too deeply');
  if (isAlias(node)) return followed(node.source, path, span, walk);
  const anchor = 'anchor' in node && typeof node.anchor === 'string' ? node.anchor : undefined;
  if (anchor !== undefined) walk.anchors.set(anchor, 'open');
  const sized = readWritten(node, path, walk);
  if (anchor !== undefined) walk.anchors.set(anchor, sized);
  return sized;
}

function readWritten(node: Node, path: SourcePath, walk: Walk): Sized {
  const span = spanOf(node);
  if (isMap(node)) return readMapping(node.items as unknown as readonly PairNode[], path, span, walk);
  if (isSeq(node)) return readList(node.items as readonly Node[], path, span, walk);
  if (!isScalar(node)) return refuse(walk, path, span, 'is not a value');
  const { value, type, source } = node;
  if (value !== null && typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean')
    return refuse(walk, path, span, 'is not a text, a number, true or false');
  const text = type === 'PLAIN' && value !== null ? (source ?? String(value)) : String(value ?? '');
  return { value: { kind: 'scalar', value, text, span }, size: 1 };
}

function readList(items: readonly Node[], path: SourcePath, span: SourceSpan, walk: Walk): Sized {
  const parts = items.map((item, index) => read(item, [...path, index], walk));
  return counted({ kind: 'list', items: parts.map(({ value }) => value), span }, parts, path, walk);
}

function readMapping(pairs: readonly PairNode[], path: SourcePath, span: SourceSpan, walk: Walk): Sized {
  const entries = new Map<string, SourceEntry>();
  const merged = new Map<string, SourceEntry>();
  const parts: Sized[] = [];
  for (const pair of pairs) {
    const name = keyName(pair.key, path, walk);
    if (name === undefined) continue;
    const part = read(pair.value, [...path, name], walk);
    parts.push(part);
    if (name === '<<') mergeInto(merged, part.value, path, walk);
    else keep({ name, key: spanOf(pair.key), value: part.value }, entries, path, walk);
  }
  for (const [name, entry] of merged) if (!entries.has(name)) entries.set(name, entry);
  return counted({ kind: 'mapping', entries, span }, parts, path, walk);
}

function keep(
  { name, key, value }: SourceEntry & { name: string },
  entries: Map<string, SourceEntry>,
  path: SourcePath,
  walk: Walk,
): void {
  const first = entries.get(name);
  if (!first) entries.set(name, { key, value });
  else
    refuse(
      walk,
      [...path, name],
      key,
      `is written twice; first in line ${walk.lines.placeOf(first.key.start).line}`,
    );
}

/** `<<` brings the keys of other mappings that are not written here; earlier ones win, as in YAML 1.1. */
function mergeInto(merged: Map<string, SourceEntry>, value: SourceValue, path: SourcePath, walk: Walk): void {
  for (const source of value.kind === 'list' ? value.items : [value]) {
    if (source.kind === 'refused') continue;
    if (source.kind !== 'mapping') refuse(walk, [...path, '<<'], source.span, 'must be a mapping to merge');
    else for (const [name, entry] of source.entries) if (!merged.has(name)) merged.set(name, entry);
  }
}

function keyName(key: Node | null, path: SourcePath, walk: Walk): string | undefined {
  const name = isScalar(key) ? nameOf(key) : undefined;
  if (name !== undefined && name !== '' && name !== '__proto__') return name;
  refuse(walk, path, spanOf(key), 'has a key that is not a name');
  return undefined;
}

/** Keys are texts as written: `8080:` is the key `8080`. */
function nameOf({ value, source }: Scalar): string | undefined {
  if (typeof value === 'string') return value;
  return value === null ? undefined : source;
}

function followed(name: string, path: SourcePath, span: SourceSpan, walk: Walk): Sized {
  const target = walk.anchors.get(name);
  if (target === undefined)
    return refuse(walk, path, span, `refers to "&${name}", which does not stand above it`);
  if (target === 'open') return refuse(walk, path, span, `refers to "&${name}" from inside of it`);
  return { value: { ...target.value, span }, size: target.size };
}

function counted(value: SourceValue, parts: readonly Sized[], path: SourcePath, walk: Walk): Sized {
  const size = parts.reduce((sum, part) => sum + part.size, 1);
  if (size <= MAX_VALUES) return { value, size };
  return refuse(walk, path, value.span, `holds more than ${MAX_VALUES} values once its aliases are followed`);
}

function refuse(walk: Walk, path: SourcePath, span: SourceSpan, says: string): Sized {
  walk.faults.push({ path, at: 'value', span, says });
  return { value: { kind: 'refused', span }, size: 1 };
}

const nothingAt = (span: SourceSpan): Sized => ({
  value: { kind: 'scalar', value: null, text: '', span },
  size: 1,
});
