import type { JsonMap } from '../json/json-tree.ts';
import type { StructNode } from '../schema/schema-node.ts';
import { compareFields } from './compare-fields.ts';
import { FieldSet, difference, union, withoutBelow } from './field-set.ts';
import { type Manager, type Managers, identityOf } from './field-ownership.ts';

/** Who writes, by which kind of write. */
export interface Writer {
  readonly name: string;
  readonly apiVersion: string;
  readonly subresource: string;
  /** RFC 3339 with whole seconds; a scale tells none. */
  readonly time: string | undefined;
}

/** No manager owns these. */
const neverOwned = fieldSet([
  ['f:apiVersion'],
  ['f:kind'],
  ['f:metadata', 'f:name'],
  ['f:metadata', 'f:namespace'],
  ['f:metadata', 'f:creationTimestamp'],
  ['f:metadata', 'f:selfLink'],
  ['f:metadata', 'f:uid'],
  ['f:metadata', 'f:clusterName'],
  ['f:metadata', 'f:generation'],
  ['f:metadata', 'f:managedFields'],
  ['f:metadata', 'f:resourceVersion'],
]);

/** Makes a set of paths. */
export function fieldSet(paths: readonly (readonly string[])[]): FieldSet {
  const set = new FieldSet();
  for (const path of paths) set.insert(path);
  return set;
}

/** Takes away what no manager owns and what this kind of write resets. */
export function ownable(set: FieldSet, reset: FieldSet): FieldSet {
  return withoutBelow(stripMetadata(difference(set, neverOwned)), reset);
}

/** The bare node of metadata is nobody's either. */
function stripMetadata(set: FieldSet): FieldSet {
  const metadata = set.children.get('f:metadata');
  if (metadata === undefined || !metadata.member) return set;
  const result = new FieldSet();
  for (const [key, child] of set.children) result.children.set(key, child);
  const plain = new FieldSet();
  for (const [key, child] of metadata.children) plain.children.set(key, child);
  result.children.set('f:metadata', plain);
  return result;
}

/** The managers after a write that is no apply: the writer owns what it changed, others lose that. */
export function manageUpdate(options: {
  readonly schema: StructNode;
  readonly live: JsonMap;
  readonly next: JsonMap;
  readonly managers: Managers;
  readonly writer: Writer;
  readonly reset: FieldSet;
}): Managers {
  const { schema, live, next, managers, writer, reset } = options;
  const { added, modified, removed } = compareFields(schema, withoutManaged(live), withoutManaged(next));
  const taken = ownable(union(added, modified), reset);
  const lost = withoutBelow(removed, reset);
  const result = new Map<string, Manager>();
  const identity = identityOf({ ...writer, operation: 'Update' });
  for (const [key, manager] of managers) {
    const kept = difference(key === identity ? manager.fields : difference(manager.fields, taken), lost);
    if (!kept.isEmpty()) result.set(key, { ...manager, fields: kept });
  }
  if (taken.isEmpty()) return result;
  const before = result.get(identity)?.fields;
  const fields = before === undefined ? taken : union(before, taken);
  result.set(identity, { ...writer, operation: 'Update', fields });
  return result;
}

/** The object without its own bookkeeping, which is never compared. */
export function withoutManaged(object: JsonMap): JsonMap {
  const { managedFields: _, ...metadata } = (object['metadata'] ?? {}) as JsonMap;
  return { ...object, metadata };
}
