import { revisionId } from '@sluice/core/kernel/ids.ts';
import { EMPTY_SPLIT, type Split } from '@sluice/core/traffic/split.ts';
import { expect, test } from 'vitest';
import { admitSplit, type KnownRevision } from './admit-split.ts';

const split = (weights: Readonly<Record<string, number>>, changes: Partial<Split> = {}): Split => ({
  ...EMPTY_SPLIT,
  weights: Object.entries(weights).map(([name, basisPoints]) => ({
    revision: revisionId(name),
    basisPoints,
  })),
  ...changes,
});
const known = (revisions: Readonly<Record<string, Partial<KnownRevision>>>) =>
  new Map(Object.entries(revisions).map(([name, seen]) => [name, { ready: 0, retiring: false, ...seen }]));
const outcome = (...args: Parameters<typeof admitSplit>): string => {
  const admitted = admitSplit(...args);
  return admitted.ok ? 'admitted' : admitted.refusal.code;
};

test('a split over ready revisions is admitted, and the empty split always', () => {
  expect(outcome(split({ a: 9500, b: 500 }), null, known({ a: { ready: 1 }, b: { ready: 1 } }))).toBe(
    'admitted',
  );
  expect(outcome(EMPTY_SPLIT, split({ a: 10_000 }), known({ a: { ready: 1 } }))).toBe('admitted');
});

test('whatever names a revision names one that runs: weight, match and mirror', () => {
  const running = known({ a: { ready: 1 } });
  const conditions = [{ on: 'path', prefix: '/' }] as const;
  expect(outcome(split({ a: 10_000, b: 0 }), null, running)).toBe('revision-not-run');
  expect(
    outcome(split({ a: 10_000 }, { matches: [{ conditions, revision: revisionId('b') }] }), null, running),
  ).toBe('revision-not-run');
  expect(
    outcome(split({ a: 10_000 }, { mirror: { revision: revisionId('b'), basisPoints: 1 } }), null, running),
  ).toBe('revision-not-run');
});

test('a revision without a ready instance gets no more than it has, and may keep or lose it', () => {
  const running = known({ a: { ready: 1 }, b: { ready: 0 } });
  const inForce = split({ a: 9000, b: 1000 });
  expect(outcome(split({ a: 8999, b: 1001 }), inForce, running)).toBe('no-ready-instance');
  expect(outcome(split({ a: 9000, b: 1000 }), inForce, running)).toBe('admitted');
  expect(outcome(split({ a: 10_000, b: 0 }), inForce, running)).toBe('admitted');
  expect(outcome(split({ a: 9000, b: 1000 }), null, running)).toBe('no-ready-instance');
});

test('when nothing is ready anywhere every sound split is admitted', () => {
  expect(outcome(split({ a: 5000, b: 5000 }), null, known({ a: {}, b: {} }))).toBe('admitted');
});

test('a revision that is being retired may stand in a split only with nothing', () => {
  const running = known({ a: { ready: 1 }, b: { ready: 1, retiring: true } });
  expect(outcome(split({ a: 9999, b: 1 }), split({ b: 10_000 }), running)).toBe('revision-retiring');
  expect(outcome(split({ a: 10_000, b: 0 }), null, running)).toBe('admitted');
});

test('a split that does not add up is refused before anything else', () => {
  expect(outcome(split({ z: 1 }), null, known({}))).toBe('split-invalid');
});
