import { type JsonMap, isMap, sameJson } from '../json/json-tree.ts';
import { Refusal } from '../server/refusal.ts';
import type { StructNode } from '../schema/schema-node.ts';
import { compareFields } from './compare-fields.ts';
import { FieldSet, difference, intersection, pathsOf, sameFields, tellPath, union } from './field-set.ts';
import { fieldsOf } from './fields-of.ts';
import { type Writer, ownable, withoutManaged } from './manage-update.ts';
import { type Manager, type Managers, identityOf } from './field-ownership.ts';
import { mergeFields } from './merge-fields.ts';
import { removeFields } from './remove-fields.ts';

/** What an apply makes of an object; null where it changes nothing of it. */
export interface Applied {
  readonly object: JsonMap | null;
  readonly managers: Managers;
}

/**
 * Server-side apply: merges the configuration into the live object, takes out what the manager applied before and nobody
 * else owns, and refuses with 409 where another manager owns a field that would change, unless forced.
 */
export function manageApply(options: {
  readonly schema: StructNode;
  readonly live: JsonMap;
  readonly config: JsonMap;
  readonly managers: Managers;
  readonly writer: Writer;
  readonly reset: FieldSet;
  readonly force: boolean;
}): Applied {
  const { schema, config, writer, reset, force } = options;
  const live = withoutManaged(options.live);
  const identity = identityOf({ ...writer, operation: 'Apply' });
  const last = options.managers.get(identity);
  const fields = ownable(fieldsOf(schema, config), reset);
  const managers = new Map(options.managers);
  const { time, ...untimed } = writer;
  managers.set(identity, { ...untimed, time: last?.time, operation: 'Apply', fields });
  const merged = mergeFields(schema, live, config);
  const pruned = prune(schema, isMap(merged) ? merged : {}, managers, last);
  const settled = settle({ schema, live, pruned, managers, identity, force, reset });
  if (sameJson(live, pruned)) return { object: null, managers: dropEmpty(settled) };
  const own = settled.get(identity);
  if (own !== undefined) settled.set(identity, { ...own, time });
  return { object: pruned, managers: dropEmpty(settled) };
}

/** Takes out what was applied before and is not any more, unless another manager owns it. */
function prune(schema: StructNode, merged: JsonMap, managers: Managers, last: Manager | undefined): JsonMap {
  if (last === undefined || last.fields.isEmpty()) return merged;
  let owned = new FieldSet();
  for (const manager of managers.values()) owned = union(owned, manager.fields);
  // A path that somebody owns something below is somebody's too.
  const lost = difference(last.fields, withParents(owned));
  const result = removeFields(schema, merged, lost);
  return isMap(result) ? result : merged;
}

function withParents(set: FieldSet): FieldSet {
  const result = new FieldSet();
  result.member = true;
  for (const [key, child] of set.children) if (!child.isEmpty()) result.children.set(key, withParents(child));
  return result;
}

/** Finds conflicts with other managers, and what everybody owns afterwards. */
function settle(options: {
  readonly schema: StructNode;
  readonly live: JsonMap;
  readonly pruned: JsonMap;
  readonly managers: Managers;
  readonly identity: string;
  readonly force: boolean;
  readonly reset: FieldSet;
}): Map<string, Manager> {
  const { schema, live, pruned, managers, identity, force, reset } = options;
  const { added, modified, removed } = compareFields(schema, live, pruned);
  const changed = ownable(union(added, modified), reset);
  const conflicts: [Manager, FieldSet][] = [];
  const result = new Map<string, Manager>();
  for (const [key, manager] of managers) {
    if (key === identity) {
      result.set(key, manager);
      continue;
    }
    const contested = intersection(manager.fields, changed);
    if (!contested.isEmpty()) conflicts.push([manager, contested]);
    result.set(key, { ...manager, fields: difference(difference(manager.fields, contested), removed) });
  }
  if (conflicts.length > 0 && !force) throw conflictsTold(conflicts);
  return result;
}

function dropEmpty(managers: Managers): Managers {
  return new Map([...managers].filter(([, { fields }]) => !fields.isEmpty()));
}

function conflictsTold(conflicts: readonly [Manager, FieldSet][]): Refusal {
  const single = conflicts.map(([manager, fields]) => ({
    who: whoIs(manager),
    paths: pathsOf(fields).map(tellPath),
  }));
  single.sort((a, b) => (a.who < b.who ? -1 : 1));
  const causes = single.flatMap(({ who, paths }) =>
    paths.map((field) => ({ reason: 'FieldManagerConflict', message: `conflict with ${who}`, field })),
  );
  const first = single[0];
  const head = `Apply failed with ${causes.length} conflict${causes.length === 1 ? '' : 's'}: `;
  const told =
    causes.length === 1
      ? `conflict with ${first?.who}: ${first?.paths[0]}`
      : single
          .map(({ who, paths }) => `conflicts with ${who}:\n${paths.map((path) => `- ${path}`).join('\n')}`)
          .join('\n');
  return new Refusal(409, 'Conflict', head + told, { causes });
}

function whoIs({ name, operation, apiVersion, subresource }: Manager): string {
  const by = subresource === '' ? '' : ` with subresource "${subresource}"`;
  return `"${name}"${by}${operation === 'Update' ? ` using ${apiVersion}` : ''}`;
}

/** Whether two lists of managers say the same, times aside. */
export function sameManagers(a: Managers, b: Managers): boolean {
  if (a.size !== b.size) return false;
  for (const [key, manager] of a) {
    const other = b.get(key);
    if (other === undefined || !sameFields(manager.fields, other.fields)) return false;
  }
  return true;
}
