import { expect, test } from 'vitest';
import { histogramOf } from './histogram.ts';
import { type Criterion, criteriaOutcomes, observeCriteria, startCriteria } from './thresholds.ts';
import { EMPTY_ARM, type Tick } from './tick.ts';

const errors: Criterion = { metric: 'errors', op: '<', value: 0.01, windowMs: 10_000, failureLimit: 0 };
const p95: Criterion = { metric: 'p95', op: '<', value: 200, windowMs: 10_000, failureLimit: 0 };

const tickAt = (
  second: number,
  requests: number,
  failed: number,
  latencies: readonly number[] = [],
): Tick => ({
  at: second * 1000,
  durationMs: 1000,
  candidate: { requests, errors: failed, latency: histogramOf(latencies) },
  stable: EMPTY_ARM,
  warmingUp: false,
});

function outcomesAfter(criteria: readonly Criterion[], ticks: readonly Tick[]) {
  return criteriaOutcomes(observeCriteria(startCriteria(criteria), ticks));
}

const seconds = (count: number, tick: (second: number) => Tick): readonly Tick[] =>
  Array.from({ length: count }, (_, second) => tick(second));

test('a criterion is ok while it holds in complete windows', () => {
  const [outcome] = outcomesAfter(
    [errors],
    seconds(25, (s) => tickAt(s, 100, s % 10 === 0 ? 5 : 0)),
  );
  expect(outcome).toMatchObject({ outcome: 'ok', sentence: 'errors < 1 % held in 2 of 2 windows of 10s.' });
});

test('more failing windows than the limit violate it, and the sentence says how', () => {
  const ticks = seconds(30, (s) => tickAt(s, 100, s >= 10 ? 2 : 0));
  const [strict, lenient] = outcomesAfter([errors, { ...errors, failureLimit: 2 }], ticks);
  expect(strict?.outcome).toBe('violated');
  expect(strict?.sentence).toBe(
    'errors < 1 % failed in 2 of 3 windows of 10s (none may): 20 of 1,000 requests failed (2 %).',
  );
  expect(lenient?.outcome).toBe('ok');
});

test('windows without requests are no data, never a failure', () => {
  const [empty] = outcomesAfter(
    [errors],
    seconds(40, (s) => tickAt(s, 0, 0)),
  );
  expect(empty).toMatchObject({
    outcome: 'no-data',
    sentence: 'errors < 1 % could not be checked: 4 windows of 10s had no requests.',
  });
  const [early] = outcomesAfter(
    [errors],
    seconds(9, (s) => tickAt(s, 10, 10)),
  );
  expect(early?.outcome).toBe('no-data');
});

test('quantiles and means of latency are judged per window', () => {
  const slowTail = [...Array<number>(94).fill(50), ...Array<number>(6).fill(400)];
  const fastTail = [...Array<number>(95).fill(50), ...Array<number>(5).fill(400)];
  const mean: Criterion = { ...p95, metric: 'mean', value: 70 };
  const above: Criterion = { ...p95, op: '>' };
  const after = (latencies: readonly number[]) =>
    outcomesAfter(
      [p95, mean, above],
      seconds(10, (s) => tickAt(s, 100, 0, latencies)),
    );
  expect(after(slowTail).map(({ outcome }) => outcome)).toEqual(['violated', 'violated', 'ok']);
  expect(after(fastTail).map(({ outcome }) => outcome)).toEqual(['ok', 'ok', 'violated']);
  expect(after(slowTail)[0]?.sentence).toContain('6 % of 1,000 requests took longer than 200 ms');
});

test('folding the same ticks again, or in pieces, changes nothing', () => {
  const ticks = seconds(35, (s) => tickAt(s, 50, s % 7 === 0 ? 3 : 0));
  const whole = observeCriteria(startCriteria([errors]), ticks);
  const pieces = ticks.reduce((state, tick) => observeCriteria(state, [tick]), startCriteria([errors]));
  expect(pieces).toEqual(whole);
  expect(observeCriteria(whole, ticks)).toEqual(whole);
  expect(JSON.parse(JSON.stringify(whole))).toEqual(whole);
});
