import { type Json, type JsonMap, copyJson, isMap, plainText } from '../json/json-tree.ts';
import { badRequest } from '../server/refusal.ts';
import { canonicalQuantity } from './quantity.ts';
import {
  type ScalarNode,
  type SchemaField,
  type SchemaNode,
  type StructNode,
  forcedFields,
} from './schema-node.ts';

interface Decoding {
  /** `Deployment in version "v1" cannot be handled as a Deployment`. */
  readonly subject: string;
  /** Fields that are not declared, for warnings and strict decoding. */
  readonly unknown: string[];
}

/** What decoding found besides the object. */
export interface Decoded {
  readonly object: JsonMap;
  readonly unknownFields: readonly string[];
}

/**
 * Reads JSON as the server's Go types would: undeclared fields are dropped and told, empty optional fields are left out,
 * structs that are no pointers and required fields are written, quantities and times become canonical. Throws a refusal
 * with status 400 for a value of the wrong JSON type.
 */
export function decodeBuiltin(schema: StructNode, value: JsonMap, version: string): Decoded {
  const kind = schema.name;
  const decoding: Decoding = {
    subject: `${kind} in version "${version}" cannot be handled as a ${kind}`,
    unknown: [],
  };
  const object = decodeStruct(decoding, schema, value, '');
  for (const key of ['apiVersion', 'kind'])
    if (typeof value[key] === 'string' && value[key] !== '') object[key] = value[key];
  return { object, unknownFields: decoding.unknown };
}

/** An object of which nothing is set yet, with what the server would write nevertheless. */
export function emptyObject(schema: StructNode): JsonMap {
  return decodeBuiltin(schema, {}, '').object;
}

function decodeStruct(decoding: Decoding, schema: StructNode, value: JsonMap, path: string): JsonMap {
  const result: JsonMap = {};
  const at = (key: string): string => (path === '' ? key : `${path}.${key}`);
  for (const [key, given] of Object.entries(value)) {
    const field = schema.fields.get(key);
    if (field === undefined) {
      if (schema.open) result[key] = copyJson(given);
      else if (given !== null || path !== '') decoding.unknown.push(at(key));
      continue;
    }
    const decoded = decodeField(decoding, field, given, at(key));
    if (decoded !== undefined) result[key] = decoded;
  }
  for (const key of forcedFields(schema)) {
    const field = schema.fields.get(key);
    if (field === undefined || value[key] !== undefined) continue;
    const empty = emptyValue(decoding, field, at(key));
    if (empty !== undefined) result[key] = empty;
  }
  return result;
}

/** The value that is written for a field, or undefined when it is left out. */
function decodeField(decoding: Decoding, field: SchemaField, given: Json, path: string): Json | undefined {
  const { node } = field;
  if (given === null) return emptyValue(decoding, field, path);
  const value = decodeNode(decoding, node, given, path);
  if (field.required || node.kind === 'struct' || node.kind === 'any') return value;
  if (Array.isArray(value)) return value.length === 0 ? undefined : value;
  if (isMap(value)) return Object.keys(value).length === 0 ? undefined : value;
  if (field.pointer) return value;
  return value === '' || value === 0 || value === false ? undefined : value;
}

function emptyValue(decoding: Decoding, field: SchemaField, path: string): Json | undefined {
  const { node } = field;
  if (node.kind === 'struct') {
    if (field.embedded) return decodeStruct(decoding, node, {}, path);
    return field.required ? null : undefined;
  }
  if (!field.required) return undefined;
  return node.kind === 'scalar' ? zeroOf(node) : null;
}

function zeroOf({ type }: ScalarNode): Json {
  if (type === 'integer' || type === 'number' || type === 'int-or-string') return 0;
  if (type === 'boolean') return false;
  if (type === 'quantity') return '0';
  return type === 'string' ? '' : null;
}

function decodeNode(decoding: Decoding, node: SchemaNode, value: Json, path: string): Json {
  switch (node.kind) {
    case 'any':
      return copyJson(value);
    case 'struct':
      if (!isMap(value)) throw wrongType(decoding, value, path, `v1.${node.name}`);
      return decodeStruct(decoding, node, value, path);
    case 'map':
      if (!isMap(value)) throw wrongType(decoding, value, path, 'map[string]string');
      return decodeMap(decoding, node.values, value, path);
    case 'list':
      if (!Array.isArray(value)) throw wrongType(decoding, value, path, 'slice');
      return value.map((item, at) =>
        item === null && node.items.kind === 'struct'
          ? decodeStruct(decoding, node.items, {}, `${path}[${at}]`)
          : decodeNode(decoding, node.items, item, `${path}[${at}]`),
      );
    case 'scalar':
      return decodeScalar(decoding, node, value, path);
  }
}

function decodeMap(decoding: Decoding, values: SchemaNode, value: JsonMap, path: string): JsonMap {
  const result: JsonMap = {};
  for (const [key, item] of Object.entries(value)) {
    if (item !== null) result[key] = decodeNode(decoding, values, item, `${path}.${key}`);
    else result[key] = values.kind === 'scalar' ? zeroOf(values) : null;
  }
  return result;
}

function decodeScalar(decoding: Decoding, { type }: ScalarNode, value: Json, path: string): Json {
  const mismatch = (wanted: string): never => {
    throw wrongType(decoding, value, path, wanted);
  };
  switch (type) {
    case 'string':
      return typeof value === 'string' ? value : mismatch('string');
    case 'boolean':
      return typeof value === 'boolean' ? value : mismatch('bool');
    case 'integer':
      return typeof value === 'number' && Number.isInteger(value) ? value : mismatch('int32');
    case 'number':
      return typeof value === 'number' ? value : mismatch('float64');
    case 'int-or-string':
      return typeof value === 'string' || typeof value === 'number' ? value : mismatch('intstr.IntOrString');
    case 'quantity':
      return decodeQuantity(decoding, value);
    case 'time':
      return decodeTime(decoding, value);
    case 'micro-time':
      return decodeMicroTime(decoding, value);
    case 'bytes':
      return decodeBytes(decoding, value);
  }
}

function decodeQuantity(decoding: Decoding, value: Json): Json {
  const canonical = canonicalQuantity(plainText(value));
  if (canonical !== undefined) return canonical;
  throw badRequest(
    `${decoding.subject}: quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'`,
  );
}

function decodeTime(decoding: Decoding, value: Json): Json {
  const match =
    typeof value === 'string'
      ? /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d+)?(Z|[+-]\d\d:\d\d)$/.exec(value)
      : null;
  if (match === null)
    throw badRequest(
      `${decoding.subject}: parsing time ${JSON.stringify(value)} as "2006-01-02T15:04:05Z07:00"`,
    );
  return match[3] === 'Z' ? `${match[1]}Z` : new Date(plainText(value)).toISOString().replace(/\.\d+Z$/, 'Z');
}

function decodeMicroTime(decoding: Decoding, value: Json): Json {
  if (typeof value === 'string' && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}(Z|[+-]\d\d:\d\d)$/.test(value))
    return value;
  throw badRequest(
    `${decoding.subject}: parsing time ${JSON.stringify(value)} as "2006-01-02T15:04:05.000000Z07:00": cannot parse "Z" as ".000000"`,
  );
}

function decodeBytes(decoding: Decoding, value: Json): Json {
  if (typeof value === 'string' && value.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(value))
    return value;
  throw badRequest(`${decoding.subject}: illegal base64 data at input byte 0`);
}

function wrongType({ subject }: Decoding, value: Json, path: string, wanted: string): Error {
  const found = Array.isArray(value) ? 'array' : value === null ? 'null' : typeof value;
  const told = found === 'boolean' ? 'bool' : found;
  return badRequest(
    `${subject}: json: cannot unmarshal ${told} into Go struct field ${path} of type ${wanted}`,
  );
}
