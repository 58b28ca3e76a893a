import { revisionId } from '@sluice/core/kernel/ids.ts';
import type { Split } from '@sluice/core/traffic/split.ts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FIELD, readSplitLine, writeSplitLine } from './split-line.ts';
import { fieldText, textField } from './text-field.ts';

const text = fc.string({ unit: 'binary', maxLength: 12 });
const revision = fc.integer({ min: 1, max: 5 }).map((number) => revisionId(`web-${number}`));
const comparison = fc.oneof(
  fc.record({ equals: text }),
  fc.record({ prefix: text }),
  fc.record({ oneOf: fc.array(text, { maxLength: 3 }) }),
  fc.constant({}),
);
const condition = fc
  .tuple(
    fc.constantFrom('header', 'cookie', 'path'),
    fc.oneof(fc.record({ name: text }), fc.constant({})),
    comparison,
  )
  .map(([on, name, compared]) => ({ on: on as 'header', ...name, ...compared }));
const weights = fc
  .tuple(fc.integer({ min: 0, max: 10_000 }), fc.uniqueArray(revision, { minLength: 2, maxLength: 2 }))
  .map(([first, names]) =>
    names.map((name, at) => ({ revision: name, basisPoints: at === 0 ? first : 10_000 - first })),
  );
const split: fc.Arbitrary<Split> = fc.record({
  weights: fc.oneof(weights, fc.constant([])),
  matches: fc.array(fc.record({ revision, conditions: fc.array(condition, { maxLength: 3 }) }), {
    maxLength: 3,
  }),
  mirror: fc.constant(null),
  sticky: fc.oneof(
    fc.constant(null),
    fc.constant({ by: 'address' } as const),
    fc.record({ by: fc.constantFrom('header' as const, 'cookie' as const), name: text }),
  ),
  salt: text,
});

const backends = new Map([1, 2, 3, 4, 5].map((number) => [`web-${number}`, `r${number}`]));

describe('a split line', () => {
  it('says everything that a split says, in letters that HAProxy takes as they are', () => {
    fc.assert(
      fc.property(split, fc.nat(), (given, generation) => {
        const line = writeSplitLine({ generation, timeoutMs: 1, maxBodyBytes: 0, split: given, backends });
        expect(line).toMatch(/^[\w.%~|:&@+,-]+$/);
        expect(readSplitLine(line)).toMatchObject({ generation, split: given });
      }),
    );
  });

  it('reads like this for a canary of 5 % with a match', () => {
    const line = writeSplitLine({
      generation: 12,
      timeoutMs: 60_000,
      maxBodyBytes: 1_048_576,
      backends,
      split: {
        weights: [
          { revision: revisionId('web-2'), basisPoints: 500 },
          { revision: revisionId('web-1'), basisPoints: 9_500 },
        ],
        matches: [
          {
            revision: revisionId('web-2'),
            conditions: [
              { on: 'header', name: 'x-beta', oneOf: ['yes', 'of course'] },
              { on: 'path', prefix: '/shop' },
            ],
          },
        ],
        mirror: null,
        sticky: { by: 'cookie', name: 'visitor' },
        salt: 'ro-7',
      },
    });
    expect(line.split('|')).toEqual([
      '12',
      '60000',
      '1048576',
      'L',
      'ro-7',
      '3096564317',
      'cookie:visitor',
      'r2:web-2@h:x-beta:o:yes,of%20course+p:-:p:%2Fshop',
      '500:r2:web-2',
      '10000:r1:web-1',
    ]);
    expect(line.split('|')[FIELD.firstArm - 1]).toBe('500:r2:web-2');
  });

  it('is not read when it is something else', () => {
    expect(readSplitLine('12|60000')).toBeUndefined();
  });
});

describe('a text field', () => {
  it('gives back every text, also the empty one and halves of characters', () => {
    fc.assert(
      fc.property(text, (given) => {
        expect(fieldText(textField(given))).toBe(given);
      }),
    );
    for (const given of ['', '~', '-', '%41', '\ud800', 'Ω|é'])
      expect(fieldText(textField(given))).toBe(given);
  });
});
