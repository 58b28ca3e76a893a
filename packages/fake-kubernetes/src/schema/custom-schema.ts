import { type JsonMap, isMap, listAt } from '../json/json-tree.ts';
import { objectMetaSchema } from './builtin-schemas.ts';
import { type ListNode, type SchemaField, type SchemaNode, type StructNode, anyNode } from './schema-node.ts';

/** Reads the OpenAPI v3 schema of a definition as a schema for merging; metadata is that of every object. */
export function customSchema(kind: string, schema: JsonMap): StructNode {
  const fields = fieldsOf(schema);
  fields.set('apiVersion', plainField({ kind: 'scalar', type: 'string' }));
  fields.set('kind', plainField({ kind: 'scalar', type: 'string' }));
  fields.set('metadata', plainField(objectMetaSchema()));
  return { kind: 'struct', name: kind, atomic: false, open: keepsUnknown(schema), fields };
}

/** Whether fields that are not declared are kept. */
export function keepsUnknown(schema: JsonMap): boolean {
  return schema['x-kubernetes-preserve-unknown-fields'] === true;
}

function fieldsOf(schema: JsonMap): Map<string, SchemaField> {
  const fields = new Map<string, SchemaField>();
  const properties = isMap(schema['properties']) ? schema['properties'] : {};
  for (const [name, property] of Object.entries(properties)) {
    if (isMap(property)) fields.set(name, { ...plainField(nodeOf(property)), default: property['default'] });
  }
  return fields;
}

function plainField(node: SchemaNode): SchemaField {
  return { node, required: false, embedded: false, pointer: true, patchRetainKeys: false };
}

function nodeOf(schema: JsonMap): SchemaNode {
  if (schema['x-kubernetes-int-or-string'] === true) return { kind: 'scalar', type: 'int-or-string' };
  switch (schema['type']) {
    case 'array':
      return listOf(schema);
    case 'object':
      return objectOf(schema);
    case 'integer':
    case 'number':
    case 'boolean':
    case 'string':
      return { kind: 'scalar', type: schema['type'] };
    default:
      return anyNode;
  }
}

function objectOf(schema: JsonMap): SchemaNode {
  const atomic = schema['x-kubernetes-map-type'] === 'atomic';
  if (isMap(schema['properties'])) {
    return { kind: 'struct', name: '', atomic, open: keepsUnknown(schema), fields: fieldsOf(schema) };
  }
  const values = schema['additionalProperties'];
  if (isMap(values)) return { kind: 'map', values: nodeOf(values), atomic };
  return atomic ? { kind: 'map', values: anyNode, atomic } : anyNode;
}

function listOf(schema: JsonMap): ListNode {
  const items = isMap(schema['items']) ? nodeOf(schema['items']) : anyNode;
  const declared = schema['x-kubernetes-list-type'];
  const relation = declared === 'map' || declared === 'set' ? declared : 'atomic';
  const keys = listAt(schema, 'x-kubernetes-list-map-keys').map(String);
  return { kind: 'list', items, relation, keys, patchMerge: false, patchRetainKeys: false };
}
