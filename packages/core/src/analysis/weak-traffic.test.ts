import { expect, test } from 'vitest';
import type { Baseline } from './baseline.ts';
import { DEFAULT_JUDGE_SPEC } from './judge-spec.ts';
import { detectableErrorRate, weakTrafficWarning } from './weak-traffic.ts';

const baselineAt = (requestsPerSecond: number): Baseline => ({
  requestsPerSecond,
  errorRate: 0.001,
  historyRequests: 86_400 * requestsPerSecond,
  historyErrors: 86.4 * requestsPerSecond,
  dispersion: 1,
  latencyThresholdsMs: [],
  latencySpreads: [],
});

const halfAnHour = (shareBasisPoints: number) => [{ shareBasisPoints, durationMs: 1_800_000 }];

test('weak traffic is said before the start, with what can still be found', () => {
  const warning = weakTrafficWarning(DEFAULT_JUDGE_SPEC, baselineAt(1), halfAnHour(500));
  expect(warning).toContain('with about 90 requests');
  expect(warning).toContain('about 0.18 errors');
  expect(warning).toMatch(/only regressions to about 3\.\d+ % failed requests/);
});

test('enough traffic needs no warning, and stages add up', () => {
  expect(weakTrafficWarning(DEFAULT_JUDGE_SPEC, baselineAt(100), halfAnHour(2500))).toBeNull();
  const stages = [...halfAnHour(500), ...halfAnHour(2500)];
  expect(weakTrafficWarning(DEFAULT_JUDGE_SPEC, baselineAt(10), halfAnHour(500))).not.toBeNull();
  expect(weakTrafficWarning(DEFAULT_JUDGE_SPEC, baselineAt(10), stages)).toBeNull();
});

test('a rollout without traffic finds nothing', () => {
  expect(weakTrafficWarning(DEFAULT_JUDGE_SPEC, baselineAt(0), halfAnHour(500))).toContain(
    'not even a candidate that always fails',
  );
});

test('what is called detectable lies between what judge.md 4.3 missed mostly and found mostly', () => {
  // [requests per second, share, an error rate mostly missed, one mostly found]
  const cells = [
    [1, 500, 0.02, 0.2],
    [1, 2500, 0.005, 0.02],
    [1, 7500, 0.005, 0.02],
    [10, 500, 0.005, 0.02],
    [10, 2500, 0.002, 0.005],
    [10, 7500, 0.002, 0.005],
    [100, 500, 0.002, 0.005],
  ] as const;
  for (const [rps, share, missed, found] of cells) {
    const rate = detectableErrorRate(DEFAULT_JUDGE_SPEC, baselineAt(rps), halfAnHour(share));
    expect(rate).toBeGreaterThan(missed);
    expect(rate).toBeLessThan(found);
  }
});
