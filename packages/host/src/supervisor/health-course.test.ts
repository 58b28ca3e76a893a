import { expect, test } from 'vitest';
import { afterProbe, givenUpAt, type HealthCourse, unreadyLimitMs } from './health-course.ts';

const HEALTH = { path: '/', withinMs: 5000, intervalMs: 1000, timeoutMs: 500, failures: 3 };

function course(begin: HealthCourse, probes: string): HealthCourse {
  return probes
    .split('')
    .reduce((now, probe, second) => afterProbe(now, probe === '+', 1000 * (second + 1), HEALTH), begin);
}
const STARTING: HealthCourse = { phase: 'starting', since: 0 };

test.each([
  ['---', 'starting'],
  ['--+', 'ready'],
  ['+--', 'ready'],
  ['+--+--', 'ready'],
  ['+---', 'unready'],
  ['+----', 'unready'],
  ['+---+', 'ready'],
])('after the probes %s an instance is %s', (probes, phase) => {
  expect(course(STARTING, probes).phase).toBe(phase);
});

test('the time without readiness counts from its beginning, not from the last probe', () => {
  expect(course(STARTING, '+-----')).toEqual({ phase: 'unready', since: 4000 });
  expect(course(STARTING, '-----')).toEqual({ phase: 'starting', since: 0 });
});

test('a start has its time, a ready instance has no end, an unready one gets the longer of two times', () => {
  expect(givenUpAt({ phase: 'starting', since: 100 }, HEALTH)).toBe(5100);
  expect(givenUpAt({ phase: 'ready', since: 100, failuresInRow: 2 }, HEALTH)).toBe(Number.POSITIVE_INFINITY);
  expect(givenUpAt({ phase: 'unready', since: 100 }, HEALTH)).toBe(9100);
  expect(unreadyLimitMs({ ...HEALTH, withinMs: 60_000 })).toBe(60_000);
});
