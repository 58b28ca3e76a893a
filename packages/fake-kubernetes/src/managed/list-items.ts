import { type Json, isMap } from '../json/json-tree.ts';
import type { ListNode } from '../schema/schema-node.ts';

/** The written form of an item of a set or keyed list (`v:"x"`, `k:{"name":"web"}`), or undefined when it has no key. */
export function itemElement(list: ListNode, item: Json): string | undefined {
  if (list.relation === 'set') return `v:${JSON.stringify(item)}`;
  if (!isMap(item)) return undefined;
  const keys: [string, Json][] = [];
  for (const key of [...list.keys].sort()) {
    const field = list.items.kind === 'struct' ? list.items.fields.get(key) : undefined;
    const value = item[key] ?? field?.default;
    if (value !== undefined && value !== null) keys.push([key, value]);
  }
  return keys.length === 0 ? undefined : `k:${JSON.stringify(Object.fromEntries(keys))}`;
}

/** The items of a list by their written form, in order; of doubles the first counts. Items without a key go by their place. */
export function indexItems(list: ListNode, items: readonly Json[]): Map<string, Json> {
  const index = new Map<string, Json>();
  items.forEach((item, at) => {
    const element = itemElement(list, item) ?? `i:${at}`;
    if (!index.has(element)) index.set(element, item);
  });
  return index;
}
