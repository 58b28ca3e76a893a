import { compilePlan } from '@sluice/core/rollout/plan.ts';
import { anything, array, assert, constantFrom, integer, nat, property } from 'fast-check';
import { describe, expect, test } from 'vitest';
import { adoptCanary } from '../flagger/adopt-canary.ts';
import { documentsOf, sampleFile, SETTINGS } from '../flagger/testing/adopt-sample.ts';
import type { ManifestDocument } from '../adoption.ts';
import { adoptWorkload } from './adopt-workload.ts';

const flagger = new URL('../flagger/', import.meta.url);
const workloads = new URL('./', import.meta.url);

const BUNDLES = [
  [sampleFile(flagger, 'istio-weights'), sampleFile(flagger, 'podinfo-deployment')],
  [sampleFile(flagger, 'gateway-matches'), sampleFile(flagger, 'podinfo-deployment')],
  [sampleFile(flagger, 'daemon-set')],
  [sampleFile(workloads, 'web-with-routes')],
  [sampleFile(workloads, 'worker-without-routes')],
  [sampleFile(workloads, 'database')],
];

/** Keys and indexes to every value inside, the deepest last. */
const pathsIn = (value: unknown): readonly (readonly (string | number)[])[] =>
  typeof value !== 'object' || value === null
    ? [[]]
    : [
        [],
        ...Object.entries(value).flatMap(([key, item]) =>
          pathsIn(item).map((path) => [Array.isArray(value) ? Number(key) : key, ...path]),
        ),
      ];

/** The same value with something else at a path; undefined takes the key away. */
function replaced(value: unknown, [key, ...rest]: readonly (string | number)[], by: unknown): unknown {
  if (key === undefined) return by;
  if (typeof value !== 'object' || value === null) return value;
  const inside = replaced((value as Record<string, unknown>)[key], rest, by);
  if (Array.isArray(value))
    return value
      .map((item: unknown, index) => (index === key ? inside : item))
      .filter((item) => item !== undefined);
  const kept = Object.entries(value).filter(([name]) => name !== key);
  return Object.fromEntries(inside === undefined ? kept : [...kept, [String(key), inside]]);
}

/** Documents with one value somewhere below `spec` that is something else. */
function spoilt(
  documents: readonly ManifestDocument[],
  which: number,
  by: unknown,
): readonly ManifestDocument[] {
  const places = documents.flatMap((document, index) =>
    pathsIn(document.object.spec)
      .slice(1)
      .map((path) => ({ index, path: ['spec', ...path] })),
  );
  const place = places[which % places.length];
  return documents.map((document, index) =>
    index === place?.index
      ? { ...document, object: replaced(document.object, place.path, by) as ManifestDocument['object'] }
      : document,
  );
}

function adopt(documents: readonly ManifestDocument[]) {
  const canary = documents.find(({ object }) => object.kind === 'Canary');
  const workload = documents.find(({ object }) => /Deployment|Set$/.test(object.kind));
  return canary ? adoptCanary(canary, documents, SETTINGS) : adoptWorkload(workload!, documents, SETTINGS);
}

const odd = constantFrom<unknown>(null, undefined, '', 'x', 0, -1, 1.5, true, [], {}, [null], [{}], {
  a: null,
});

describe('whatever stands in a file', () => {
  test('it is adopted or refused with places, and never breaks the reading', () => {
    const bundles = BUNDLES.map((files) => documentsOf(...files));
    assert(
      property(
        nat(BUNDLES.length - 1),
        array(nat(10_000), { minLength: 1, maxLength: 3 }),
        odd,
        (bundle, places, by) => {
          const documents = places.reduce<readonly ManifestDocument[]>(
            (all, place) => spoilt(all, place, by),
            bundles[bundle] ?? [],
          );
          const adoption = adopt(documents);
          if (adoption.ok) {
            const { component } = adoption;
            expect(component.instances).toBeGreaterThan(0);
            expect(compilePlan(component, { first: false, lane: 'normal' }).steps.length).toBeGreaterThan(1);
            // It is stored as JSON: no NaN, nothing undefined.
            expect(JSON.parse(JSON.stringify(component))).toStrictEqual(component);
            return;
          }
          expect(adoption.faults.length).toBeGreaterThan(0);
          for (const { line, message } of adoption.faults)
            expect({ line, message }).toEqual({
              line: expect.any(Number),
              message: expect.stringMatching(/\.$/),
            });
        },
      ),
      { numRuns: 800 },
    );
  });

  test('values of any form at one place do not break it either', () => {
    const documents = documentsOf(...BUNDLES[0]!);
    assert(
      property(integer({ min: 0, max: 5000 }), anything({ maxDepth: 2 }), (place, by) => {
        expect(typeof adopt(spoilt(documents, place, by)).ok).toBe('boolean');
      }),
      { numRuns: 400 },
    );
  });
});
