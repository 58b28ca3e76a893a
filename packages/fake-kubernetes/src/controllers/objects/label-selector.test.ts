import { expect, it } from 'vitest';
import { type LabelSelector, selects } from './label-selector.ts';

const labels = { app: 'web', tier: 'front', size: '3' };

it.each<[LabelSelector | undefined, boolean]>([
  [undefined, false],
  [{}, true],
  [{ matchLabels: { app: 'web' } }, true],
  [{ matchLabels: { app: 'web', tier: 'back' } }, false],
  [{ matchExpressions: [{ key: 'tier', operator: 'In', values: ['front', 'back'] }] }, true],
  [{ matchExpressions: [{ key: 'tier', operator: 'NotIn', values: ['front'] }] }, false],
  [{ matchExpressions: [{ key: 'none', operator: 'NotIn', values: ['x'] }] }, true],
  [{ matchExpressions: [{ key: 'none', operator: 'Exists' }] }, false],
  [{ matchExpressions: [{ key: 'none', operator: 'DoesNotExist' }] }, true],
  [{ matchExpressions: [{ key: 'size', operator: 'Gt', values: ['2'] }] }, true],
  [
    { matchLabels: { app: 'web' }, matchExpressions: [{ key: 'size', operator: 'Lt', values: ['3'] }] },
    false,
  ],
])('the selector %j picks them: %s', (selector, picked) => {
  expect(selects(selector, labels)).toBe(picked);
});
