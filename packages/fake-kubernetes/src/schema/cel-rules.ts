import { isIP } from 'node:net';
import { Environment } from '@marcbachmann/cel-js';
import { type Json, type JsonMap, isMap, listAt, sameJson, textAt } from '../json/json-tree.ts';
import type { FieldFault } from '../server/refusal.ts';

/** Rules of definitions (`x-kubernetes-validations`) in the Common Expression Language. */

type Program = (context: Record<string, unknown>) => unknown;

const environment = new Environment({ homogeneousAggregateLiterals: false, enableOptionalTypes: true })
  .registerVariable('self', 'dyn')
  .registerVariable('oldSelf', 'dyn')
  .registerFunction('isIP(dyn): bool', (address: unknown) => isIP(String(address)) !== 0);

const programs = new Map<string, Program>();
const ruled = new WeakMap<JsonMap, boolean>();

/** Whether a schema or anything below it has rules. */
export function hasRules(schema: JsonMap): boolean {
  let known = ruled.get(schema);
  if (known === undefined) {
    known = listAt(schema, 'x-kubernetes-validations').length > 0 || below(schema).some(hasRules);
    ruled.set(schema, known);
  }
  return known;
}

function below(schema: JsonMap): JsonMap[] {
  const properties = isMap(schema['properties']) ? Object.values(schema['properties']) : [];
  return [...properties, schema['items'] ?? null, schema['additionalProperties'] ?? null].filter(isMap);
}

/** Asks the rules of every part that changed. */
export function checkCelRules(
  schema: JsonMap,
  value: Json,
  before: Json | undefined,
  path = '',
): FieldFault[] {
  if (!hasRules(schema) || value === null || (before !== undefined && sameJson(value, before))) return [];
  const rules = listAt(schema, 'x-kubernetes-validations');
  const faults: FieldFault[] = [];
  if (rules.length > 0) {
    const self = celValue(schema, value);
    const oldSelf = before === undefined || before === null ? undefined : celValue(schema, before);
    for (const rule of rules) if (isMap(rule)) faults.push(...ask(rule, self, oldSelf, value, path));
  }
  return [...faults, ...checkBelow(schema, value, before, path)];
}

function checkBelow(schema: JsonMap, value: Json, before: Json | undefined, path: string): FieldFault[] {
  if (Array.isArray(value)) {
    const items = schema['items'];
    if (!isMap(items)) return [];
    const find = matching(schema, before);
    return value.flatMap((item, at) => checkCelRules(items, item, find(item), `${path}[${at}]`));
  }
  if (!isMap(value)) return [];
  const properties = isMap(schema['properties']) ? schema['properties'] : {};
  const old = isMap(before) ? before : {};
  return Object.entries(value).flatMap(([key, item]) => {
    const declared = properties[key] ?? schema['additionalProperties'];
    const at = path === '' ? key : `${path}.${key}`;
    return isMap(declared) ? checkCelRules(declared, item, old[key], at) : [];
  });
}

/** An item of a keyed list is compared with the one of the same key; in other lists an equal one will do. */
function matching(schema: JsonMap, before: Json | undefined): (item: Json) => Json | undefined {
  if (!Array.isArray(before)) return () => undefined;
  const keys = listAt(schema, 'x-kubernetes-list-map-keys').map(String);
  if (keys.length === 0) return (item) => before.find((other) => sameJson(item, other));
  return (item) =>
    before.find(
      (other) => isMap(item) && isMap(other) && keys.every((key) => sameJson(item[key], other[key])),
    );
}

function ask(rule: JsonMap, self: unknown, oldSelf: unknown, value: Json, path: string): FieldFault[] {
  const expression = textAt(rule, 'rule');
  if (oldSelf === undefined && /\boldSelf\b/.test(expression)) return [];
  const told = textAt(rule, 'message') || `failed rule: ${expression}`;
  const shown = `Invalid value: "${typeName(value)}"`;
  const reason = textAt(rule, 'reason') || 'FieldValueInvalid';
  try {
    if (programFor(expression)({ self, ...(oldSelf === undefined ? {} : { oldSelf }) }) === true) return [];
    return [{ reason, field: path, message: `${shown}: ${told}` }];
  } catch (error) {
    const why = error instanceof Error ? error.message.split('\n')[0] : String(error);
    return [
      { reason: 'FieldValueInvalid', field: path, message: `${shown}: ${why} evaluating rule: ${told}` },
    ];
  }
}

function programFor(expression: string): Program {
  let program = programs.get(expression);
  if (program === undefined) {
    program = environment.parse(withoutIndexedHas(expression)) as Program;
    programs.set(expression, program);
  }
  return program;
}

/** The library asks `has` for fields of names only; asked for fields of list items it is said with an optional. */
function withoutIndexedHas(expression: string): string {
  return expression.replace(/\bhas\(([^()]*\[[^()]*\])\.(\w+)\)/g, '($1.?$2).hasValue()');
}

function typeName(value: Json): string {
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'number';
  return isMap(value) ? 'object' : typeof value;
}

/** Words that the language keeps for itself; properties of these names are asked for with underscores around them. */
const reserved = new Set(
  'true false null in as break const continue else for function if import let loop package namespace return var void while'.split(
    ' ',
  ),
);

/** Whole numbers are told apart from others by the schema, as the language does. */
function celValue(schema: JsonMap, value: Json): unknown {
  if (Array.isArray(value)) {
    const items = schema['items'];
    return value.map((item) => (isMap(items) ? celValue(items, item) : item));
  }
  if (!isMap(value)) return isWhole(schema, value) ? BigInt(value) : value;
  const properties = isMap(schema['properties']) ? schema['properties'] : {};
  const others = schema['additionalProperties'];
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => {
      const declared = properties[key] ?? others;
      const name = properties[key] !== undefined && reserved.has(key) ? `__${key}__` : key;
      return [name, isMap(declared) ? celValue(declared, item) : item];
    }),
  );
}

function isWhole(schema: JsonMap, value: Json): value is number {
  if (typeof value !== 'number' || !Number.isInteger(value)) return false;
  return schema['type'] === 'integer' || schema['x-kubernetes-int-or-string'] === true;
}
