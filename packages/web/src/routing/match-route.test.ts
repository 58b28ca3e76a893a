import { expect, it } from 'vitest';
import { matchRoute } from './match-route.ts';

it.each([
  ['/', '/', {}],
  ['/rollouts/:rollout', '/rollouts/ro-1', { rollout: 'ro-1' }],
  ['/rollouts/:rollout', '/rollouts/ro-1/', { rollout: 'ro-1' }],
  ['/a/:x/:y', '/a/b%2Fc/d', { x: 'b/c', y: 'd' }],
])('%s fits %s', (pattern, path, words) => {
  expect(matchRoute(pattern, path)).toEqual(words);
});

it.each([
  ['/rollouts/:rollout', '/rollouts'],
  ['/rollouts/:rollout', '/rollouts/'],
  ['/rollouts', '/rollout'],
  ['/a/:x', '/a/%zz'],
])('%s does not fit %s', (pattern, path) => {
  expect(matchRoute(pattern, path)).toBeUndefined();
});
