import { type Json, type JsonMap, isMap } from '../json/json-tree.ts';
import { type ListNode, type SchemaNode, anyNode, childNode } from '../schema/schema-node.ts';
import { indexItems } from './list-items.ts';

/** Lays an applied configuration over a live object: what it names counts, lists with keys are merged item by item. */
export function mergeFields(
  schema: SchemaNode,
  live: Json | undefined,
  applied: Json | undefined,
): Json | undefined {
  if (applied === undefined) return live;
  if (live === undefined || isAtomic(schema)) return applied;
  if (schema.kind === 'list') {
    if (!Array.isArray(live) || !Array.isArray(applied)) return applied;
    return mergeItems(schema, live, applied);
  }
  if (!isMap(live) || !isMap(applied)) return applied;
  const merged: JsonMap = { ...live };
  for (const [key, value] of Object.entries(applied)) {
    const result = mergeFields(childNode(schema, key) ?? anyNode, live[key], value);
    if (result !== undefined) merged[key] = result;
  }
  return merged;
}

function isAtomic(node: SchemaNode): boolean {
  if (node.kind === 'scalar') return true;
  if (node.kind === 'list') return node.relation === 'atomic';
  return node.kind !== 'any' && node.atomic;
}

/** Keeps the order of the live list where it can, and takes that of the applied one for what both hold. */
function mergeItems(node: ListNode, live: readonly Json[], applied: readonly Json[]): Json[] {
  const left = indexItems(node, live);
  const right = indexItems(node, applied);
  const leftKeys = [...left.keys()];
  const rightKeys = [...right.keys()];
  const shared = rightKeys.filter((key) => left.has(key));
  const merged: Json[] = [];
  let [l, r, nextShared] = [0, 0, 0];
  const takeRight = (key: string): void => {
    const item = mergeFields(node.items, left.get(key), right.get(key));
    if (item !== undefined) merged.push(item);
    if (shared[nextShared] === key) nextShared += 1;
    r += 1;
  };
  while (l < leftKeys.length || r < rightKeys.length) {
    const leftKey = leftKeys[l];
    const rightKey = rightKeys[r];
    if (leftKey !== undefined && leftKey === rightKey) {
      takeRight(leftKey);
      l += 1;
    } else if (leftKey !== undefined && right.has(leftKey) && shared[nextShared] !== leftKey) {
      // It comes elsewhere in the applied order.
      l += 1;
    } else if (leftKey !== undefined && !right.has(leftKey)) {
      merged.push(left.get(leftKey) ?? null);
      l += 1;
    } else if (rightKey !== undefined) takeRight(rightKey);
    else l += 1;
  }
  return merged;
}
