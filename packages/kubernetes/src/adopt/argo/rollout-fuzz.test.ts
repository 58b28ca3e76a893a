import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { adoptManifests } from '../adopt-manifests.ts';
import { SETTINGS } from './testing/adopt-text.ts';

/** Which part of the odd values is tried at one place. */
const EVERY = 7;

type Path = readonly (string | number)[];

/** What a hurried hand leaves in a file. */
const ODD = [
  null,
  '',
  'x',
  0,
  -1,
  1e9,
  0.5,
  true,
  [],
  {},
  [null],
  [{}],
  { a: null },
  '{{',
  '{{args.x}}',
  '$',
] as const;

const documentsOf = (name: string): readonly unknown[] => {
  const text = readFileSync(new URL(`samples/${name}.yaml`, import.meta.url), 'utf8');
  return [...parseAllDocuments(text, { version: '1.1' })].map((document) => document.toJS() as unknown);
};

function pathsIn(value: unknown, path: Path = []): readonly Path[] {
  if (typeof value !== 'object' || value === null) return [path];
  const inner = Object.entries(value).flatMap(([key, one]) =>
    pathsIn(one, [...path, Array.isArray(value) ? Number(key) : key]),
  );
  return path.length === 0 ? inner : [path, ...inner];
}

function replaced(value: unknown, [key, ...rest]: Path, by: unknown): unknown {
  if (key === undefined) return by;
  if (Array.isArray(value))
    return (value as readonly unknown[]).map((item, index) =>
      index === key ? replaced(item, rest, by) : item,
    );
  const record = value as Readonly<Record<string, unknown>>;
  return { ...record, [key]: replaced(record[key], rest, by) };
}

describe('whatever stands in the place of a value, the files are adopted or refused with a place', () => {
  test.each(['istio-canary', 'gateway-canary', 'pods-canary', 'blue-green', 'experiment'])('%s', (name) => {
    const documents = documentsOf(name);
    let refused = 0;
    // A few per place, and every one at some place: all of them everywhere take half a minute.
    for (const [at, document] of documents.entries())
      for (const [number, path] of pathsIn(document).entries())
        for (const odd of ODD.filter((_, index) => index % EVERY === number % EVERY)) {
          const changed = documents.map((one, index) => (index === at ? replaced(one, path, odd) : one));
          const text = changed.map((one) => JSON.stringify(one)).join('\n---\n');
          const adoption = adoptManifests([{ file: 'odd.yaml', text }], SETTINGS);
          if (adoption.ok) continue;
          refused += 1;
          for (const { line, message } of adoption.faults) {
            expect(line, `${path.join('.')} = ${JSON.stringify(odd)}`).toBeGreaterThan(0);
            expect(message).not.toMatch(/\[object Object\]/);
          }
        }
    expect(refused).toBeGreaterThan(100);
  });
});
