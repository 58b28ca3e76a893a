import { expect, it } from 'vitest';
import type { IntOrPercent } from '../objects/int-or-percent.ts';
import type { Deployment, ReplicaSet } from '../objects/workload.ts';
import { MAX_REPLICAS } from './annotation-names.ts';
import { nextNewSize, rollingBounds, scaleInProportion, shrinkOldSets } from './replica-set-sizes.ts';

const deployment = (
  replicas: number,
  maxSurge: IntOrPercent = 2,
  maxUnavailable: IntOrPercent = 1,
): Deployment => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web', uid: 'u', resourceVersion: '1', creationTimestamp: '2026-01-01T00:00:00Z' },
  spec: {
    replicas,
    selector: {},
    template: { spec: { containers: [] } },
    strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge, maxUnavailable } },
  },
});

const set = (name: string, replicas: number, available = replicas, maxBefore?: number): ReplicaSet => ({
  apiVersion: 'apps/v1',
  kind: 'ReplicaSet',
  metadata: {
    name,
    uid: name,
    resourceVersion: '1',
    creationTimestamp: '2026-01-01T00:00:00Z',
    ...(maxBefore === undefined ? {} : { annotations: { [MAX_REPLICAS]: String(maxBefore) } }),
  },
  spec: { replicas, selector: {}, template: { spec: { containers: [] } } },
  status: { replicas, availableReplicas: available },
});

const named = (resizes: ReturnType<typeof shrinkOldSets>): Record<string, number> =>
  Object.fromEntries(resizes.map(({ set: { metadata }, replicas }) => [metadata.name, replicas]));

it.each([
  [10, 2, 1, { maxSurge: 2, maxUnavailable: 1 }],
  [10, '25%', '25%', { maxSurge: 3, maxUnavailable: 2 }],
  [1, '25%', '25%', { maxSurge: 1, maxUnavailable: 0 }],
  [4, 0, 0, { maxSurge: 0, maxUnavailable: 1 }],
  [2, 0, 5, { maxSurge: 0, maxUnavailable: 2 }],
] as const)(
  '%i pods with surge %s and unavailable %s have the bounds %j',
  (replicas, surge, down, bounds) => {
    expect(rollingBounds(deployment(replicas, surge, down), replicas)).toEqual(bounds);
  },
);

it('the first step of 10 with surge 2 and unavailable 1 is 2 new pods, then one old pod less and a third new one', () => {
  const ten = deployment(10);
  expect(nextNewSize(ten, [set('old', 10)], 0)).toBe(2);
  expect(named(shrinkOldSets(ten, set('new', 2, 0), [set('old', 10)]))).toEqual({ old: 9 });
  expect(nextNewSize(ten, [set('old', 9), set('new', 2, 0)], 2)).toBe(3);
});

it('a broken version stops at 9 old pods and 3 new ones', () => {
  const ten = deployment(10);
  expect(nextNewSize(ten, [set('old', 9), set('new', 3, 0)], 3)).toBe(3);
  expect(shrinkOldSets(ten, set('new', 3, 0), [set('old', 9)])).toEqual([]);
});

it('old pods that are not available go first, whatever set they belong to', () => {
  const sizes = shrinkOldSets(deployment(10), set('new', 0, 0), [set('a-good', 9), set('b-broken', 3, 0)]);
  expect(named(sizes)).toEqual({ 'b-broken': 0 });
});

it('nothing is taken from old sets while one of them has not told of its last change', () => {
  expect(shrinkOldSets(deployment(4), set('new', 2, 0), [set('old', 4, 10)])).toEqual([]);
});

it('a new set that is too large shrinks at once', () => {
  expect(nextNewSize(deployment(4), [set('new', 9)], 9)).toBe(4);
});

it.each([
  [20, 14, 7, 7, { old: 11, new: 11 }],
  [20, 14, 9, 5, { old: 14, new: 8 }],
  [0, 12, 7, 5, { old: 0, new: 0 }],
])(
  'a change to %i of at most %i pods spreads over sets of %i and %i',
  (replicas, before, old, fresh, sizes) => {
    const active = [set('old', old, old, before), set('new', fresh, fresh, before)];
    expect(named(scaleInProportion(deployment(replicas), active))).toEqual(sizes);
  },
);

it('what rounding leaves over goes to the largest set', () => {
  const active = [set('a', 3, 3, 8), set('b', 3, 3, 8), set('c', 2, 2, 8)];
  const sizes = Object.values(named(scaleInProportion(deployment(9, 1), active)));
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(10);
});
