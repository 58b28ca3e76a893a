import { type Json, type JsonMap, isMap, listAt, sameJson, plainText } from '../json/json-tree.ts';
import { type FieldFault, fault } from '../server/refusal.ts';
import { checkCelRules, hasRules } from './cel-rules.ts';

/** What is wrong with an object of a definition, in the words of the server; rules that passed for an unchanged part are not asked again. */
export function validateCustom(schema: JsonMap, object: JsonMap, before: JsonMap | undefined): FieldFault[] {
  const faults = [...checkValue(schema, object, ''), ...checkLists(schema, object, '')];
  if (!hasRules(schema)) return faults;
  return [...faults, ...(faults.some(hidesRules) ? [unchecked] : checkCelRules(schema, object, before))];
}

/** Rules are not asked while the structure is wrong, and the server says so. */
const unchecked: FieldFault = {
  reason: 'FieldValueInvalid',
  field: '<nil>',
  message:
    'Invalid value: null: some validation rules were not checked because the object was invalid; correct the existing errors to complete validation',
};

/** Faults of type, requirement, enumeration or length keep rules from being asked; limits and patterns do not. */
function hidesRules({ reason }: FieldFault): boolean {
  return [
    'FieldValueTypeInvalid',
    'FieldValueRequired',
    'FieldValueNotSupported',
    'FieldValueTooLong',
    'FieldValueTooMany',
  ].includes(reason);
}

function checkValue(schema: JsonMap, value: Json, path: string): FieldFault[] {
  if (value === null) return schema['nullable'] === true ? [] : typeFault(schema, value, path);
  const wrong = typeFault(schema, value, path);
  if (wrong.length > 0) return wrong;
  const faults = [...checkLimits(schema, value, path), ...checkCombinations(schema, value, path)];
  if (Array.isArray(value)) {
    const items = schema['items'];
    if (isMap(items)) value.forEach((item, at) => faults.push(...checkValue(items, item, `${path}[${at}]`)));
  } else if (isMap(value)) faults.push(...checkFields(schema, value, path));
  return faults;
}

function typeFault(schema: JsonMap, value: Json, path: string): FieldFault[] {
  const wanted = schema['type'];
  if (typeof wanted !== 'string') return [];
  const found = typeOf(value);
  const fits = found === wanted || (wanted === 'number' && found === 'integer');
  if (fits) return [];
  const message = `Invalid value: "${found}": ${path} in body must be of type ${wanted}: "${found}"`;
  return [{ reason: 'FieldValueTypeInvalid', field: path || '<nil>', message }];
}

function typeOf(value: Json): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'number';
  return typeof value;
}

function checkFields(schema: JsonMap, value: JsonMap, path: string): FieldFault[] {
  const faults: FieldFault[] = [];
  const properties = isMap(schema['properties']) ? schema['properties'] : {};
  const others = schema['additionalProperties'];
  const at = (key: string): string => (path === '' ? key : `${path}.${key}`);
  for (const [key, item] of Object.entries(value)) {
    if (path === '' && ['apiVersion', 'kind', 'metadata'].includes(key)) continue;
    const declared = properties[key] ?? others;
    if (isMap(declared)) faults.push(...checkValue(declared, item, at(key)));
  }
  for (const name of listAt(schema, 'required')) {
    if (value[plainText(name)] === undefined) faults.push(fault.required(at(plainText(name))));
  }
  return faults;
}

const patterns = new Map<string, RegExp>();

/** Patterns are written for Go's regular expressions, which know `(?i)` and `\z`. */
function patternOf(text: string): RegExp {
  let pattern = patterns.get(text);
  if (pattern === undefined) {
    const inline = /^\(\?([a-z]+)\)/.exec(text);
    pattern = new RegExp(text.slice(inline?.[0].length ?? 0).replaceAll('\\z', '$'), inline?.[1] ?? '');
    patterns.set(text, pattern);
  }
  return pattern;
}

function checkLimits(schema: JsonMap, value: Json, path: string): FieldFault[] {
  const said = (why: string): FieldFault => fault.invalid(path, value, `${path} in body ${why}`);
  const faults: FieldFault[] = [];
  const options = schema['enum'];
  if (Array.isArray(options) && !options.some((option) => sameJson(option, value))) {
    faults.push(fault.unsupported(path, value, options.map(String)));
  }
  const {
    minimum,
    maximum,
    minLength,
    maxLength,
    pattern,
    minItems,
    maxItems,
    minProperties,
    maxProperties,
  } = schema;
  if (typeof value === 'number') {
    if (typeof minimum === 'number' && value < minimum)
      faults.push(said(`should be greater than or equal to ${minimum}`));
    if (typeof maximum === 'number' && value > maximum)
      faults.push(said(`should be less than or equal to ${maximum}`));
  } else if (typeof value === 'string') {
    const length = Array.from(value).length;
    if (typeof minLength === 'number' && length < minLength)
      faults.push(said(`should be at least ${minLength} chars long`));
    if (typeof maxLength === 'number' && length > maxLength) faults.push(fault.tooLong(path, maxLength));
    if (typeof pattern === 'string' && !patternOf(pattern).test(value))
      faults.push(said(`should match '${pattern}'`));
  } else if (Array.isArray(value)) {
    if (typeof minItems === 'number' && value.length < minItems)
      faults.push(said(`should have at least ${minItems} items`));
    if (typeof maxItems === 'number' && value.length > maxItems)
      faults.push(tooMany(path, value.length, maxItems));
  } else if (isMap(value)) {
    const size = Object.keys(value).length;
    if (typeof minProperties === 'number' && size < minProperties)
      faults.push(said(`should have at least ${minProperties} properties`));
    if (typeof maxProperties === 'number' && size > maxProperties)
      faults.push(tooMany(path, size, maxProperties));
  }
  return faults;
}

function tooMany(field: string, size: number, limit: number): FieldFault {
  return {
    reason: 'FieldValueTooMany',
    field,
    message: `Too many: ${size}: must have at most ${limit} items`,
  };
}

function checkCombinations(schema: JsonMap, value: Json, path: string): FieldFault[] {
  const passes = (one: Json): boolean => isMap(one) && checkValue(one, value, path).length === 0;
  const broken = (key: string, rule: string, found: string): FieldFault => ({
    reason: 'FieldValueInvalid',
    field: '<nil>',
    message: `Invalid value: "": "${path}" must validate ${rule} (${key}). ${found}`,
  });
  const faults: FieldFault[] = [];
  const anyOf = listAt(schema, 'anyOf');
  if (anyOf.length > 0 && !anyOf.some(passes))
    faults.push(broken('anyOf', 'at least one schema', 'Found none valid'));
  const allOf = listAt(schema, 'allOf');
  if (!allOf.every(passes)) faults.push(broken('allOf', 'all the schemas', ''));
  const oneOf = listAt(schema, 'oneOf');
  const found = oneOf.filter(passes).length;
  if (oneOf.length > 0 && found !== 1) {
    const told = found === 0 ? 'Found none valid' : `Found ${found} valid alternatives`;
    faults.push(
      broken('oneOf', 'one and only one schema', told),
      ...closestFaults(oneOf, value, path, found),
    );
  }
  const not = schema['not'];
  if (isMap(not) && passes(not)) faults.push(broken('not', 'not the schema', ''));
  return faults;
}

/** When no alternative fits, the faults of the one that fits best are told too. */
function closestFaults(
  alternatives: readonly Json[],
  value: Json,
  path: string,
  found: number,
): FieldFault[] {
  if (found > 0) return [];
  const each = alternatives.filter(isMap).map((one) => checkValue(one, value, path));
  return each.reduce((best, faults) => (faults.length < best.length ? faults : best), each[0] ?? []);
}

/** Lists that are sets or go by keys hold nothing twice. */
function checkLists(schema: JsonMap, value: Json, path: string): FieldFault[] {
  if (Array.isArray(value)) {
    const items = schema['items'];
    const below = isMap(items) ? value.flatMap((item, at) => checkLists(items, item, `${path}[${at}]`)) : [];
    return [...doublesIn(schema, value, path), ...below];
  }
  if (!isMap(value)) return [];
  const properties = isMap(schema['properties']) ? schema['properties'] : {};
  return Object.entries(value).flatMap(([key, item]) => {
    const declared = properties[key] ?? schema['additionalProperties'];
    return isMap(declared) ? checkLists(declared, item, path === '' ? key : `${path}.${key}`) : [];
  });
}

function doublesIn(schema: JsonMap, items: readonly Json[], path: string): FieldFault[] {
  const type = schema['x-kubernetes-list-type'];
  if (type !== 'set' && type !== 'map') return [];
  const keys = listAt(schema, 'x-kubernetes-list-map-keys').map(String);
  const seen = new Set<string>();
  return items.flatMap((item, at) => {
    const shown: Json =
      type === 'set' || !isMap(item) ? item : Object.fromEntries(keys.map((key) => [key, item[key] ?? null]));
    const text = JSON.stringify(shown);
    if (seen.has(text)) return [fault.duplicate(`${path}[${at}]`, shown)];
    seen.add(text);
    return [];
  });
}
