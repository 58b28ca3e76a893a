import { type Json, type JsonMap, isMap, listAt, textAt } from '../json/json-tree.ts';
import { type FieldSet, parseFields, renderFields } from './field-set.ts';

/** One entry of `managedFields`: who owns which fields by which kind of write. */
export interface Manager {
  readonly name: string;
  readonly operation: 'Apply' | 'Update';
  readonly apiVersion: string;
  readonly subresource: string;
  readonly time: string | undefined;
  readonly fields: FieldSet;
}

/** The managers of an object by their identity. */
export type Managers = ReadonlyMap<string, Manager>;

/** What makes two writes the same manager's: everything but the time and the fields. */
export function identityOf(
  manager: Pick<Manager, 'name' | 'operation' | 'apiVersion' | 'subresource'>,
): string {
  const { name, operation, apiVersion, subresource } = manager;
  // An apply goes by name alone, so that it may be done in a newer version.
  return operation === 'Apply'
    ? `Apply/${name}/${subresource}`
    : `Update/${name}/${apiVersion}/${subresource}`;
}

/** Reads the managers of an object. */
export function managersOf(object: JsonMap): Managers {
  const managers = new Map<string, Manager>();
  const metadata = object['metadata'];
  for (const entry of listAt(isMap(metadata) ? metadata : {}, 'managedFields')) {
    if (!isMap(entry)) continue;
    const manager: Manager = {
      name: textAt(entry, 'manager'),
      operation: textAt(entry, 'operation') === 'Apply' ? 'Apply' : 'Update',
      apiVersion: textAt(entry, 'apiVersion'),
      subresource: textAt(entry, 'subresource'),
      time: textAt(entry, 'time') || undefined,
      fields: parseFields(isMap(entry['fieldsV1']) ? entry['fieldsV1'] : {}),
    };
    managers.set(identityOf(manager), manager);
  }
  return managers;
}

/** Writes managers as `managedFields`, sorted as the server does: by operation, time, name, version and subresource. */
export function renderManagers(managers: Managers): Json[] {
  return [...managers.values()]
    .filter(({ fields }) => !fields.isEmpty())
    .sort((a, b) => compareText(sortKey(a), sortKey(b)))
    .map(({ name, operation, apiVersion, subresource, time, fields }) => ({
      manager: name,
      operation,
      apiVersion,
      ...(time === undefined ? {} : { time }),
      fieldsType: 'FieldsV1',
      fieldsV1: renderFields(fields),
      ...(subresource === '' ? {} : { subresource }),
    }));
}

function sortKey({ name, operation, apiVersion, subresource, time }: Manager): string {
  return [operation, time ?? '', name, apiVersion, subresource].join(' ');
}

function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
