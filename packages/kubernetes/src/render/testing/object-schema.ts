/** As much of an OpenAPI schema as the API server checks by. */
export interface ObjectSchema {
  readonly $ref?: string;
  readonly type?: string;
  readonly format?: string;
  readonly properties?: Readonly<Record<string, ObjectSchema>>;
  readonly additionalProperties?: ObjectSchema | boolean;
  readonly items?: ObjectSchema;
  readonly required?: readonly string[];
  readonly enum?: readonly unknown[];
  readonly pattern?: string;
  readonly maxItems?: number;
  readonly maxProperties?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly 'x-kubernetes-int-or-string'?: boolean;
  readonly 'x-kubernetes-preserve-unknown-fields'?: boolean;
  readonly 'x-kubernetes-list-type'?: string;
  readonly 'x-kubernetes-list-map-keys'?: readonly string[];
}

/** Definitions that a `$ref` may point to, by the name at its end. */
export type Definitions = Readonly<Record<string, ObjectSchema>>;

const QUANTITY = 'io.k8s.apimachinery.pkg.api.resource.Quantity';

/** What is wrong with a value by a schema, strictly: a field that the schema does not know is wrong too. */
export function faultsOf(
  value: unknown,
  schema: ObjectSchema,
  definitions: Definitions,
  path = '',
): string[] {
  const name = schema.$ref?.split('/').at(-1);
  if (name === QUANTITY) return quantityFaults(value, path);
  const definition = name === undefined ? schema : definitions[name];
  if (definition === undefined) return [`${path}: no definition of ${String(name)}`];
  return [
    ...typeFaults(value, definition, path),
    ...boundFaults(value, definition, path),
    ...fieldFaults(value, definition, definitions, path),
    ...itemFaults(value, definition, definitions, path),
  ];
}

const quantityFaults = (value: unknown, path: string): string[] =>
  typeof value === 'string' && /^\d+(\.\d+)?(m|k|M|G|Ki|Mi|Gi)?$/.test(value)
    ? []
    : [`${path}: ${JSON.stringify(value)} is no quantity`];

function typeFaults(value: unknown, schema: ObjectSchema, path: string): string[] {
  const either = schema['x-kubernetes-int-or-string'] === true || schema.format === 'int-or-string';
  const wanted = either ? 'integer or string' : schema.type;
  const is = typeOf(value);
  const fits =
    wanted === undefined || wanted.split(' or ').includes(is) || (wanted === 'number' && is === 'integer');
  return fits ? [] : [`${path}: is ${is}, not ${wanted}`];
}

function typeOf(value: unknown): string {
  if (Array.isArray(value)) return 'array';
  if (value === null) return 'null';
  return Number.isInteger(value) ? 'integer' : typeof value;
}

function boundFaults(value: unknown, schema: ObjectSchema, path: string): string[] {
  const { enum: allowed, pattern, minimum = -Infinity, maximum = Infinity } = schema;
  const faults: (string | false)[] = [
    allowed !== undefined && !allowed.includes(value) && 'is none of the values that are allowed',
    typeof value === 'string' &&
      pattern !== undefined &&
      !new RegExp(pattern).test(value) &&
      `is not like ${pattern}`,
    typeof value === 'number' && (value < minimum || value > maximum) && 'is out of bounds',
    typeof value === 'string' && value.length > (schema.maxLength ?? Infinity) && 'is too long',
    typeof value === 'string' && value.length < (schema.minLength ?? 0) && 'is too short',
    Array.isArray(value) && value.length > (schema.maxItems ?? Infinity) && 'has too many items',
  ];
  return faults
    .filter((fault) => fault !== false)
    .map((fault) => `${path}: ${JSON.stringify(value)} ${fault}`);
}

function fieldFaults(value: unknown, schema: ObjectSchema, definitions: Definitions, path: string): string[] {
  if (typeOf(value) !== 'object') return [];
  const fields = value as Readonly<Record<string, unknown>>;
  const missing = (schema.required ?? []).filter((field) => !(field in fields));
  return [
    ...missing.map((field) => `${path}.${field}: is missing`),
    ...Object.entries(fields).flatMap(([field, item]) => {
      const known = schema.properties?.[field] ?? schema.additionalProperties;
      if (typeof known === 'object') return faultsOf(item, known, definitions, `${path}.${field}`);
      return known === true || isOpen(schema) ? [] : [`${path}.${field}: is unknown`];
    }),
  ];
}

/** Where the schema says nothing of an object's fields, as in FieldsV1, or says that it does not care. */
const isOpen = (schema: ObjectSchema): boolean =>
  schema['x-kubernetes-preserve-unknown-fields'] === true ||
  (schema.properties === undefined && schema.additionalProperties === undefined);

function itemFaults(value: unknown, schema: ObjectSchema, definitions: Definitions, path: string): string[] {
  if (!Array.isArray(value)) return [];
  const { items } = schema;
  const keys = schema['x-kubernetes-list-map-keys'] ?? [];
  const identities = value.map((item: unknown) => identity(item, keys));
  const twice = keys.length > 0 && new Set(identities).size < identities.length;
  return [
    ...(twice ? [`${path}: has two items with the same ${keys.join(' and ')}`] : []),
    ...value.flatMap((item: unknown, index) =>
      items === undefined ? [] : faultsOf(item, items, definitions, `${path}[${index}]`),
    ),
  ];
}

const identity = (item: unknown, keys: readonly string[]): string =>
  JSON.stringify(keys.map((key) => (item as Readonly<Record<string, unknown>>)[key] ?? null));
