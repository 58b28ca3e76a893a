import { type Json, type JsonMap, copyJson, isMap, textAt } from '../json/json-tree.ts';
import { badRequest } from '../server/refusal.ts';
import { objectMetaSchema } from './builtin-schemas.ts';
import { keepsUnknown } from './custom-schema.ts';
import { type Decoded, decodeBuiltin } from './decode-builtin.ts';

/** Reads an object of a definition: undeclared fields are pruned and told, defaults are filled in, metadata is read as of any kind. */
export function decodeCustom(schema: JsonMap, value: JsonMap, kind: string, version: string): Decoded {
  const unknown: string[] = [];
  const object = pruneObject(schema, value, '', unknown);
  const metadata = value['metadata'];
  if (metadata !== undefined && metadata !== null && !isMap(metadata)) {
    throw badRequest(`${kind} in version "${version}" cannot be handled as a ${kind}: metadata is no object`);
  }
  const decoded = decodeBuiltin(objectMetaSchema(), metadata ?? {}, version);
  object['metadata'] = decoded.object;
  unknown.push(...decoded.unknownFields.map((field) => `metadata.${field}`));
  for (const key of ['apiVersion', 'kind'])
    if (typeof value[key] === 'string') object[key] = textAt(value, key);
  defaultCustom(schema, object);
  return { object, unknownFields: unknown };
}

const everywhere = ['apiVersion', 'kind', 'metadata'];

function pruneObject(schema: JsonMap, value: JsonMap, path: string, unknown: string[]): JsonMap {
  const properties = isMap(schema['properties']) ? schema['properties'] : {};
  const others = schema['additionalProperties'];
  const result: JsonMap = {};
  for (const [key, item] of Object.entries(value)) {
    // What every object has is read apart from what the definition says.
    if (path === '' && everywhere.includes(key)) continue;
    const below = path === '' ? key : `${path}.${key}`;
    const declared = properties[key] ?? (isMap(others) ? others : undefined);
    if (isMap(declared)) result[key] = pruneValue(declared, item, below, unknown);
    else if (keepsUnknown(schema) || others === true) result[key] = copyJson(item);
    else unknown.push(below);
  }
  return result;
}

function pruneValue(schema: JsonMap, value: Json, path: string, unknown: string[]): Json {
  if (isMap(value)) {
    const bare = schema['properties'] === undefined && schema['additionalProperties'] === undefined;
    if (bare && (keepsUnknown(schema) || schema['type'] !== 'object')) return copyJson(value);
    return pruneObject(schema, value, path, unknown);
  }
  const items = schema['items'];
  if (Array.isArray(value) && isMap(items)) {
    return value.map((item, at) => pruneValue(items, item, `${path}[${at}]`, unknown));
  }
  return copyJson(value);
}

/** Fills in defaults; a null where the schema allows none counts as absent. Changes the value. */
export function defaultCustom(schema: JsonMap, value: Json): void {
  if (Array.isArray(value)) {
    const items = schema['items'];
    if (isMap(items)) for (const item of value) defaultCustom(items, item);
    return;
  }
  if (!isMap(value)) return;
  const properties = isMap(schema['properties']) ? schema['properties'] : {};
  for (const [key, property] of Object.entries(properties)) {
    if (!isMap(property)) continue;
    if (value[key] === null && property['nullable'] !== true) delete value[key];
    if (value[key] === undefined && property['default'] !== undefined)
      value[key] = copyJson(property['default']);
    if (value[key] !== undefined) defaultCustom(property, value[key]);
  }
  const others = schema['additionalProperties'];
  if (!isMap(others)) return;
  for (const [key, item] of Object.entries(value))
    if (properties[key] === undefined) defaultCustom(others, item);
}
