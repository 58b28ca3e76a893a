import { readFileSync, readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { jsonSchemaFaults } from '../../test/json-schema-faults.ts';
import { readDocument } from '../document/read-document.ts';
import { jsonOf } from '../document/source-value.ts';
import { editorSchema } from './editor-schema.ts';

const samples = new URL('../../samples/', import.meta.url);
const schema = editorSchema();

function faultsIn(text: string): readonly string[] {
  const { root } = readDocument(text);
  return root ? jsonSchemaFaults(schema, jsonOf(root)) : ['no document'];
}

describe('the schema for editors', () => {
  it.each(readdirSync(samples).filter((name) => name.endsWith('.yaml')))('takes %s', (file) => {
    expect(faultsIn(readFileSync(new URL(file, samples), 'utf8'))).toEqual([]);
  });

  it.each([
    [
      'an unknown key',
      'application: a\ncomponents: { web: { run: x, helth: / } }',
      '$.components.web.helth is unknown',
    ],
    ['a missing key', 'components: { web: { run: x } }', '$ lacks application'],
    [
      'a wrong unit',
      'application: a\ncomponents: { web: { run: x, drain: 10 } }',
      '$.components.web.drain is not of type string',
    ],
    [
      'a number out of its range',
      'application: a\ncomponents: { web: { run: x, instances: 0 } }',
      '$.components.web.instances is too small',
    ],
    [
      'two kinds of strategy',
      'application: a\ncomponents: { web: { run: x } }\nstrategies: { s: { canary: , ab: } }',
      '$.strategies.s has too many keys',
    ],
    [
      'a name with a slash',
      'application: a/b\ncomponents: { web: { run: x } }',
      '$.application does not match',
    ],
    [
      'a check of two kinds',
      'application: a\ncomponents: { web: { run: x } }\nchecks: { c: { http: /, tcp: true } }',
      '$.checks.c fits not exactly one',
    ],
  ])('refuses %s', (_, text, fault) => {
    expect(faultsIn(text)).toContain(fault);
  });

  it('says something about every key', () => {
    const silent: string[] = [];
    const visit = (node: unknown, at: string): void => {
      if (typeof node !== 'object' || node === null) return;
      for (const [key, value] of Object.entries((node as { properties?: object }).properties ?? {})) {
        const { description, $ref, allOf } = value as Record<string, unknown>;
        if (description === undefined && $ref === undefined && allOf === undefined)
          silent.push(`${at}.${key}`);
      }
      for (const [key, value] of Object.entries(node)) visit(value, `${at}/${key}`);
    };
    visit(schema, '');
    expect(silent).toEqual([]);
  });
});
