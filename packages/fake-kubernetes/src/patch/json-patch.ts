import { type Json, copyJson, isMap, sameJson } from '../json/json-tree.ts';
import { unprocessable } from '../server/refusal.ts';

/** How many operations the server takes in one patch. */
const operationLimit = 10_000;

/**
 * A JSON patch (RFC 6902) with the habits of the server's library: `replace` of an absent key of an object adds it. Throws a refusal with
 * status 422 for whatever cannot be done.
 */
export function jsonPatch(target: Json, operations: readonly Json[]): Json {
  if (operations.length > operationLimit) throw unprocessable();
  let document = copyJson(target);
  for (const operation of operations) {
    if (!isMap(operation)) throw unprocessable();
    document = step(document, operation['op'], operation['path'], operation['from'], operation['value']);
  }
  return document;
}

function step(document: Json, op: unknown, path: unknown, from: unknown, value: Json | undefined): Json {
  const target = pointer(path);
  switch (op) {
    case 'add':
      return put(document, target, needed(value), 'add');
    case 'replace':
      return put(document, target, needed(value), 'replace');
    case 'remove':
      take(document, target);
      return document;
    case 'move':
      return put(document, target, take(document, pointer(from)), 'add');
    case 'copy':
      return put(document, target, copyJson(read(document, pointer(from))), 'add');
    case 'test':
      if (!sameJson(find(document, target) ?? null, value ?? null)) throw unprocessable();
      return document;
    default:
      throw unprocessable();
  }
}

function pointer(text: unknown): string[] {
  if (typeof text !== 'string' || (text !== '' && !text.startsWith('/'))) throw unprocessable();
  const parts = text === '' ? [] : text.slice(1).split('/');
  return parts.map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
}

function needed(value: Json | undefined): Json {
  return value === undefined ? null : copyJson(value);
}

function find(document: Json, path: readonly string[]): Json | undefined {
  let here: Json | undefined = document;
  for (const part of path) {
    if (Array.isArray(here)) here = here[Number(part)];
    else here = isMap(here) ? here[part] : undefined;
  }
  return here;
}

function read(document: Json, path: readonly string[]): Json {
  const found = find(document, path);
  if (found === undefined) throw unprocessable();
  return found;
}

function put(document: Json, path: readonly string[], value: Json, how: 'add' | 'replace'): Json {
  const last = path.at(-1);
  if (last === undefined) return value;
  const parent = read(document, path.slice(0, -1));
  if (Array.isArray(parent)) {
    const at = last === '-' && how === 'add' ? parent.length : indexIn(parent, last, how === 'add' ? 1 : 0);
    parent.splice(at, how === 'add' ? 0 : 1, value);
  } else if (isMap(parent)) parent[last] = value;
  else throw unprocessable();
  return document;
}

function take(document: Json, path: readonly string[]): Json {
  const last = path.at(-1);
  if (last === undefined) throw unprocessable();
  const parent = read(document, path.slice(0, -1));
  if (Array.isArray(parent)) return parent.splice(indexIn(parent, last, 0), 1)[0] ?? null;
  if (!isMap(parent) || parent[last] === undefined) throw unprocessable();
  const taken = parent[last];
  delete parent[last];
  return taken;
}

function indexIn(list: readonly Json[], part: string, beyond: number): number {
  const at = Number(part);
  if (!/^\d+$/.test(part) || at >= list.length + beyond) throw unprocessable();
  return at;
}
