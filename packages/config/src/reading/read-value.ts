import { z } from 'zod';
import type { Fault } from '../diagnostics/diagnostic.ts';
import { nearestName, unknownName } from '../diagnostics/nearest-name.ts';
import { type SourcePath, type SourceValue, foundText, jsonOf, shortened } from '../document/source-value.ts';
import { choicesOf, expectationOf, expectations, listed } from '../language/expectation.ts';
import type { Loose } from './loose.ts';

/** What could be read (a key that was refused is there, but undefined), and everything that could not. */
export interface Reading<Value> {
  /** Without faults it is whole; undefined when nothing of it could be read. */
  readonly value: Value | undefined;
  readonly faults: readonly Fault[];
}

/**
 * Reads a value by a schema. zod itself stops at the shape of a union and loses the places; so this walks the
 * mappings, lists and unions of the schema, and leaves only the leaves to zod. Every fault is found at once.
 */
export function readValue<Schema extends z.ZodType>(
  schema: Schema,
  source: SourceValue,
  path: SourcePath = [],
): Reading<Loose<z.output<Schema>>> {
  const reading = readAny(schema, source, path);
  return reading as Reading<Loose<z.output<Schema>>>;
}

function readAny(schema: z.ZodType, source: SourceValue, path: SourcePath): Reading<unknown> {
  if (source.kind === 'refused') return { value: undefined, faults: [] };
  if (schema instanceof z.ZodOptional) return readAny(schema.unwrap() as z.ZodType, source, path);
  if (schema instanceof z.ZodNullable) return readNullable(schema, source, path);
  if (schema instanceof z.ZodUnion && !isLeaf(schema)) return readUnion(schema, source, path);
  if (schema instanceof z.ZodObject && source.kind === 'mapping') return readRecord(schema, source, path);
  if (expectations.get(schema)?.asIs && source.kind === 'mapping') return readAsIs(source, path);
  if (schema instanceof z.ZodRecord && source.kind === 'mapping') return readNamed(schema, source, path);
  if (schema instanceof z.ZodArray && source.kind === 'list') return readList(schema, source, path);
  if (isLeaf(schema) && source.kind === 'scalar') return readLeaf(schema, source, path);
  return refused(schema, source, path);
}

/** `staging:` without a value is an empty mapping. */
function readNullable(schema: z.ZodNullable, source: SourceValue, path: SourcePath): Reading<unknown> {
  if (source.kind === 'scalar' && source.value === null) return { value: {}, faults: [] };
  return readAny(schema.unwrap() as z.ZodType, source, path);
}

function readLeaf(
  schema: z.ZodType,
  source: Extract<SourceValue, { kind: 'scalar' }>,
  path: SourcePath,
): Reading<unknown> {
  const asWritten = expectations.get(schema)?.asWritten && source.value !== null;
  const result = schema.safeParse(asWritten ? source.text : source.value);
  return result.success ? { value: result.data, faults: [] } : refused(schema, source, path);
}

/** The options of a union differ in kind (scalar, mapping, list); the one of the kind that was written is read. */
function readUnion(schema: z.ZodUnion, source: SourceValue, path: SourcePath): Reading<unknown> {
  const options = optionsOf(schema).filter((option) => kindOf(option) === source.kind);
  const readings = options.map((option) => readAny(option, source, path));
  const good = readings.find(({ faults }) => faults.length === 0);
  if (good) return good;
  return source.kind !== 'scalar' && readings[0] ? readings[0] : refused(schema, source, path);
}

/** The options of a union, those of unions among them included. */
function optionsOf(schema: z.ZodUnion): readonly z.ZodType[] {
  return (schema.options as readonly z.ZodType[]).flatMap((option) =>
    option instanceof z.ZodUnion && !isLeaf(option) ? optionsOf(option) : [option],
  );
}

function readRecord(
  schema: z.ZodObject,
  source: Extract<SourceValue, { kind: 'mapping' }>,
  path: SourcePath,
): Reading<Record<string, unknown>> {
  const shape = schema.shape as Record<string, z.ZodType>;
  const value: Record<string, unknown> = {};
  const faults: Fault[] = [];
  const misspelt = new Set<string>();
  for (const [key, entry] of source.entries) {
    const keySchema = Object.hasOwn(shape, key) ? shape[key] : undefined;
    if (!keySchema) {
      const { elsewhere } = expectations.get(schema) ?? {};
      if (elsewhere?.keys.includes(key)) {
        faults.push({ path: [...path, key], at: 'key', says: `is not a key here; ${elsewhere.remedy}` });
        continue;
      }
      const unknown = unknownName(key, Object.keys(shape), 'key');
      faults.push({ path: [...path, key], at: 'key', ...unknown });
      if (unknown.suggestion !== undefined) misspelt.add(unknown.suggestion);
      continue;
    }
    const reading = readAny(keySchema, entry.value, [...path, key]);
    faults.push(...reading.faults);
    value[key] = reading.value;
  }
  return {
    value,
    faults: [...faults, ...missingKeys(shape, source, path, misspelt), ...wrongChoice(schema, source, path)],
  };
}

/** Required keys that are not there; one that was only misspelt has been told of already. */
function missingKeys(
  shape: Record<string, z.ZodType>,
  source: Extract<SourceValue, { kind: 'mapping' }>,
  path: SourcePath,
  misspelt: ReadonlySet<string>,
): readonly Fault[] {
  return Object.entries(shape)
    .filter(
      ([key, schema]) => !(schema instanceof z.ZodOptional || source.entries.has(key) || misspelt.has(key)),
    )
    .map(([key, schema]) => {
      const expected = expectationOf(schema);
      return { path, at: 'key', says: `needs the key "${key}": ${expected}`, expected, found: 'nothing' };
    });
}

/** Mappings of which exactly one key, or at least one, must be written. */
function wrongChoice(
  schema: z.ZodObject,
  source: Extract<SourceValue, { kind: 'mapping' }>,
  path: SourcePath,
): readonly Fault[] {
  const { exactlyOne, notEmpty } = expectations.get(schema) ?? {};
  const keys = exactlyOne ?? (notEmpty ? Object.keys(schema.shape) : []);
  if (keys.length === 0) return [];
  const written = [...source.entries.keys()].filter((key) => keys.includes(key));
  const [first, second] = written;
  const isMisspelt = [...source.entries.keys()].some((key) => !Object.hasOwn(schema.shape, key));
  if (first === undefined && isMisspelt) return [];
  if (first === undefined)
    return [{ path, at: 'key', says: `needs one of the keys ${listed(keys, 'and', keys.length)}` }];
  if (!exactlyOne || second === undefined) return [];
  return [{ path: [...path, second], at: 'key', says: `cannot stand beside "${first}"; write one of them` }];
}

function readNamed(
  schema: z.ZodRecord,
  source: Extract<SourceValue, { kind: 'mapping' }>,
  path: SourcePath,
): Reading<Record<string, unknown>> {
  const value: Record<string, unknown> = {};
  const faults: Fault[] = [];
  for (const [key, entry] of source.entries) {
    const name = (schema.keyType as z.ZodType).safeParse(key);
    if (!name.success) faults.push(wrongName(schema.keyType as z.ZodType, key, [...path, key]));
    const reading = readAny(schema.valueType as z.ZodType, entry.value, [...path, key]);
    faults.push(...reading.faults);
    const read = name.success ? String(name.data) : key;
    if (Object.hasOwn(value, read)) faults.push(writtenInAnotherCase([...path, key]));
    value[read] = reading.value;
  }
  return { value, faults };
}

/** YAML knows infinity and what is no number; JSON does not, and nobody who gets it could read it. */
function readAsIs(source: SourceValue, path: SourcePath): Reading<unknown> {
  const faults = strangeNumbers(source, path);
  return { value: faults.length === 0 ? jsonOf(source) : undefined, faults };
}

function strangeNumbers(source: SourceValue, path: SourcePath): readonly Fault[] {
  if (source.kind === 'mapping')
    return [...source.entries].flatMap(([key, { value }]) => strangeNumbers(value, [...path, key]));
  if (source.kind === 'list')
    return source.items.flatMap((item, index) => strangeNumbers(item, [...path, index]));
  if (source.kind !== 'scalar' || typeof source.value !== 'number' || Number.isFinite(source.value))
    return [];
  return [{ path, at: 'value', says: `must be a value of JSON, but is ${source.text}`, found: source.text }];
}

/** The reader of the document refuses the same key twice; these are read as the same. */
const writtenInAnotherCase = (path: SourcePath): Fault => ({
  path,
  at: 'key',
  says: 'is written twice; upper and lower case make no difference here',
});

function wrongName(schema: z.ZodType, key: string, path: SourcePath): Fault {
  const expected = expectationOf(schema);
  const spellings = [key.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-'), key.replaceAll(/[^A-Za-z0-9]+/g, '_')];
  const suggestion = spellings.find((spelling) => schema.safeParse(spelling).success);
  return {
    path,
    at: 'key',
    says: `must be ${expected}${suggestion === undefined ? '' : `; did you mean "${suggestion}"?`}`,
    expected,
    found: JSON.stringify(shortened(key)),
    ...(suggestion !== undefined && { suggestion }),
  };
}

function readList(
  schema: z.ZodArray,
  source: Extract<SourceValue, { kind: 'list' }>,
  path: SourcePath,
): Reading<readonly unknown[]> {
  const readings = source.items.map((item, index) =>
    readAny(schema.element as z.ZodType, item, [...path, index]),
  );
  const faults = readings.flatMap((reading) => reading.faults);
  const value = readings.map((reading) => reading.value);
  const { from, to } = expectations.get(schema)?.length ?? { from: 0, to: Number.POSITIVE_INFINITY };
  const size = source.items.length;
  if (size >= from && size <= to) return { value, faults };
  const says =
    size < from ? 'must not be an empty list' : `must not have more than ${to} items, but has ${size}`;
  return { value, faults: [{ path, at: 'value', says }, ...faults] };
}

function refused(schema: z.ZodType, source: SourceValue, path: SourcePath): Reading<undefined> {
  const expected = expectationOf(schema);
  const found = foundText(source);
  const meant =
    source.kind === 'scalar' && typeof source.value === 'string'
      ? nearestName(source.value, choicesOf(schema))
      : undefined;
  const says = `must be ${expected}, but is ${found}${meant === undefined ? '' : `; did you mean "${meant}"?`}`;
  const fault: Fault = {
    path,
    at: 'value',
    says,
    expected,
    found,
    ...(meant !== undefined && { suggestion: meant }),
  };
  return { value: undefined, faults: [fault] };
}

function isLeaf(schema: z.ZodType): boolean {
  if (schema instanceof z.ZodObject || schema instanceof z.ZodRecord || schema instanceof z.ZodArray)
    return false;
  if (!(schema instanceof z.ZodUnion)) return true;
  return (schema.options as readonly z.ZodType[]).every(isLeaf);
}

function kindOf(schema: z.ZodType): SourceValue['kind'] {
  if (schema instanceof z.ZodObject || schema instanceof z.ZodRecord) return 'mapping';
  return schema instanceof z.ZodArray ? 'list' : 'scalar';
}
