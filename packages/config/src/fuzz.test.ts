import { readFileSync, readdirSync } from 'node:fs';
import { canonicalJson } from '@sluice/core/kernel/canonical-json.ts';
import { compilePlan } from '@sluice/core/rollout/plan.ts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { jsonSchemaFaults } from '../test/json-schema-faults.ts';
import { readDocument } from './document/read-document.ts';
import { type SourceValue, jsonOf } from './document/source-value.ts';
import { applicationLanguage } from './language/application-language.ts';
import { formatDiagnostics } from './diagnostics/format-diagnostics.ts';
import { parseApplication } from './parse-application.ts';
import { readValue } from './reading/read-value.ts';
import { editorSchema } from './reference/editor-schema.ts';

const folder = new URL('../samples/', import.meta.url);
const texts = readdirSync(folder)
  .filter((name) => name.endsWith('.yaml'))
  .map((name) => readFileSync(new URL(name, folder), 'utf8'));
const trees = texts.map((text) => jsonOf(readDocument(text).root as SourceValue));
const schema = editorSchema();
/** Enough to meet every kind of change at every depth; thousands more found nothing new. */
const RUNS = { numRuns: Number(process.env.FUZZ_RUNS ?? 400) };

/** Whatever the text: no exception, and every refusal at a place that the file has. Tells whether it was taken. */
function check(text: string): boolean {
  const environment = text.includes('production') ? 'production' : undefined;
  const outcome = parseApplication(text, { file: 'f.yaml', baseDirectory: '/app', environment });
  const lines = text.split(/\r?\n/);
  if (outcome.ok) {
    for (const component of outcome.application.components)
      expect(compilePlan(component, { first: false, lane: 'normal' }).steps.length).toBeGreaterThan(0);
    expect(jsonSchemaFaults(schema, jsonOf(readDocument(text).root as SourceValue))).toEqual([]);
    return true;
  }
  expect(outcome.diagnostics.length).toBeGreaterThan(0);
  for (const { line, column, endColumn, message } of outcome.diagnostics) {
    const written = lines[line - 1];
    expect(written, message).toBeDefined();
    expect(column, message).toBeGreaterThanOrEqual(1);
    expect(column, message).toBeLessThanOrEqual(Math.max(1, written?.length ?? 0));
    expect(endColumn, message).toBeGreaterThan(column);
  }
  expect(outcome.diagnostics.map(({ line }) => line)).toEqual(
    outcome.diagnostics.map(({ line }) => line).toSorted((a, b) => a - b),
  );
  expect(formatDiagnostics(outcome.diagnostics, text)).not.toBe('');
  return false;
}

/** A change of one place in a tree: the place is picked by a number, whatever the tree. */
type Mutation = { readonly at: number } & (
  | { readonly kind: 'delete' | 'double' | 'empty' }
  | { readonly kind: 'rename' | 'insert'; readonly name: string; readonly value: unknown }
  | { readonly kind: 'replace'; readonly value: unknown }
);

const word = fc.oneof(
  fc.constantFrom(
    'run',
    'share',
    'canary',
    'steps',
    'env',
    'image',
    'target',
    'kubernetes',
    'router',
    'constructor',
    '__proto__',
    'toString',
    '<<',
    'a.b',
    '',
  ),
  fc.string({ maxLength: 8 }),
);
const value = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    true,
    0,
    -1,
    1.5,
    1e9,
    '5%',
    '10m',
    '0s',
    '',
    'web',
    'canary',
    'kubernetes',
    'machine',
    'istio',
    'off',
    [],
    {},
    '< 1%',
    '100%',
  ),
  fc.jsonValue({ maxDepth: 2 }),
);
const mutation: fc.Arbitrary<Mutation> = fc.oneof(
  fc.record({ at: fc.nat(), kind: fc.constantFrom('delete' as const, 'double' as const, 'empty' as const) }),
  fc.record({ at: fc.nat(), kind: fc.constantFrom('rename' as const, 'insert' as const), name: word, value }),
  fc.record({ at: fc.nat(), kind: fc.constant('replace' as const), value }),
);

type Slot = { readonly owner: Record<string, unknown> | unknown[]; readonly key: string };

function slotsOf(node: unknown): Slot[] {
  if (typeof node !== 'object' || node === null) return [];
  const owner = node as Record<string, unknown>;
  return Object.entries(owner).flatMap(([key, inner]) => [{ owner, key }, ...slotsOf(inner)]);
}

function mutate(tree: unknown, change: Mutation): void {
  const slots = slotsOf(tree);
  const slot = slots[change.at % Math.max(1, slots.length)];
  if (!slot) return;
  const owner = slot.owner as Record<string, unknown>;
  const present = owner[slot.key];
  if (change.kind === 'replace') owner[slot.key] = structuredClone(change.value);
  if (change.kind === 'empty') owner[slot.key] = null;
  if (change.kind === 'double') owner[slot.key] = [present, present];
  if (change.kind === 'insert') put(slot.owner, change.name, structuredClone(change.value));
  if (change.kind === 'delete' || change.kind === 'rename') {
    if (Array.isArray(slot.owner)) slot.owner.splice(Number(slot.key), 1);
    else delete slot.owner[slot.key];
  }
  if (change.kind === 'rename') put(slot.owner, change.name, present);
}

function put(owner: Slot['owner'], name: string, item: unknown): void {
  if (Array.isArray(owner)) owner.push(item);
  else owner[name] = item;
}

describe('whatever is done to a good file, it is taken or refused at a place', () => {
  it('when keys are deleted, renamed, inserted, or get other values', () => {
    const changes = fc.array(mutation, { minLength: 1, maxLength: 4 });
    let taken = 0;
    fc.assert(
      fc.property(fc.constantFrom(...trees), changes, (tree, list) => {
        const copy = structuredClone(tree);
        for (const change of list) mutate(copy, change);
        if (check(stringify(copy))) taken++;
      }),
      RUNS,
    );
    expect(taken).toBeGreaterThan(0);
    expect(taken).toBeLessThan(RUNS.numRuns);
  });

  it('when its text is cut, stuffed or shuffled', () => {
    const edit = fc.record({
      at: fc.nat(),
      drop: fc.nat({ max: 20 }),
      put: fc.oneof(
        fc.string({ maxLength: 6 }),
        fc.constantFrom('\t', '&a ', '*a', '{', '[', '"', ': ', '\n- ', '\r\n', '\0', '---\n', '? '),
      ),
    });
    fc.assert(
      fc.property(
        fc.constantFrom(...texts),
        fc.array(edit, { minLength: 1, maxLength: 3 }),
        (text, edits) => {
          const changed = edits.reduce((whole, { at, drop, put }) => {
            const start = at % (whole.length + 1);
            return whole.slice(0, start) + put + whole.slice(start + drop);
          }, text);
          check(changed);
        },
      ),
      RUNS,
    );
  });

  it('when it is no file of the kind at all', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary', maxLength: 200 }), fc.json()), (text) => !check(text)),
      RUNS,
    );
  });
});

it('the reader gives what zod itself would give, for every good file', () => {
  for (const text of texts) {
    const root = readDocument(text).root as SourceValue;
    const read = readValue(applicationLanguage, root);
    const lenient = JSON.parse(JSON.stringify(jsonOf(root)).replaceAll(':null', ':{}')) as unknown;
    const parsed = applicationLanguage.parse(lenient);
    // Texts that were written as numbers differ: zod never saw what was written.
    expect(canonicalJson(read.value).replaceAll('1.10', '1.1')).toBe(canonicalJson(parsed));
  }
});

describe('a file made to hurt is refused fast', () => {
  it.each([
    ['ten thousand brackets', '['.repeat(10_000)],
    ['a quarter of a million dashes', '- '.repeat(130_000)],
    ['nested mappings', '{a: '.repeat(60_000)],
    ['fifty thousand aliases', `a: &a [1, 2]\nb: [${'*a, '.repeat(50_000)}]`],
    [
      'a long wrong key, five thousand times',
      `a: &a { ${'k'.repeat(10_000)}: 1 }\nb: [${'*a, '.repeat(5000)}]\nenvironments: *a`,
    ],
    [
      'aliases of aliases that stand for a thousand million values',
      [
        'a0: &a0 x',
        ...[...Array(9).keys()].map((n) => `a${n + 1}: &a${n + 1} [${`*a${n}, `.repeat(10)}]`),
      ].join('\n'),
    ],
    ['a line of wrong keys', `{${Array.from({ length: 20_000 }, (_, i) => `k${i}: 1`).join(', ')}}`],
    ['a file that is too long', `application: ${'a'.repeat(300_000)}`],
    ['a deep tree', Array.from({ length: 200 }, (_, depth) => `${' '.repeat(depth)}a:`).join('\n')],
  ])('%s', (_, text) => {
    const started = performance.now();
    expect(check(text)).toBe(false);
    expect(performance.now() - started).toBeLessThan(10_000);
  });
});
