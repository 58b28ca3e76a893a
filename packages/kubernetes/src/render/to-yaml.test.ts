import {
  anything,
  assert as check,
  array,
  constantFrom,
  dictionary,
  oneof,
  property,
  string,
} from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import type { KubernetesObject } from '../objects/kubernetes-object.ts';
import { anyText } from './testing/any-text.ts';
import { toYaml } from './to-yaml.ts';

const NAMED = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'x' } } as const;

const readBack = (text: string, version: '1.1' | '1.2'): unknown[] =>
  [...parseAllDocuments(text, { version, merge: true })].map((document) => {
    expect(document.errors).toEqual([]);
    return document.toJS() as unknown;
  });

function expectSame(objects: readonly KubernetesObject[]): void {
  const text = toYaml(objects);
  expect(readBack(text, '1.1')).toEqual(objects);
  expect(readBack(text, '1.2')).toEqual(objects);
}

/** Texts that readers have disagreed about. */
const AWKWARD = [
  ...[
    'yes',
    'No',
    'ON',
    'off',
    'y',
    'N',
    'true',
    'False',
    'null',
    '~',
    '',
    ' ',
    '-',
    '<<',
    '=',
    '? a',
    '!x',
    '*a',
  ],
  ...[
    '010',
    '0o10',
    '0x1f',
    '0b1',
    '1_000',
    '1e3',
    'e1',
    'e+0',
    'E-12',
    '1.5',
    '.5',
    '1.',
    '+1',
    '.inf',
    '.NaN',
    '190:20:30',
    '1:30',
  ],
  ...[
    '2024-01-01',
    '2001-12-14t21:59:43.10-05:00',
    'a: b',
    'a #c',
    '#c',
    '{}',
    '[]',
    '"',
    "'",
    '|',
    '>',
    '%x',
  ],
  ...[
    'a\n',
    'a\nb',
    'a\n\n',
    '\na',
    ' a\nb',
    'a \nb',
    'a\n\n\nb\n\n',
    'a\tb\n',
    '\u0085',
    'a\u2028b\n',
    '\ufeff',
    '\r\n',
  ],
  ...['---', '---\na', '...\n', 'a\n---\nb\n', '# a\nb\n', '- a\n- b\n', '250m', '25%', '10s', '1Gi'],
];

describe('YAML for people and kubectl', () => {
  it.each(AWKWARD)('says %j so that readers of YAML 1.1 and of 1.2 see the same', (text) => {
    expectSame([{ ...NAMED, data: { key: text, [text]: 'value', list: [text, [text], { [text]: text }] } }]);
  });

  it('says anything so that it is read back', () => {
    const text = oneof(anyText, string(), constantFrom(...AWKWARD));
    const values = anything({
      key: text,
      values: [text, constantFrom(true, false, null, 0, -1, 0.5, 1e21, 1e-7, 123456789012)],
      maxDepth: 4,
      withNullPrototype: false,
    });
    check(
      property(
        array(dictionary(text, values, { noNullPrototype: true }), { minLength: 1, maxLength: 3 }),
        (all) => {
          const wellFormed = JSON.parse(
            JSON.stringify(all.map((data) => ({ ...NAMED, data }))),
          ) as KubernetesObject[];
          expectSame(wellFormed);
        },
      ),
    );
  });

  it('keeps the lines of a file', () => {
    expect(toYaml([{ ...NAMED, data: { conf: 'a = 1\n\n  b = 2\n' } }])).toBe(
      [
        'apiVersion: v1',
        'kind: ConfigMap',
        'metadata:',
        '  name: x',
        'data:',
        '  conf: |',
        '    a = 1',
        '',
        '      b = 2',
        '',
      ].join('\n'),
    );
  });
});
