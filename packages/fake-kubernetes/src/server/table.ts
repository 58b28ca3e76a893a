import { type Json, type JsonMap, isMap, listAt, mapAt, numberAt, textAt } from '../json/json-tree.ts';
import { labelSelectorOf, renderLabelSelector } from '../select/label-selector.ts';
import type { ResourceType } from './resource-type.ts';

interface Column {
  readonly name: string;
  readonly type: string;
  readonly format?: string;
  readonly priority?: number;
  readonly cell: (object: JsonMap, now: number) => Json;
}

/** The printed columns of a kind. */
export type TableColumns = readonly Column[];

const name: Column = {
  name: 'Name',
  type: 'string',
  format: 'name',
  cell: (object) => textAt(object, 'metadata', 'name'),
};
const age: Column = { name: 'Age', type: 'string', cell: (object, now) => ageOf(object, now) };

const columns: Readonly<Record<string, TableColumns>> = {
  configmaps: [name, { name: 'Data', type: 'string', cell: (object) => dataSize(object) }, age],
  deployments: [
    name,
    {
      name: 'Ready',
      type: 'string',
      cell: (object) => `${count(object, 'readyReplicas')}/${numberAt(object, 'spec', 'replicas') ?? 1}`,
    },
    { name: 'Up-to-date', type: 'string', cell: (object) => count(object, 'updatedReplicas') },
    { name: 'Available', type: 'string', cell: (object) => count(object, 'availableReplicas') },
    age,
    { name: 'Containers', type: 'string', priority: 1, cell: (object) => eachContainer(object, 'name') },
    { name: 'Images', type: 'string', priority: 1, cell: (object) => eachContainer(object, 'image') },
    {
      name: 'Selector',
      type: 'string',
      priority: 1,
      cell: (object) => renderLabelSelector(labelSelectorOf(mapAt(object, 'spec', 'selector')) ?? []),
    },
  ],
};

const created: Column = { ...age, type: 'date' };

/** Columns that a definition asks for; where it asks for none the age is told. */
function customColumns(printed: readonly Json[]): TableColumns {
  if (printed.length === 0) return [name, created];
  const asked = printed.map((column): Column => {
    const [type, path, format] = [
      textAt(column, 'type'),
      textAt(column, 'jsonPath'),
      textAt(column, 'format'),
    ];
    const priority = numberAt(column, 'priority') ?? 0;
    return {
      name: textAt(column, 'name'),
      type,
      format,
      priority,
      cell: (object, now) => cellAt(object, path, type, now),
    };
  });
  return [name, ...asked];
}

function cellAt(object: JsonMap, path: string, type: string, now: number): Json {
  const value = readPath(object, path);
  if (value === undefined) return null;
  if (type === 'date' && typeof value === 'string') return since(value, now);
  if (type === 'string' && typeof value !== 'string') return JSON.stringify(value);
  return value;
}

/** Names, and picks like `[?(@.type=="Ready")]`, which is all that definitions use here. */
function readPath(object: Json, path: string): Json | undefined {
  let here: Json | undefined = object;
  for (const part of path.match(/[^.[\]]+|\[\?\(@\.[^\]]+\]/g) ?? []) {
    const pick = /^\[\?\(@\.(\w+)\s*==\s*["']([^"']*)["']\)\]$/.exec(part);
    if (pick !== null)
      here = Array.isArray(here) ? here.find((item) => textAt(item, pick[1] ?? '') === pick[2]) : undefined;
    else here = Array.isArray(here) ? here[Number(part)] : isMap(here) ? here[part] : undefined;
  }
  return here;
}

const plain: TableColumns = [name, { ...age, name: 'Created At' }];

/** How a kind is printed. */
export function tableColumnsOf({ resource, custom }: ResourceType): TableColumns {
  if (custom !== undefined) return customColumns(custom.printed);
  return columns[resource] ?? plain;
}

/** A `Table` of objects; descriptions of columns are left out. */
export function tableOf(
  shown: TableColumns,
  objects: readonly JsonMap[],
  version: Json | undefined,
  now: number,
): JsonMap {
  return {
    kind: 'Table',
    apiVersion: 'meta.k8s.io/v1',
    metadata: version === undefined ? {} : { resourceVersion: version },
    columnDefinitions: shown.map(({ name: title, type, format, priority }) => ({
      name: title,
      type,
      format: format ?? '',
      description: '',
      priority: priority ?? 0,
    })),
    rows: objects.map((object) => ({
      cells: shown.map(({ cell }) => cell(object, now)),
      object: {
        kind: 'PartialObjectMetadata',
        apiVersion: 'meta.k8s.io/v1',
        metadata: object['metadata'] ?? {},
      },
    })),
  };
}

function ageOf(object: JsonMap, now: number): string {
  return since(textAt(object, 'metadata', 'creationTimestamp'), now);
}

function since(time: string, now: number): string {
  return `${Math.max(0, Math.floor((now - Date.parse(time)) / 1000))}s`;
}

function dataSize(object: JsonMap): number {
  return Object.keys(mapAt(object, 'data')).length + Object.keys(mapAt(object, 'binaryData')).length;
}

function count(object: JsonMap, key: string): number {
  return numberAt(object, 'status', key) ?? 0;
}

function eachContainer(object: JsonMap, key: string): string {
  return listAt(object, 'spec', 'template', 'spec', 'containers')
    .map((container) => (isMap(container) ? textAt(container, key) : ''))
    .join(',');
}
