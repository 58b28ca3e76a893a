import { type Json, isMap } from '../json/json-tree.ts';
import { type SchemaNode, anyNode, childNode } from '../schema/schema-node.ts';
import { FieldSet } from './field-set.ts';
import { itemElement } from './list-items.ts';

/** Every path that an applied configuration names. */
export function fieldsOf(schema: SchemaNode, value: Json): FieldSet {
  const set = new FieldSet();
  walk(set, schema, value, []);
  return set;
}

function walk(set: FieldSet, node: SchemaNode, value: Json, path: string[]): void {
  if (node.kind === 'scalar') set.insert(path);
  else if (node.kind === 'list') walkList(set, node, value, path);
  else if (node.kind === 'any' && !isMap(value)) set.insert(path);
  else if (node.kind !== 'any' && node.atomic) set.insert(path);
  else walkFields(set, node, value, path);
}

function walkList(set: FieldSet, node: SchemaNode & { kind: 'list' }, value: Json, path: string[]): void {
  if (node.relation === 'atomic') {
    set.insert(path);
    return;
  }
  if (!Array.isArray(value)) return;
  value.forEach((item, at) => {
    const below = [...path, itemElement(node, item) ?? `i:${at}`];
    walk(set, node.items, item, below);
    set.insert(below);
  });
}

function walkFields(set: FieldSet, node: SchemaNode, value: Json, path: string[]): void {
  if (!isMap(value)) return;
  for (const [key, item] of Object.entries(value)) {
    const below = [...path, `f:${key}`];
    walk(set, childNode(node, key) ?? anyNode, item, below);
    const declared = node.kind === 'struct' && node.fields.has(key);
    if (item === null || (isMap(item) && Object.keys(item).length === 0) || !declared) set.insert(below);
  }
}
