import { describe, expect, it } from 'vitest';
import { readDocument } from './read-document.ts';
import { type SourceValue, jsonOf, locate, pathText } from './source-value.ts';

function rootOf(text: string): SourceValue {
  const { root, faults } = readDocument(text);
  expect(faults).toEqual([]);
  return root as SourceValue;
}

describe('a document', () => {
  it('has the values of YAML 1.2, in which yes and on are texts', () => {
    expect(jsonOf(rootOf('a: yes\non: true\nn: 0755\nf: 1.10\ne: ~\n8080: x'))).toEqual({
      a: 'yes',
      on: true,
      n: 755,
      f: 1.1,
      e: null,
      '8080': 'x',
    });
  });

  it('follows aliases and merges mappings, whose own keys win', () => {
    const text = 'a: &a { x: 1, y: 2 }\nb: &b { y: 3, z: 4 }\nc: { <<: [ *a, *b ], x: 0 }\nd: *a';
    expect(jsonOf(rootOf(text))).toMatchObject({ c: { x: 0, y: 2, z: 4 }, d: { x: 1, y: 2 } });
  });

  it('an alias stands where it is used', () => {
    const text = 'a: &a 1\nb: *a';
    const span = locate(rootOf(text), ['b'], 'value');
    expect(text.slice(span.start, span.end)).toBe('*a');
  });
});

describe('the place of a path', () => {
  const text = 'top:\n  list: [ one, { key: two } ]\n  empty:\n';
  const root = rootOf(text);
  const at = (path: readonly (string | number)[], which: 'key' | 'value'): string => {
    const { start, end } = locate(root, path, which);
    return text.slice(start, end);
  };

  it.each([
    [['top', 'list'], 'key', 'list'],
    [['top', 'list', 0], 'value', 'one'],
    [['top', 'list', 1, 'key'], 'key', 'key'],
    [['top', 'list', 1, 'key'], 'value', 'two'],
    [['top', 'empty'], 'value', 'empty'],
    [['top', 'missing', 'deeper'], 'value', 'top'],
    [['top', 'list', 9], 'value', 'list'],
  ] as const)('%j by its %s is %s', (path, which, expected) => {
    expect(at(path, which)).toBe(expected);
  });
});

describe('a path as people read it', () => {
  it.each([
    [[], 'the file'],
    [['a', 'b', 0, 'c'], 'a.b[0].c'],
    [['a', 'x.y'], 'a["x.y"]'],
    [['a/b'], 'a/b'],
    [['Bad Name'], '["Bad Name"]'],
  ] as const)('%j is %s', (path, text) => {
    expect(pathText(path)).toBe(text);
  });
});
