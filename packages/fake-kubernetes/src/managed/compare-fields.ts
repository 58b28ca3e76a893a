import { type Json, isMap, sameJson } from '../json/json-tree.ts';
import { type ListNode, type SchemaNode, anyNode, childNode } from '../schema/schema-node.ts';
import { FieldSet } from './field-set.ts';
import { indexItems } from './list-items.ts';

/** How two versions of an object differ, in paths. */
export interface Comparison {
  readonly added: FieldSet;
  readonly modified: FieldSet;
  readonly removed: FieldSet;
}

/** Compares two versions of an object along its schema, as structured-merge-diff does (sigs.k8s.io/structured-merge-diff). */
export function compareFields(schema: SchemaNode, before: Json, after: Json): Comparison {
  const comparison = { added: new FieldSet(), modified: new FieldSet(), removed: new FieldSet() };
  walk(comparison, schema, before, after, []);
  return comparison;
}

type Side = Json | undefined;

function walk(comparison: Comparison, node: SchemaNode, before: Side, after: Side, path: string[]): void {
  if (before === after && (before === undefined || typeof before === 'object')) return;
  if (isLeaf(node, before, after)) {
    leaf(comparison, before, after, path);
    return;
  }
  if (node.kind === 'list') walkItems(comparison, node, before, after, path);
  else walkFields(comparison, node, before, after, path);
  if (path.length === 0) return;
  if (before === undefined) comparison.added.insert(path);
  else if (after === undefined) comparison.removed.insert(path);
}

function leaf(comparison: Comparison, before: Side, after: Side, path: string[]): void {
  if (after === undefined) comparison.removed.insert(path);
  else if (before === undefined) comparison.added.insert(path);
  else if (!sameJson(before, after)) comparison.modified.insert(path);
}

/** Scalars, atomic lists and objects, and what is empty on both sides. */
function isLeaf(node: SchemaNode, before: Side, after: Side): boolean {
  if (node.kind === 'scalar') return true;
  if (node.kind === 'any')
    return (
      !((before === undefined || isMap(before)) && (after === undefined || isMap(after))) ||
      bothEmpty(before, after)
    );
  if (node.kind === 'list') return node.relation === 'atomic' || bothEmpty(before, after);
  return node.atomic || bothEmpty(before, after);
}

function bothEmpty(before: Side, after: Side): boolean {
  return isEmpty(before) && isEmpty(after);
}

function isEmpty(value: Side): boolean {
  if (value === undefined || value === null) return true;
  return typeof value === 'object' && Object.keys(value).length === 0;
}

function walkFields(
  comparison: Comparison,
  node: SchemaNode,
  before: Side,
  after: Side,
  path: string[],
): void {
  const left = isMap(before) ? before : {};
  const right = isMap(after) ? after : {};
  for (const key of new Set([...Object.keys(left), ...Object.keys(right)])) {
    path.push(`f:${key}`);
    walk(comparison, childNode(node, key) ?? anyNode, left[key], right[key], path);
    path.pop();
  }
}

function walkItems(comparison: Comparison, node: ListNode, before: Side, after: Side, path: string[]): void {
  const left = indexItems(node, Array.isArray(before) ? before : []);
  const right = indexItems(node, Array.isArray(after) ? after : []);
  for (const element of new Set([...left.keys(), ...right.keys()])) {
    path.push(element);
    walk(comparison, node.items, left.get(element), right.get(element), path);
    path.pop();
  }
}
