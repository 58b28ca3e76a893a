import { type JsonMap, isMap } from '../json/json-tree.ts';

/**
 * A set of paths into an object, as the server keeps them per manager (`fieldsV1`): a tree whose nodes may be members. Keys of
 * the tree are the written forms: `f:replicas`, `k:{"name":"web"}`, `v:"x"`. Sets are never changed once they are given away.
 */
export class FieldSet {
  member = false;
  readonly children = new Map<string, FieldSet>();

  /** Adds one path, from a place within it on; only while the set is being built. */
  insert(path: readonly string[], from = 0): void {
    const element = path[from];
    if (element === undefined) {
      this.member = true;
      return;
    }
    let child = this.children.get(element);
    if (child === undefined) {
      child = new FieldSet();
      this.children.set(element, child);
    }
    child.insert(path, from + 1);
  }

  isEmpty(): boolean {
    if (this.member) return false;
    for (const child of this.children.values()) if (!child.isEmpty()) return false;
    return true;
  }
}

/** What is in either of two sets. */
export function union(a: FieldSet, b: FieldSet): FieldSet {
  const result = new FieldSet();
  result.member = a.member || b.member;
  for (const [key, child] of a.children) {
    const other = b.children.get(key);
    result.children.set(key, other === undefined ? child : union(child, other));
  }
  for (const [key, child] of b.children) if (!a.children.has(key)) result.children.set(key, child);
  return result;
}

/** What is in the first and not in the second, member by member; the first itself where nothing is taken away. */
export function difference(a: FieldSet, b: FieldSet): FieldSet {
  if (!b.member && b.children.size === 0) return a;
  const result = new FieldSet();
  result.member = a.member && !b.member;
  let same = result.member === a.member;
  for (const [key, child] of a.children) {
    const other = b.children.get(key);
    const rest = other === undefined ? child : difference(child, other);
    if (rest !== child) same = false;
    if (rest === child || !rest.isEmpty()) result.children.set(key, rest);
  }
  return same ? a : result;
}

/** What is in both. */
export function intersection(a: FieldSet, b: FieldSet): FieldSet {
  const result = new FieldSet();
  result.member = a.member && b.member;
  for (const [key, child] of a.children) {
    const other = b.children.get(key);
    const both = other && intersection(child, other);
    if (both !== undefined && !both.isEmpty()) result.children.set(key, both);
  }
  return result;
}

/** What is in the first and neither in the second nor anywhere below one of its members. */
export function withoutBelow(a: FieldSet, b: FieldSet): FieldSet {
  const result = new FieldSet();
  result.member = a.member && !b.member;
  for (const [key, child] of a.children) {
    const other = b.children.get(key);
    if (other === undefined) result.children.set(key, child);
    else if (!other.member) {
      const rest = withoutBelow(child, other);
      if (!rest.isEmpty()) result.children.set(key, rest);
    }
  }
  return result;
}

/** Whether two sets hold the same paths. */
export function sameFields(a: FieldSet, b: FieldSet): boolean {
  return difference(a, b).isEmpty() && difference(b, a).isEmpty();
}

/** Every member, parents' members before deeper ones, as paths of written forms. */
export function pathsOf(set: FieldSet, above: readonly string[] = []): string[][] {
  const keys = [...set.children.keys()].sort(byWrittenForm);
  const members = keys.filter((key) => set.children.get(key)?.member).map((key) => [...above, key]);
  const deeper = keys.flatMap((key) => {
    const child = set.children.get(key);
    return child === undefined ? [] : pathsOf(child, [...above, key]);
  });
  return [...members, ...deeper];
}

/** The server sorts names of fields before keys, values and indexes. */
function byWrittenForm(a: string, b: string): number {
  const order = 'fkvi';
  return order.indexOf(a[0] ?? '') - order.indexOf(b[0] ?? '') || (a < b ? -1 : a > b ? 1 : 0);
}

const parsed = new WeakMap<JsonMap, FieldSet>();
const rendered = new WeakMap<FieldSet, JsonMap>();

/** What many objects have in common is kept once: the copies of one workload own the same fields. */
const pool = new Map<string, JsonMap>();

/** How many different sets are kept at most; then the pool begins anew, which costs memory and nothing else. */
const poolLimit = 5000;

/** Reads `fieldsV1`; the same object is read once. */
export function parseFields(fields: JsonMap): FieldSet {
  const known = parsed.get(fields);
  if (known !== undefined) return known;
  const set = parseNode(fields);
  parsed.set(fields, set);
  rendered.set(set, fields);
  return set;
}

function parseNode(fields: JsonMap): FieldSet {
  const set = new FieldSet();
  for (const [key, value] of Object.entries(fields)) {
    if (key === '.') set.member = true;
    else if (isMap(value)) {
      const child = parseNode(value);
      if (Object.keys(value).length === 0) child.member = true;
      set.children.set(key, child);
    }
  }
  return set;
}

/** Writes a set as `fieldsV1`; the same set is written once. */
export function renderFields(set: FieldSet): JsonMap {
  const known = rendered.get(set);
  if (known !== undefined) return known;
  const fields = pooled(renderNode(set));
  if (!parsed.has(fields)) parsed.set(fields, set);
  rendered.set(set, fields);
  return fields;
}

function pooled(fields: JsonMap): JsonMap {
  const text = JSON.stringify(fields);
  const known = pool.get(text);
  if (known !== undefined) return known;
  if (pool.size >= poolLimit) pool.clear();
  pool.set(text, fields);
  return fields;
}

function renderNode(set: FieldSet): JsonMap {
  const result: JsonMap = {};
  for (const [key, child] of set.children) if (!child.isEmpty()) result[key] = renderNode(child);
  return set.member && Object.keys(result).length > 0 ? { '.': {}, ...result } : result;
}

/** A path as conflicts tell it: `.spec.template.spec.containers[name="web"].image`. */
export function tellPath(path: readonly string[]): string {
  return path.map(tellElement).join('');
}

function tellElement(element: string): string {
  const rest = element.slice(2);
  if (element.startsWith('f:')) return `.${rest}`;
  if (element.startsWith('v:')) return `[=${rest}]`;
  if (element.startsWith('i:')) return `[${rest}]`;
  const keys = JSON.parse(rest) as Record<string, unknown>;
  const told = Object.entries(keys).map(([key, value]) => `${key}=${JSON.stringify(value)}`);
  return `[${told.join(',')}]`;
}
