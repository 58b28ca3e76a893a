import fc from 'fast-check';
import { expect, it } from 'vitest';
import { isHeavierThan } from './json-weight.ts';

const bytesOf = (value: unknown): number => Buffer.byteLength(JSON.stringify(value));

it('is never heavier than its JSON, and its JSON at most 30 times as heavy', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const bytes = bytesOf(value);
      expect(isHeavierThan(value, bytes)).toBe(false);
      expect(isHeavierThan(value, Math.ceil(bytes / 30) - 1)).toBe(true);
    }),
  );
});

it('knows at once of what no memory could hold', () => {
  const nested = Array.from({ length: 50 }).reduce<unknown>((inner) => [inner, inner], 'deep');
  expect(isHeavierThan(nested, 1_000_000)).toBe(true);
  const wide = Array.from({ length: 20_000 }, () => 'x'.repeat(262_144));
  expect(isHeavierThan(wide, 262_144)).toBe(true);
});
