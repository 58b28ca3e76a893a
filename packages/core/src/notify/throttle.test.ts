import { expect, test } from 'vitest';
import { admit, summaryOf, type ThrottleWindow } from './throttle.ts';

const THROTTLE = { most: 2, perMs: 1_000 };
const held = (at: number) => ({ at, kind: 'rollout.held', severity: 'warning' as const });

/** Admits events in turn. */
function run(...events: readonly Parameters<typeof admit>[2][]) {
  let window: ThrottleWindow | null = null;
  const told = events.map((event) => {
    const admission = admit(THROTTLE, window, event);
    window = admission.window;
    return admission.isTold;
  });
  return { told, window: window as ThrottleWindow | null };
}

test('as many as may are told in a window, and what is held back is counted by kind', () => {
  const { told, window } = run(
    held(0),
    held(10),
    held(20),
    { ...held(30), kind: 'rollout.succeeded' },
    held(40),
  );
  expect(told).toEqual([true, true, false, false, false]);
  expect(summaryOf(THROTTLE, window, 999)).toBeNull();
  expect(summaryOf(THROTTLE, window, 1_000)).toEqual({ 'rollout.held': 2, 'rollout.succeeded': 1 });
});

test('the next window begins anew', () => {
  expect(run(held(0), held(1), held(2), held(1_000)).told).toEqual([true, true, false, true]);
  expect(summaryOf(THROTTLE, run(held(0), held(1)).window, 5_000)).toBeNull();
});

test('what is critical is always told', () => {
  expect(run(held(0), held(1), { ...held(2), severity: 'critical' }).told).toEqual([true, true, true]);
});

test('a window remembers a limited number of kinds, whatever they are called', () => {
  const kinds = ['__proto__', 'constructor', ...Array.from({ length: 100 }, (_, at) => `kind.${at}`)];
  const { window } = run(held(0), held(1), ...kinds.map((kind) => ({ ...held(2), kind })));
  const withheld = window?.withheld ?? {};
  expect(Object.keys(withheld).length).toBeLessThanOrEqual(51);
  expect(Object.values(withheld).reduce((sum, count) => sum + count, 0)).toBe(102);
});
