import { readFileSync } from 'node:fs';
import { type JsonMap, isMap, listAt, textAt } from '../json/json-tree.ts';
import { isAlwaysWritten, isEmbedded, isPointer } from './go-shape.ts';
import {
  type ListNode,
  type ScalarType,
  type SchemaField,
  type SchemaNode,
  type StructNode,
  anyNode,
} from './schema-node.ts';

/** Reads one of the data files of this package: one JSON value per line. */
export function readSchemaLines(name: string): JsonMap[] {
  const text = readFileSync(new URL(`../../schemas/${name}`, import.meta.url), 'utf8');
  return text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as JsonMap);
}

const prefix = '#/definitions/';
const scalarDefinitions: Readonly<Record<string, ScalarType>> = {
  Quantity: 'quantity',
  IntOrString: 'int-or-string',
  Time: 'time',
  MicroTime: 'micro-time',
};
const openDefinitions = new Set(['FieldsV1', 'RawExtension', 'JSON', 'Patch']);

/** Fields of which the OpenAPI v3 document of the server tells a default that belongs to a list key. */
const keyDefaults: Readonly<Record<string, string>> = {
  'ContainerPort.protocol': 'TCP',
  'ServicePort.protocol': 'TCP',
};

let definitions: Map<string, JsonMap> | undefined;
const structs = new Map<string, StructNode>();
const rootNames = new Map<string, string>();

/** The schema of a built-in kind, or undefined where the Swagger subset does not hold it. */
export function builtinSchema(group: string, version: string, kind: string): StructNode | undefined {
  const name = (load(), rootNames.get(`${group}/${version}/${kind}`));
  return name === undefined ? undefined : structOf(name);
}

/** The schema of `metadata`, which is the same for every kind. */
export function objectMetaSchema(): StructNode {
  return structOf('io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta');
}

/** The schema of the options of a deletion. */
export function deleteOptionsSchema(): StructNode {
  return structOf('io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptions');
}

function load(): Map<string, JsonMap> {
  if (definitions !== undefined) return definitions;
  definitions = new Map();
  for (const line of readSchemaLines('builtin.jsonl')) {
    const name = textAt(line, 'name');
    const definition = line['definition'] as JsonMap;
    definitions.set(name, definition);
    for (const known of listAt(definition, 'x-kubernetes-group-version-kind')) {
      const key = `${textAt(known, 'group')}/${textAt(known, 'version')}/${textAt(known, 'kind')}`;
      if (!rootNames.has(key)) rootNames.set(key, name);
    }
  }
  return definitions;
}

function structOf(name: string): StructNode {
  const known = structs.get(name);
  if (known !== undefined) return known;
  const definition = load().get(name) ?? {};
  const short = name.split('.').at(-1) ?? name;
  const node: StructNode = {
    kind: 'struct',
    name: short,
    atomic: definition['x-kubernetes-map-type'] === 'atomic',
    open: false,
    fields: new Map(),
  };
  structs.set(name, node);
  const required = new Set(listAt(definition, 'required'));
  const properties = isMap(definition['properties']) ? definition['properties'] : {};
  for (const [field, property] of Object.entries(properties)) {
    if (isMap(property)) node.fields.set(field, fieldOf(short, field, property, required.has(field)));
  }
  return node;
}

function fieldOf(definition: string, field: string, property: JsonMap, required: boolean): SchemaField {
  const node = nodeOf(property);
  const struct = node.kind === 'struct';
  return {
    node,
    required: isAlwaysWritten(definition, field, required),
    embedded: struct && isEmbedded(definition, field, required, node.name),
    pointer: isPointer(definition, field, textAt(property, 'type') || undefined),
    default: keyDefaults[`${definition}.${field}`],
    patchRetainKeys: textAt(property, 'x-kubernetes-patch-strategy').includes('retainKeys'),
  };
}

function nodeOf(property: JsonMap): SchemaNode {
  const reference = textAt(property, '$ref');
  if (reference !== '') return referenced(reference.slice(prefix.length), property);
  switch (property['type']) {
    case 'array':
      return listOf(property);
    case 'object':
      return {
        kind: 'map',
        values: isMap(property['additionalProperties']) ? nodeOf(property['additionalProperties']) : anyNode,
        atomic: property['x-kubernetes-map-type'] === 'atomic',
      };
    case 'integer':
    case 'number':
    case 'boolean':
      return { kind: 'scalar', type: property['type'] };
    case 'string':
      return { kind: 'scalar', type: property['format'] === 'byte' ? 'bytes' : 'string' };
    default:
      return anyNode;
  }
}

function referenced(name: string, property: JsonMap): SchemaNode {
  const short = name.split('.').at(-1) ?? name;
  const scalar = scalarDefinitions[short];
  if (scalar !== undefined) return { kind: 'scalar', type: scalar };
  if (openDefinitions.has(short)) return anyNode;
  const definition = load().get(name);
  if (definition === undefined || definition['properties'] === undefined) return emptyStruct(short);
  const struct = structOf(name);
  if (property['x-kubernetes-map-type'] !== 'atomic' || struct.atomic) return struct;
  return { ...struct, atomic: true };
}

/** Definitions that may hold anything (`JSONSchemaPropsOrBool`) and structs without a field look alike. */
function emptyStruct(short: string): SchemaNode {
  if (/Or(Array|Bool|StringArray)$/.test(short)) return anyNode;
  return { kind: 'struct', name: short, atomic: false, open: false, fields: new Map() };
}

function listOf(property: JsonMap): ListNode {
  const items = isMap(property['items']) ? nodeOf(property['items']) : anyNode;
  const mergeKey = textAt(property, 'x-kubernetes-patch-merge-key') || undefined;
  const strategy = textAt(property, 'x-kubernetes-patch-strategy');
  const patchMerge = strategy.includes('merge');
  const declared = textAt(property, 'x-kubernetes-list-type');
  const keys = listAt(property, 'x-kubernetes-list-map-keys').map(String);
  const shape = {
    kind: 'list' as const,
    items,
    patchMergeKey: mergeKey,
    patchMerge,
    patchRetainKeys: strategy.includes('retainKeys'),
  };
  if (declared === 'map') return { ...shape, relation: 'map', keys };
  if (declared === 'set') return { ...shape, relation: 'set', keys: [] };
  if (declared === 'atomic' || !patchMerge) return { ...shape, relation: 'atomic', keys: [] };
  // Older definitions only tell how to patch; the server reads the type of the list from that.
  return mergeKey === undefined
    ? { ...shape, relation: 'set', keys: [] }
    : { ...shape, relation: 'map', keys: [mergeKey] };
}
