import { expect, test } from 'vitest';
import { AUTHORITY_MS, authoritiesAt, JOINED_MS, type Lifetime } from './authorities-at.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const madeAt = (from: number) => ({ from, until: from + AUTHORITY_MS });
const first = madeAt(0);
/** Nine years: the next is made just after. */
const DUE = AUTHORITY_MS - 365 * DAY_MS;
const next = madeAt(DUE + HOUR_MS);
const wrong = madeAt(AUTHORITY_MS * 5);

test.each([
  ['before there is one', [], 0, { trusted: [], signing: null, isNextDue: true }],
  ['as soon as the first is made', [first], 0, { trusted: [first], signing: first, isNextDue: false }],
  ['nine years later', [first], DUE, { trusted: [first], signing: first, isNextDue: false }],
  ['after those nine years', [first], DUE + 1, { trusted: [first], signing: first, isNextDue: true }],
  [
    'while not every server knows the next one',
    [first, next],
    next.from + DAY_MS - 1,
    { trusted: [first, next], signing: first, isNextDue: false },
  ],
  [
    'when each knows it',
    [first, next],
    next.from + DAY_MS,
    { trusted: [first, next], signing: next, isNextDue: false },
  ],
  [
    'until what the first has signed has ended, and a day more',
    [first, next],
    next.from + 3 * DAY_MS - 1,
    { trusted: [first, next], signing: next, isNextDue: false },
  ],
  ['after that', [first, next], next.from + 3 * DAY_MS, { trusted: [next], signing: next, isNextDue: false }],
  [
    'when nobody has looked for ten years',
    [first],
    AUTHORITY_MS,
    { trusted: [], signing: null, isNextDue: true },
  ],
  [
    'when it was seen at the last moment',
    [first, madeAt(AUTHORITY_MS - HOUR_MS)],
    AUTHORITY_MS - HOUR_MS,
    {
      trusted: [first, madeAt(AUTHORITY_MS - HOUR_MS)],
      signing: madeAt(AUTHORITY_MS - HOUR_MS),
      isNextDue: false,
    },
  ],
  [
    'when a server with a wrong clock has made one',
    [first, wrong],
    DUE + 1,
    { trusted: [first], signing: first, isNextDue: true },
  ],
])('authorities %s', (_when, kept, at, expected) => {
  expect(authoritiesAt(kept, at)).toEqual(expected);
  expect(authoritiesAt(kept.toReversed(), at)).toEqual(expected);
});

test('a certificate is trusted for as long as it lasts, whenever in twenty years it was signed', () => {
  let kept = [madeAt(0)];
  let signed: { readonly by: Lifetime; readonly until: number }[] = [];
  const faults: number[] = [];
  for (let at = 0; at < 2 * AUTHORITY_MS; at += 6 * HOUR_MS) {
    const { signing, isNextDue, trusted } = authoritiesAt(kept, at);
    signed = signed.filter(({ until }) => at < until);
    if (signed.some(({ by }) => !trusted.includes(by)) || signing === null) faults.push(at);
    else signed.push({ by: signing, until: at + JOINED_MS });
    if (isNextDue) kept = [...kept, madeAt(at)];
  }
  expect(faults).toEqual([]);
  expect(kept).toHaveLength(3);
});
