import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { Shape } from '../workloads/shape.ts';
import { CANARY_SPEC, METRIC_TEMPLATE_SPEC } from './canary-shape.ts';

/** The part of an OpenAPI schema that a shape says again. */
interface Schema {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema;
  readonly items?: Schema;
  readonly required?: readonly string[];
  readonly enum?: readonly string[];
  readonly pattern?: string;
}

const definitions = readFileSync(
  new URL('../../../../fake-kubernetes/schemas/flagger.jsonl', import.meta.url),
  'utf8',
);

/** The schema of `spec` in Flagger's own definition. */
function schemaOf(plural: string): Schema {
  const found = definitions
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as { spec: { names: { plural: string }; versions: unknown[] } })
    .find(({ spec }) => spec.names.plural === plural);
  const version = found?.spec.versions[0] as { schema: { openAPIV3Schema: Schema } };
  return version.schema.openAPIV3Schema.properties?.['spec'] ?? {};
}

const KINDS: Readonly<Record<string, Shape['kind']>> = {
  string: 'text',
  number: 'number',
  integer: 'number',
  boolean: 'flag',
};

/** Where a shape says something else than a schema; bounds and patterns may be narrower, since Flagger's code is. */
function disagreements(path: string, schema: Schema, shape: Shape | undefined): readonly string[] {
  if (shape === undefined) return [`${path} is not in the shape`];
  if (schema.properties) return ofObject(path, schema, shape);
  if (schema.additionalProperties)
    return shape.kind === 'map'
      ? disagreements(`${path}{}`, schema.additionalProperties, shape.of)
      : [`${path} is a mapping`];
  if (schema.items)
    return shape.kind === 'list' ? disagreements(`${path}[]`, schema.items, shape.of) : [`${path} is a list`];
  const kind = schema.type === undefined ? 'number-or-text' : KINDS[schema.type];
  if (kind !== shape.kind) return [`${path} is ${kind}, not ${shape.kind}`];
  const texts = shape.kind === 'text' ? shape.oneOf : undefined;
  return String(schema.enum?.toSorted()) === String(texts?.toSorted())
    ? []
    : [`${path}: ${schema.enum?.join()}`];
}

function ofObject(path: string, { properties = {}, required = [] }: Schema, shape: Shape): readonly string[] {
  if (shape.kind !== 'object') return [`${path} is an object`];
  const extra = Object.keys(shape.fields).filter((key) => !Object.hasOwn(properties, key));
  return [
    ...extra.map((key) => `${path}.${key} is not in the definition`),
    ...(String(required.toSorted()) === String(shape.required.toSorted())
      ? []
      : [`${path}: ${required.join()}`]),
    ...Object.entries(properties).flatMap(([key, schema]) =>
      disagreements(`${path}.${key}`, schema, shape.fields[key]),
    ),
  ];
}

test('a Canary has the shape that Flagger’s own definition gives it, key by key, and two rules that it states elsewhere', () => {
  expect(disagreements('canary', schemaOf('canaries'), CANARY_SPEC)).toEqual([
    // Required by the list around them, where it says nothing.
    'canary.service.mirror[]: ',
    // Required by each of the alternatives of an analysis.
    'canary.analysis: ',
  ]);
});

test('a MetricTemplate has the shape that Flagger’s own definition gives it, key by key', () => {
  expect(disagreements('template', schemaOf('metrictemplates'), METRIC_TEMPLATE_SPEC)).toEqual([]);
});
