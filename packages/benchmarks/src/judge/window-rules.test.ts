import { expect, test } from 'vitest';
import { type WindowRule, argoRule, flaggerRule } from './window-rules.ts';

/** The minute of the rollback, or null. */
function minuteOfRollback(rule: WindowRule, isWithin: (minute: number) => boolean): number | null {
  for (let minute = 1; minute <= 30; minute++) if (rule.minute(isWithin(minute))) return minute;
  return null;
}

test('Argo Rollouts aborts at the third failed of five measurements', () => {
  expect(minuteOfRollback(argoRule(), () => false)).toBe(3);
  expect(minuteOfRollback(argoRule(), (minute) => minute % 2 === 0)).toBe(5);
  expect(minuteOfRollback(argoRule(), (minute) => minute > 2)).toBeNull();
  expect(minuteOfRollback(argoRule(), (minute) => minute <= 5)).toBeNull();
});

test('Flagger rolls back one check after the fifth failed one, and promotes after ten passed', () => {
  expect(minuteOfRollback(flaggerRule(), () => false)).toBe(6);
  expect(minuteOfRollback(flaggerRule(), (minute) => minute <= 10)).toBe(16);
  expect(minuteOfRollback(flaggerRule(), (minute) => minute <= 11)).toBeNull();
});
