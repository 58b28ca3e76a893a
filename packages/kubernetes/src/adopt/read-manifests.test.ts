import { describe, expect, test } from 'vitest';
import type { ManifestDocument } from './adoption.ts';
import { readManifests } from './read-manifests.ts';

const documentsOf = (text: string): readonly ManifestDocument[] => {
  const reading = readManifests(text, 'web.yaml');
  if (!reading.ok) throw new TypeError(JSON.stringify(reading.faults));
  return reading.documents;
};
const faultsOf = (text: string): readonly string[] => {
  const reading = readManifests(text, 'web.yaml');
  return reading.ok ? [] : reading.faults.map(({ line, path, message }) => `${line} ${path}: ${message}`);
};
const service = (name: string, more = ''): string =>
  `apiVersion: v1\nkind: Service\nmetadata:\n  name: ${name}\n${more}`;

describe('reading a file of manifests', () => {
  test('gives every document of a file, and passes over empty ones', () => {
    const text = `---\n${service('one')}---\n# only a comment\n---\n${service('two')}`;
    expect(documentsOf(text).map(({ object }) => object.metadata.name)).toEqual(['one', 'two']);
    expect(documentsOf('')).toEqual([]);
  });

  test('reads the words of YAML 1.1 as kubectl does, and times as texts', () => {
    const [document] = documentsOf(
      service('one', 'spec: { a: yes, b: off, c: 0755, d: 12:30, e: 2026-01-01 }\n'),
    );
    expect(document?.object.spec).toEqual({ a: true, b: false, c: 493, d: '12:30', e: '2026-01-01' });
  });

  test('reads JSON', () => {
    const text = JSON.stringify({ apiVersion: 'v1', kind: 'Service', metadata: { name: 'one' } }, null, '\t');
    expect(documentsOf(text)).toHaveLength(1);
  });

  test('flattens lists, and gives the items of a typed list their kind', () => {
    const text =
      'apiVersion: v1\nkind: List\nitems:\n- apiVersion: apps/v1\n  kind: DeploymentList\n  items:\n  - metadata:\n      name: web\n';
    const [document] = documentsOf(text);
    expect(document?.object).toMatchObject({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'web' },
    });
    expect(document?.line(['metadata', 'name'])).toBe(8);
  });

  test('knows the line of a value, and of the nearest thing around one that is not there', () => {
    const [, document] = documentsOf(
      `${service('one')}---\n${service('two', 'spec:\n  ports:\n  - port: 80\n')}`,
    );
    expect(document?.line(['spec', 'ports', 0, 'port'])).toBe(12);
    expect(document?.line(['spec', 'ports', 7, 'port'])).toBe(11);
    expect(document?.line(['nothing'])).toBe(6);
  });

  test('follows anchors and merges', () => {
    const [document] = documentsOf(
      service('one', 'spec:\n  a: &a { x: 1, z: 2 }\n  b: { <<: *a, z: 3 }\n  c: *a\n'),
    );
    expect(document?.object.spec).toEqual({ a: { x: 1, z: 2 }, b: { x: 1, z: 3 }, c: { x: 1, z: 2 } });
    expect(document?.line(['spec', 'c', 'x'])).toBe(6);
  });
});

describe('a file that cannot be read', () => {
  test.each([
    ['a: [', /^1 : This is not YAML that kubectl would read/],
    ['a: 1\na: 2\n', /^2 : .*unique/],
    ['replicas: {{ .Values.replicas }}\n', /render it first/],
    ['a: 1\n{{- end }}\n', /render it first/],
    ['a: !Ref b\n', /^1 : .*tag/],
    ['- 1\n', /document 1: An object was expected/],
    ['just words\n', /An object was expected/],
    ['kind: Service\n', /It has no apiVersion/],
    ['apiVersion: v1\nmetadata: { name: a }\n', /It has no kind/],
    ['apiVersion: v1\nkind: Service\n', /\(Service\): It has no metadata\./],
    ['apiVersion: v1\nkind: Job\nmetadata:\n  generateName: a-\n', /^3 .*It has no metadata.name/],
    [
      'apiVersion: v1\nkind: List\nitems:\n- kind: Service\n',
      /^4 document 1, items\[0\]: It has no apiVersion/,
    ],
    ['apiVersion: v1\nkind: List\nitems: [null]\n', /An object was expected/],
    [
      `${service('one')}---\n${service('one')}`,
      /^6 Service one: It is declared twice; first in web.yaml, line 1/,
    ],
    [service('one', '  namespace: {}\n'), /^5 .*A namespace is a text/],
    [service('one', '  labels: []\n'), /^5 .*labels are a mapping of texts/],
    [service('one', '  labels:\n    version: 7\n'), /^6 .*The value of version must be a text/],
    [service('one', '  annotations: { a: on }\n'), /The value of a must be a text/],
    [service('one', 'spec:\n  ~: 1\n'), /^6 .*A key here is a mapping, a list or nothing/],
    ['a: &a\n  b: *a\n', /used inside of itself/],
    ['a: *nowhere\n', /^1 /],
  ])('%j is refused with the place and the reason', (text, reason) => {
    const faults = faultsOf(text);
    expect(faults).toHaveLength(1);
    expect(faults[0]).toMatch(reason);
  });

  test('the same name in two namespaces, or of two kinds, is no duplicate', () => {
    const text = `${service('one', '  namespace: a\n')}---\n${service('one', '  namespace: b\n')}---\n${service('one').replace('Service', 'Pod')}`;
    expect(documentsOf(text)).toHaveLength(3);
  });

  test('a file whose aliases stand for billions of values is refused at once', () => {
    const levels = Array.from({ length: 12 }, (_, level) =>
      level === 0
        ? 'a0: &a0 [x,x,x,x,x,x,x,x,x]'
        : `a${level}: &a${level} [${Array(9)
            .fill(`*a${level - 1}`)
            .join(',')}]`,
    );
    expect(faultsOf(levels.join('\n'))[0]).toMatch(/aliases/);
  });

  test('a large part that is used often is refused, however few its aliases are', () => {
    const text = `a: &a [${Array(2000).fill('x').join(',')}]\nb: [${Array(300).fill('*a').join(',')}]\n`;
    expect(faultsOf(text)[0]).toMatch(/more than 500000 values once its aliases are followed/);
  });

  test('nesting without end is refused', () => {
    expect(faultsOf(`${'['.repeat(5000)}${']'.repeat(5000)}`)).toHaveLength(1);
    expect(faultsOf(`a: ${'['.repeat(300)}${']'.repeat(300)}`)).toHaveLength(1);
  });

  test('a file that is too long is refused', () => {
    expect(faultsOf(`# ${'x'.repeat(4 * 1024 * 1024)}`)[0]).toMatch(/longer than/);
  });
});
