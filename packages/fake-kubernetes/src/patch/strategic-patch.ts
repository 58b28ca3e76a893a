import { type Json, type JsonMap, copyJson, isMap, listAt, sameJson } from '../json/json-tree.ts';
import { plainError } from '../server/refusal.ts';
import { type ListNode, type SchemaNode, anyNode, childNode } from '../schema/schema-node.ts';

/**
 * A strategic merge patch, with its directives `$patch`, `$retainKeys`, `$setElementOrder/…` and `$deleteFromPrimitiveList/…`
 * (https://github.com/kubernetes/design-proposals-archive/blob/main/cli/preserve-order-in-strategic-merge-patch.md).
 */
export function strategicPatch(schema: SchemaNode, target: JsonMap, patch: JsonMap): JsonMap {
  if (patch['$patch'] === 'replace') {
    const { $patch: _, ...rest } = patch;
    return withoutDirectives(rest);
  }
  if (patch['$patch'] === 'delete') return {};
  const result = retainKeys(target, patch);
  for (const [key, value] of Object.entries(patch)) {
    if (!key.startsWith('$')) patchField(schema, result, key, value, patch);
    else if (key.startsWith('$deleteFromPrimitiveList/')) deleteItems(result, key, value);
  }
  for (const [key, order] of Object.entries(patch)) {
    if (key.startsWith('$setElementOrder/') && patch[key.slice(key.indexOf('/') + 1)] === undefined) {
      reorder(schema, result, key.slice(key.indexOf('/') + 1), order);
    }
  }
  return result;
}

function retainKeys(target: JsonMap, patch: JsonMap): JsonMap {
  const kept = patch['$retainKeys'];
  if (!Array.isArray(kept)) return { ...target };
  return Object.fromEntries(Object.entries(target).filter(([key]) => kept.includes(key)));
}

function patchField(schema: SchemaNode, result: JsonMap, key: string, value: Json, patch: JsonMap): void {
  const node = childNode(schema, key) ?? anyNode;
  const present = result[key];
  if (value === null) delete result[key];
  else if (isMap(value)) result[key] = strategicPatch(node, isMap(present) ? present : {}, value);
  else if (Array.isArray(value) && node.kind === 'list' && node.patchMerge) {
    result[key] = patchList(
      node,
      Array.isArray(present) ? present : [],
      value,
      patch[`$setElementOrder/${key}`],
    );
  } else result[key] = withoutDirectives(value);
}

function patchList(
  node: ListNode,
  present: readonly Json[],
  patch: readonly Json[],
  order: Json | undefined,
): Json[] {
  const key = node.patchMergeKey;
  if (key === undefined) return patchScalars(present, patch);
  const items = patch.filter(
    (item) => !(isMap(item) && item['$patch'] === 'replace' && Object.keys(item).length === 1),
  );
  const replaced = items.length < patch.length;
  let result: Json[] = replaced ? [] : [...present];
  // What is new and has no order given comes after what is there, as long as nobody says otherwise.
  const added: Json[] = [];
  for (const item of items) {
    if (!isMap(item)) throw plainError(`invalid patch item ${JSON.stringify(item)}`);
    const id = item[key];
    if (id === undefined)
      throw plainError(`map: map[${told(item)}] does not contain declared merge key: ${key}`);
    const at = result.findIndex((other) => isMap(other) && sameJson(other[key], id));
    if (item['$patch'] === 'delete')
      result = result.filter((other) => !(isMap(other) && sameJson(other[key], id)));
    else if (at >= 0 && item['$patch'] !== 'replace')
      result[at] = strategicPatch(node.items, mapOf(result[at]), item);
    else if (at >= 0) result[at] = strategicPatch(node.items, {}, item);
    else added.push(strategicPatch(node.items, {}, item));
  }
  return ordered(key, result, added, order ?? (replaced ? undefined : items));
}

function mapOf(value: Json | undefined): JsonMap {
  return isMap(value) ? value : {};
}

function told(item: JsonMap): string {
  return Object.entries(item)
    .map(([key, value]) => `${key}:${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join(' ');
}

/**
 * Items that the order names come in that order, the others stay where they were among themselves. An item that only
 * the live list has comes before an ordered one when it stood before it.
 */
function ordered(
  key: string,
  present: readonly Json[],
  added: readonly Json[],
  order: Json | undefined,
): Json[] {
  if (!Array.isArray(order)) return [...present, ...added];
  const idOf = (item: Json): Json | undefined => (isMap(item) ? item[key] : item);
  const placeOf = (item: Json): number => order.findIndex((one) => sameJson(idOf(one), idOf(item)));
  const all = [...present, ...added];
  const named = all.filter((item) => placeOf(item) >= 0).sort((a, b) => placeOf(a) - placeOf(b));
  const others = present.filter((item) => placeOf(item) < 0);
  const result: Json[] = [];
  let [n, o] = [0, 0];
  while (n < named.length || o < others.length) {
    const nextNamed = named[n];
    const nextOther = others[o];
    if (nextNamed === undefined || (nextOther !== undefined && stoodBefore(present, nextOther, nextNamed))) {
      result.push(nextOther ?? null);
      o += 1;
    } else {
      result.push(nextNamed);
      n += 1;
    }
  }
  return result;
}

function stoodBefore(present: readonly Json[], other: Json, named: Json): boolean {
  const at = present.indexOf(named);
  return at >= 0 && present.indexOf(other) < at;
}

function patchScalars(present: readonly Json[], patch: readonly Json[]): Json[] {
  const isNew = patch.filter((item) => !present.some((other) => sameJson(other, item)));
  return [...isNew, ...present];
}

function deleteItems(result: JsonMap, directive: string, value: Json): void {
  const key = directive.slice(directive.indexOf('/') + 1);
  const gone = Array.isArray(value) ? value : [];
  result[key] = listAt(result, key).filter((item) => !gone.some((other) => sameJson(other, item)));
}

function reorder(schema: SchemaNode, result: JsonMap, key: string, order: Json): void {
  const node = childNode(schema, key);
  const present = result[key];
  if (node?.kind !== 'list' || !Array.isArray(present)) return;
  result[key] = ordered(node.patchMergeKey ?? '', present, [], order);
}

function withoutDirectives(value: Json): JsonMap;
function withoutDirectives(value: Json): Json;
function withoutDirectives(value: Json): Json {
  if (Array.isArray(value)) return value.map((item) => withoutDirectives(item));
  if (!isMap(value)) return copyJson(value);
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key, item]) => !key.startsWith('$') && item !== null)
      .map(([key, item]) => [key, withoutDirectives(item)]),
  );
}
