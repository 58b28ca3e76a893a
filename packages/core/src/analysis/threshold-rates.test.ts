import { describe, expect, test } from 'vitest';
import type { Baseline } from './baseline.ts';
import { histogramOf } from './histogram.ts';
import { thresholdRates, windowFailureRate } from './threshold-rates.ts';
import type { Criterion } from './thresholds.ts';

const baselineAt = (requestsPerSecond: number, errorRate: number | null = 0.001): Baseline => ({
  requestsPerSecond,
  errorRate,
  historyRequests: 86_400 * requestsPerSecond,
  historyErrors: 86.4 * requestsPerSecond,
  dispersion: 1,
  latencyThresholdsMs: [100, 215.77, 268.29, 403.83],
  latencySpreads: [],
});

const threeOfFive: Criterion = {
  metric: 'errors',
  op: '<=',
  value: 0.002,
  windowMs: 60_000,
  failureLimit: 2,
};
const p95: Criterion = { ...threeOfFive, metric: 'p95', value: 322 };

const settingOf = (requestsPerSecond: number, shareBasisPoints: number) => ({
  baseline: baselineAt(requestsPerSecond),
  shareBasisPoints,
  windows: 5,
  emptyWindowFails: true,
});

test('false alarms of "99.8 %, 3 of 5" are those of judge.md 5.5', () => {
  const rates = (
    [
      [10, 7500],
      [100, 500],
      [10, 2500],
      [1, 500],
    ] as const
  ).map(([rps, share]) => (thresholdRates(threeOfFive, settingOf(rps, share)).falseRollbackRate ?? 0) * 100);
  [24.9, 11.3, 2.2, 0.14].forEach((expected, i) => expect(rates[i]).toBeCloseTo(expected, i === 3 ? 2 : 0.9));
});

test('false alarms of a p95 limit agree with the simulation of judge.md 4.4', () => {
  const rates = (
    [
      [1, 500],
      [1, 2500],
      [1, 7500],
      [10, 500],
    ] as const
  ).map(([rps, share]) => (thresholdRates(p95, settingOf(rps, share)).falseRollbackRate ?? 0) * 100);
  [1.5, 13.7, 2.25, 3.7].forEach((simulated, i) =>
    expect(Math.abs((rates[i] ?? 0) - simulated)).toBeLessThan(3 * Math.sqrt((simulated * 100) / 2000)),
  );
});

test('it is detected after as many windows as must fail, and says so', () => {
  const { detectionSeconds, sentence } = thresholdRates(threeOfFive, settingOf(10, 7500));
  expect(detectionSeconds).toBe(180);
  expect(sentence).toBe(
    'errors <= 0.2 % rolls back a release that always breaks it after 3 min, and by chance alone in 24.9 % of rollouts where nothing is wrong.',
  );
});

test('an empty window of ours never fails, and a missing baseline is said', () => {
  const setting = { ...settingOf(1, 1), emptyWindowFails: false };
  expect(windowFailureRate(threeOfFive, setting)).toBeLessThan(0.0001);
  const unknown = { ...setting, baseline: baselineAt(1, null) };
  expect(thresholdRates(threeOfFive, unknown).falseRollbackRate).toBeNull();
  expect(thresholdRates(threeOfFive, unknown).sentence).toContain('unknown');
});

test('a lower limit fails exactly when the upper one holds', () => {
  const setting = { ...settingOf(10, 2500), emptyWindowFails: false };
  const upper = windowFailureRate({ ...threeOfFive, op: '<=' }, setting) ?? 0;
  const lower = windowFailureRate({ ...threeOfFive, op: '>' }, setting) ?? 0;
  expect(upper + lower).toBeCloseTo(1, 10);
});

describe('a stable revision that has shown nothing that counts against the limit', () => {
  const faultless = (historyRequests: number): Baseline => ({
    ...baselineAt(10, 0),
    historyRequests,
    historyErrors: 0,
  });
  const rates = (historyRequests: number, criterion = threeOfFive) =>
    thresholdRates(criterion, { ...settingOf(10, 2500), baseline: faultless(historyRequests) });

  test('is taken at the upper limit of its error rate, and the sentence says so', () => {
    expect(rates(4605).sentence).toBe(
      'errors <= 0.2 % rolls back a release that always breaks it after 3 min. Stable has shown no error in 4,605 requests; at the 99 % upper limit of that rate, 0.1 %, chance alone takes back up to 2.18 % of rollouts where nothing is wrong.',
    );
    const known = thresholdRates(threeOfFive, settingOf(10, 2500)).falseRollbackRate ?? 0;
    expect(rates(4605).falseRollbackRate).toBeCloseTo(known, 3);
  });

  test('says less the fewer requests it has had', () => {
    const [few, some, many] = [20, 1000, 10_000_000].map(
      (requests) => rates(requests).falseRollbackRate ?? 0,
    );
    expect(few).toBeGreaterThan(0.99);
    expect(some).toBeGreaterThan(0.05);
    expect(many).toBeLessThan(1e-4);
    expect(rates(10_000_000).sentence).toContain('chance alone takes back less than 0.01 % of rollouts');
  });

  test('without any request tells nothing', () => {
    expect(rates(0).falseRollbackRate).toBeNull();
    expect(rates(0).sentence).toContain('unknown');
  });

  test('is the same for latencies that were measured', () => {
    const latency = histogramOf(Array.from({ length: 4605 }, () => 100));
    const { sentence } = thresholdRates(p95, { ...settingOf(10, 2500), latency });
    expect(sentence).toContain('Stable has shown no latency above 322 ms in 4,605 requests');
  });
});
