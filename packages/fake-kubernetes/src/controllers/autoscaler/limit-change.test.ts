import { expect, it } from 'vitest';
import { type ScalingHistory, limitChange } from './limit-change.ts';

const nothing: ScalingHistory = { wishes: [], changes: [] };
const now = 1_000_000;

it('grows by four pods or to the double in fifteen seconds, whichever is more', () => {
  expect(limitChange(1, 50, nothing, undefined, now).replicas).toBe(5);
  expect(limitChange(10, 50, nothing, undefined, now).replicas).toBe(20);
});

it('what was added within the period counts', () => {
  const history = { ...nothing, changes: [{ at: now - 5000, by: 10 }] };
  expect(limitChange(20, 50, history, undefined, now)).toEqual({ replicas: 20, reason: 'limited' });
  expect(limitChange(20, 50, history, undefined, now + 11_000).replicas).toBe(40);
});

it('shrinks only to the highest wish of the last five minutes', () => {
  const history = { ...nothing, wishes: [{ at: now - 200_000, replicas: 8 }] };
  expect(limitChange(10, 2, history, undefined, now)).toEqual({ replicas: 8, reason: 'stabilized' });
  expect(limitChange(10, 2, history, undefined, now + 200_000).replicas).toBe(2);
});

it('the policy that allows less counts where that is chosen', () => {
  const policies = [
    { type: 'Pods', value: 1, periodSeconds: 60 },
    { type: 'Percent', value: 50, periodSeconds: 60 },
  ] as const;
  const behavior = { scaleDown: { stabilizationWindowSeconds: 0, selectPolicy: 'Min', policies } } as const;
  expect(limitChange(10, 2, nothing, behavior, now).replicas).toBe(9);
});

it('a direction that is switched off changes nothing', () => {
  expect(limitChange(3, 9, nothing, { scaleUp: { selectPolicy: 'Disabled' } }, now).replicas).toBe(3);
});
