import { type Json, type JsonMap, isMap } from '../json/json-tree.ts';
import { type ListNode, type SchemaNode, anyNode, childNode } from '../schema/schema-node.ts';
import type { FieldSet } from './field-set.ts';
import { itemElement } from './list-items.ts';

/** The object without what lies at the paths of a set; objects and lists that become empty are null. */
export function removeFields(schema: SchemaNode, value: Json, gone: FieldSet): Json {
  if (gone.children.size === 0) return value;
  if (schema.kind === 'list')
    return Array.isArray(value) && schema.relation !== 'atomic' ? removeItems(schema, value, gone) : value;
  if (!isMap(value) || (schema.kind !== 'any' && schema.kind !== 'scalar' && schema.atomic)) return value;
  const result: JsonMap = {};
  for (const [key, item] of Object.entries(value)) {
    const below = gone.children.get(`f:${key}`);
    if (below?.member) continue;
    result[key] = below === undefined ? item : removeFields(childNode(schema, key) ?? anyNode, item, below);
  }
  return Object.keys(result).length > 0 ? result : null;
}

function removeItems(node: ListNode, items: readonly Json[], gone: FieldSet): Json {
  const result: Json[] = [];
  items.forEach((item, at) => {
    const below = gone.children.get(itemElement(node, item) ?? `i:${at}`);
    if (below?.member) return;
    result.push(below === undefined ? item : removeFields(node.items, item, below));
  });
  return result.length > 0 ? result : null;
}
