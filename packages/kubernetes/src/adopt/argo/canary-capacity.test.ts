import { expect, test } from 'vitest';
import { podsByWeight } from './canary-capacity.ts';

test.each([
  [4, 30, 0, [1, 3]],
  [4, 60, 0, [2, 2]],
  [4, 90, 0, [3, 1]],
  [4, 30, 1, [1, 3]],
  [4, 33, 1, [2, 3]],
  [4, 60, 1, [3, 2]],
  [10, 45, 1, [5, 6]],
  [10, 75, 1, [8, 3]],
  [10, 75, 0, [8, 2]],
  [3, 50, 0, [2, 1]],
  [3, 50, 1, [2, 2]],
  [2, 10, 0, [1, 1]],
  [5, 5, 1, [1, 5]],
  [1, 5, 1, [1, 1]],
  [33, 1, 1, [1, 33]],
  [33, 99, 1, [33, 1]],
])('%i replicas at a weight of %i with a surge of %i are the pods that Argo 1.9 has', (...row) => {
  const [replicas, weight, maxSurge, [candidate, stable]] = row;
  const scale = { replicas, maxWeight: 100, minPods: 1, dynamicStable: false, maxSurge };
  expect(podsByWeight(weight, scale)).toEqual({ candidate, stable });
});

test.each([
  [1, 40, [1, 1]],
  [2, 75, [1, 1]],
  [5, 90, [4, 1]],
  [10, 95, [9, 1]],
])('%i replicas at a weight of %i without a surge keep both versions, where Argo keeps one', (...row) => {
  const [replicas, weight, [candidate, stable]] = row;
  const scale = { replicas, maxWeight: 100, minPods: 1, dynamicStable: false, maxSurge: 0 };
  expect(podsByWeight(weight, scale)).toEqual({ candidate, stable });
});
