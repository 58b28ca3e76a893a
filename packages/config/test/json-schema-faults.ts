type Json = unknown;
type Schema = Readonly<Record<string, Json>>;

/** Keywords that only describe. */
const ANNOTATIONS = ['$schema', 'title', 'description', 'default', 'examples', 'definitions'];

/**
 * Says where a value breaks a JSON Schema (draft 7), for the keywords that the generated schema uses; a keyword
 * it does not know is a fault too, so that nothing is passed over. Written apart from zod, which made the schema.
 */
export function jsonSchemaFaults(root: Schema, value: Json): readonly string[] {
  return faultsOf(root, value, '$', root);
}

type Check = (expected: Json, value: Json, at: string, root: Schema, schema: Schema) => readonly string[];

const isMapping = (value: Json): value is Readonly<Record<string, Json>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const unless = (good: boolean, fault: string): readonly string[] => (good ? [] : [fault]);
const holds = (schema: Json, value: Json, root: Schema): boolean =>
  faultsOf(schema as Schema, value, '$', root).length === 0;
const size = (value: Json): number => Object.keys(value as object).length;

const CHECKS: Readonly<Record<string, Check>> = {
  $ref: (ref, value, at, root) => {
    const name = String(ref).replace('#/definitions/', '');
    return faultsOf((root.definitions as Record<string, Schema>)[name] ?? { unknown: name }, value, at, root);
  },
  type: (types, value, at) =>
    unless(
      [types].flat().some((type) => hasType(String(type), value)),
      `${at} is not of type ${String(types)}`,
    ),
  enum: (words, value, at) => unless((words as Json[]).includes(value), `${at} is none of the words`),
  const: (word, value, at) => unless(value === word, `${at} is not ${String(word)}`),
  pattern: (pattern, value, at) =>
    unless(typeof value !== 'string' || new RegExp(String(pattern), 'u').test(value), `${at} does not match`),
  minimum: (from, value, at) =>
    unless(typeof value !== 'number' || value >= Number(from), `${at} is too small`),
  maximum: (to, value, at) => unless(typeof value !== 'number' || value <= Number(to), `${at} is too large`),
  exclusiveMinimum: (from, value, at) =>
    unless(typeof value !== 'number' || value > Number(from), `${at} is too small`),
  exclusiveMaximum: (to, value, at) =>
    unless(typeof value !== 'number' || value < Number(to), `${at} is too large`),
  minItems: (from, value, at) =>
    unless(!Array.isArray(value) || value.length >= Number(from), `${at} is too short`),
  maxItems: (to, value, at) =>
    unless(!Array.isArray(value) || value.length <= Number(to), `${at} is too long`),
  minProperties: (from, value, at) =>
    unless(!isMapping(value) || size(value) >= Number(from), `${at} has too few keys`),
  maxProperties: (to, value, at) =>
    unless(!isMapping(value) || size(value) <= Number(to), `${at} has too many keys`),
  items: (item, value, at, root) =>
    Array.isArray(value)
      ? value.flatMap((entry, i) => faultsOf(item as Schema, entry, `${at}[${i}]`, root))
      : [],
  required: (keys, value, at) =>
    isMapping(value) ? (keys as string[]).flatMap((key) => unless(key in value, `${at} lacks ${key}`)) : [],
  properties: (shape, value, at, root) =>
    isMapping(value)
      ? Object.entries(shape as Record<string, Schema>).flatMap(([key, schema]) =>
          key in value ? faultsOf(schema, value[key], `${at}.${key}`, root) : [],
        )
      : [],
  additionalProperties: (rest, value, at, root, schema) =>
    isMapping(value)
      ? Object.keys(value)
          .filter((key) => !(key in ((schema.properties as object | undefined) ?? {})))
          .flatMap((key) =>
            rest === false
              ? [`${at}.${key} is unknown`]
              : faultsOf(rest as Schema, value[key], `${at}.${key}`, root),
          )
      : [],
  propertyNames: (names, value, at, root) =>
    isMapping(value)
      ? Object.keys(value).flatMap((key) => faultsOf(names as Schema, key, `${at} key ${key}`, root))
      : [],
  anyOf: (options, value, at, root) =>
    unless(
      (options as Json[]).some((option) => holds(option, value, root)),
      `${at} fits none of the options`,
    ),
  allOf: (options, value, at, root) =>
    (options as Schema[]).flatMap((option) => faultsOf(option, value, at, root)),
  oneOf: (options, value, at, root) =>
    unless(
      (options as Json[]).filter((option) => holds(option, value, root)).length === 1,
      `${at} fits not exactly one`,
    ),
};

function faultsOf(schema: Schema, value: Json, at: string, root: Schema): readonly string[] {
  return Object.entries(schema)
    .filter(([keyword]) => !ANNOTATIONS.includes(keyword))
    .flatMap(([keyword, expected]) => {
      const check = CHECKS[keyword];
      return check
        ? check(expected, value, at, root, schema)
        : [`the schema uses ${keyword}, which is not known here`];
    });
}

function hasType(type: string, value: Json): boolean {
  if (type === 'null') return value === null;
  if (type === 'array') return Array.isArray(value);
  if (type === 'object') return isMapping(value);
  if (type === 'integer') return Number.isInteger(value);
  return typeof value === type;
}
