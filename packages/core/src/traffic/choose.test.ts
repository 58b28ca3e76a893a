import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { revisionId } from '../kernel/ids.ts';
import { seededRandom } from '../kernel/prng.ts';
import { chooseRevision, matches, type RequestFacts, revisionAt, stickyPlace } from './choose.ts';
import { EMPTY_SPLIT, type Match, type MatchCondition, type Split } from './split.ts';

const canary = revisionId('shop-000000000002');
const stable = revisionId('shop-000000000001');
const third = revisionId('shop-000000000003');

const canaryAt = (basisPoints: number, salt = 'ro-1'): Split => ({
  ...EMPTY_SPLIT,
  salt,
  weights: [
    { revision: canary, basisPoints },
    { revision: stable, basisPoints: 10_000 - basisPoints },
  ],
});

const request = (
  path: string,
  headers: Record<string, string> = {},
  cookies: Record<string, string> = {},
): RequestFacts => ({
  path,
  header: (name) => headers[name],
  cookie: (name) => cookies[name],
});

const matchOn = (...conditions: MatchCondition[]): Match => ({ conditions, revision: third });

/** Five standard errors of a binomial share of `n` draws: a fair draw fails this less than once in a million. */
const tolerance = (share: number, n: number): number => 5 * Math.sqrt((share * (1 - share)) / n) + 1e-9;

describe('matches', () => {
  const cases: [string, MatchCondition, RequestFacts, boolean][] = [
    [
      'an equal header',
      { on: 'header', name: 'x-beta', equals: 'yes' },
      request('/', { 'x-beta': 'yes' }),
      true,
    ],
    [
      'another header value',
      { on: 'header', name: 'x-beta', equals: 'yes' },
      request('/', { 'x-beta': 'no' }),
      false,
    ],
    ['a missing header', { on: 'header', name: 'x-beta', equals: '' }, request('/'), false],
    [
      'the start of a header',
      { on: 'header', name: 'agent', prefix: 'curl/' },
      request('/', { agent: 'curl/8' }),
      true,
    ],
    [
      'one of several cookies',
      { on: 'cookie', name: 'group', oneOf: ['a', 'b'] },
      request('/', {}, { group: 'b' }),
      true,
    ],
    [
      'none of several cookies',
      { on: 'cookie', name: 'group', oneOf: ['a'] },
      request('/', {}, { group: 'b' }),
      false,
    ],
    ['the start of the path', { on: 'path', prefix: '/admin' }, request('/admin/users'), true],
    ['a condition that names nothing', { on: 'header', equals: 'yes' }, request('/'), false],
    ['a condition without a comparison', { on: 'path' }, request('/'), false],
  ];
  it.each(cases)('%s', (_name, condition, facts, holds) => {
    expect(matches(matchOn(condition), facts)).toBe(holds);
  });

  it('holds only when all conditions hold', () => {
    const both = matchOn({ on: 'path', equals: '/' }, { on: 'header', name: 'x-beta', equals: 'yes' });
    expect(matches(both, request('/', { 'x-beta': 'yes' }))).toBe(true);
    expect(matches(both, request('/', {}))).toBe(false);
  });
});

describe('chooseRevision', () => {
  it('sends a matched request to its revision whatever the weights say, the first match first', () => {
    const split: Split = {
      ...canaryAt(10_000),
      matches: [
        { conditions: [{ on: 'path', equals: '/a' }], revision: third },
        { conditions: [{ on: 'path', prefix: '/' }], revision: stable },
      ],
    };
    expect(chooseRevision(split, request('/a'), 0)).toBe(third);
    expect(chooseRevision(split, request('/b'), 0)).toBe(stable);
  });

  it('serves nothing from an empty split', () => {
    expect(chooseRevision(EMPTY_SPLIT, request('/'), 0)).toBeUndefined();
  });

  it('takes every place by exactly one weight, each as many as its basis points', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 10_000 }), (basisPoints) => {
        const split = canaryAt(basisPoints);
        let taken = 0;
        for (let place = 0; place < 10_000; place++)
          if (chooseRevision(split, request('/'), place) === canary) taken++;
        expect(taken).toBe(basisPoints);
      }),
      { numRuns: 20 },
    );
  });

  it('passes over a revision with weight 0', () => {
    expect(revisionAt(canaryAt(0).weights, 0)).toBe(stable);
    expect(revisionAt(canaryAt(10_000).weights, 9_999)).toBe(canary);
  });
});

describe('stickyPlace', () => {
  it('keeps every user of the candidate while its share grows', () => {
    fc.assert(
      fc.property(
        fc.string(),
        fc.string(),
        fc.integer({ min: 0, max: 10_000 }),
        fc.integer({ min: 0, max: 10_000 }),
        (user, salt, one, other) => {
          const place = stickyPlace(user, salt);
          const [less, more] = [Math.min(one, other), Math.max(one, other)];
          const early = revisionAt(canaryAt(less).weights, place);
          if (early === canary) expect(revisionAt(canaryAt(more).weights, place)).toBe(canary);
        },
      ),
    );
  });

  it('realises a share over users within the error of a fair draw, under any salt', () => {
    fc.assert(
      fc.property(fc.uuid(), fc.constantFrom(100, 500, 2_500, 5_000, 9_000), (salt, basisPoints) => {
        const users = 4_000;
        let taken = 0;
        for (let user = 0; user < users; user++) if (stickyPlace(`user-${user}`, salt) < basisPoints) taken++;
        const share = basisPoints / 10_000;
        expect(Math.abs(taken / users - share)).toBeLessThan(tolerance(share, users));
      }),
      { numRuns: 25, seed: 7 },
    );
  });

  it('puts other users first under another salt', () => {
    const users = Array.from({ length: 4_000 }, (_, index) => `user-${index}`);
    const first = users.filter((user) => stickyPlace(user, 'ro-1') < 1_000);
    const again = first.filter((user) => stickyPlace(user, 'ro-2') < 1_000);
    expect(Math.abs(again.length / first.length - 0.1)).toBeLessThan(tolerance(0.1, first.length));
  });
});

describe('a random place', () => {
  it('realises the weights within the error of a fair draw', () => {
    const random = seededRandom(11);
    const draws = 20_000;
    const split = canaryAt(500);
    let taken = 0;
    for (let draw = 0; draw < draws; draw++)
      if (chooseRevision(split, request('/'), Math.floor(random() * 10_000)) === canary) taken++;
    expect(Math.abs(taken / draws - 0.05)).toBeLessThan(tolerance(0.05, draws));
  });
});
