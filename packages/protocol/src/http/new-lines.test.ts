import fc from 'fast-check';
import { expect, test } from 'vitest';
import { newLines, newLinesOfEach } from './new-lines.ts';

test('what follows the end of the earlier look is new', () => {
  expect(newLines(['a', 'b'], ['a', 'b', 'c'])).toEqual(['c']);
  expect(newLines(['a', 'b', 'c'], ['b', 'c', 'd', 'e'])).toEqual(['d', 'e']);
  expect(newLines(['a'], ['a'])).toEqual([]);
  expect(newLines([], ['a'])).toEqual(['a']);
});

test('a log that was rotated or is of another process is all new', () => {
  expect(newLines(['a', 'b'], ['x', 'y'])).toEqual(['x', 'y']);
});

test('of any log with lines of its own, followed through any windows, each line is told once', () => {
  const sizes = fc.array(fc.nat(8), { minLength: 1, maxLength: 10 });
  fc.assert(
    fc.property(sizes, fc.integer({ min: 8, max: 20 }), (growths, window) => {
      const log: string[] = [];
      const told: string[] = [];
      let before: readonly string[] = [];
      for (const growth of growths) {
        for (let added = 0; added < growth; added += 1) log.push(`line ${log.length}`);
        const look = log.slice(-window);
        told.push(...newLines(before, look));
        before = look;
      }
      expect(told).toEqual(log);
    }),
  );
});

test('of several instances each log is compared with itself, so nothing is told twice', () => {
  const before = ['0 | a', '0 | b', '1 | a'];
  expect(newLinesOfEach(before, ['0 | a', '0 | b', '0 | c', '1 | a', '1 | d'])).toEqual(['0 | c', '1 | d']);
  expect(newLinesOfEach(before, before)).toEqual([]);
});

test('an instance that is new, or writes again after it was gone, is told from its beginning', () => {
  expect(newLinesOfEach(['0 | a'], ['0 | a', '1 | x', '1 | y'])).toEqual(['1 | x', '1 | y']);
  expect(newLinesOfEach(['0 | a', '1 | x'], ['1 | x', '1 | y'])).toEqual(['1 | y']);
});
