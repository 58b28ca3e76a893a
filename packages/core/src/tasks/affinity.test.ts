import fc from 'fast-check';
import { expect, it } from 'vitest';
import { isLabel, laneNamed, type LaneParts, maySuit, partsOfLane, PATIENCE_MS } from './affinity.ts';

const NOTHING: LaneParts = { abilities: [], require: [], prefer: [], avoid: [], isApart: false, key: null };
const word = fc.stringMatching(/^[a-z][a-z0-9._-]{0,5}$/);
const label = fc.tuple(word, word).map((pair) => pair.join('='));

it('is read as it was written, whatever the key holds', () => {
  const some = (arbitrary: fc.Arbitrary<string>) => fc.uniqueArray(arbitrary, { maxLength: 3 });
  const parts = fc.record({
    ...{ abilities: some(word), require: some(label), prefer: some(label), avoid: some(label) },
    isApart: fc.boolean(),
    key: fc.option(fc.string({ unit: 'grapheme', maxLength: 20 })),
  });
  fc.assert(
    fc.property(parts, (asked) => {
      const sorted = Object.fromEntries(
        Object.entries(asked).map(([name, of]) => [name, Array.isArray(of) ? of.toSorted() : of]),
      );
      expect(partsOfLane(laneNamed(asked))).toEqual(sorted);
    }),
  );
});

it('is one line for all who ask for the same, and the old name where nothing more is asked for', () => {
  expect(laneNamed({ ...NOTHING, abilities: ['web', 'gpu', 'web'] })).toBe('gpu,web');
  expect(laneNamed(NOTHING)).toBe('');
  expect(partsOfLane('gpu,web')).toEqual({ ...NOTHING, abilities: ['gpu', 'web'] });
  expect(
    laneNamed({ ...NOTHING, require: ['zone=eu'], prefer: ['data=b'], avoid: ['spot=yes'], key: 'a,b' }),
  ).toBe('zone=eu,!spot=yes,?data=b,~a%2Cb');
});

it('keeps what is required from everybody else for ever', () => {
  const asked = { ...NOTHING, abilities: ['gpu'], require: ['zone=eu'] };
  expect(maySuit(asked, new Set(['gpu', 'zone=eu', 'zone=us']), 0)).toBe(true);
  expect(maySuit(asked, new Set(['gpu', 'zone=us']), 1e9)).toBe(false);
  expect(maySuit(asked, new Set(['zone=eu']), 1e9)).toBe(false);
});

it('leaves what prefers others, or avoids these, to others for a moment', () => {
  const asked = { ...NOTHING, prefer: ['zone=eu'], avoid: ['spot=yes'] };
  expect(maySuit(asked, new Set(['zone=eu']), 0)).toBe(true);
  for (const own of [['zone=us'], ['zone=eu', 'spot=yes'], []]) {
    expect(maySuit(asked, new Set(own), PATIENCE_MS - 1)).toBe(false);
    expect(maySuit(asked, new Set(own), PATIENCE_MS)).toBe(true);
  }
});

it('takes key and value for a label, and nothing that would be another word of a line', () => {
  expect(['zone=eu', 'data=s3://b/k-1', 'a.b-c_d=1'].map(isLabel)).toEqual([true, true, true]);
  expect(['zone', '=eu', 'zone=', '?zone=eu', '~a=b', 'a=b,c', 'a=b=c'].map(isLabel)).toEqual(
    Array.from({ length: 7 }, () => false),
  );
});
