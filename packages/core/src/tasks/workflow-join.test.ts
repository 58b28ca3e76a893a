import fc from 'fast-check';
import { expect, it, test } from 'vitest';
import { joinNeed, joinVerdict } from './workflow-join.ts';
import type { Join } from './workflow-spec.ts';

const verdict = (join: Join, total: number, ended: number, succeeded: number) =>
  joinVerdict(joinNeed(join, total), { total, ended, succeeded });

test.each([
  ['all', 2, 1, 1, 'wait'],
  ['all', 2, 2, 2, 'ready'],
  ['all', 2, 1, 0, 'impossible'],
  ['any', 3, 2, 0, 'wait'],
  ['any', 3, 1, 1, 'ready'],
  ['any', 3, 3, 0, 'impossible'],
  ['settled', 2, 1, 0, 'wait'],
  ['settled', 2, 2, 0, 'ready'],
  [{ quorum: 2 }, 3, 2, 1, 'wait'],
  [{ quorum: 2 }, 3, 2, 2, 'ready'],
  [{ quorum: 2 }, 3, 2, 0, 'impossible'],
  ['all', 0, 0, 0, 'ready'],
  ['any', 0, 0, 0, 'ready'],
] as const)('%j of %i, with %i ended and %i of them well: %s', (join, total, ended, succeeded, expected) => {
  expect(verdict(join, total, ended, succeeded)).toBe(expected);
});

const joins = (total: number) =>
  fc.oneof(
    fc.constantFrom<Join>('all', 'any', 'settled'),
    fc.integer({ min: 1, max: Math.max(1, total) }).map((quorum): Join => ({ quorum })),
  );

it('is decided at the latest when all have ended, and stays decided', () => {
  fc.assert(
    fc.property(
      fc
        .array(fc.boolean(), { maxLength: 12 })
        .chain((ends) => fc.tuple(fc.constant(ends), joins(ends.length))),
      ([ends, join]) => {
        let last = 'wait';
        for (let ended = 0; ended <= ends.length; ended++) {
          const succeeded = ends.slice(0, ended).filter(Boolean).length;
          const now = verdict(join, ends.length, ended, succeeded);
          if (last !== 'wait') expect(now).toBe(last);
          last = now;
        }
        expect(last).not.toBe('wait');
      },
    ),
  );
});
