import { expect, test } from 'vitest';
import type { Baseline } from './baseline.ts';
import { DEFAULT_JUDGE_SPEC } from './judge-spec.ts';
import { observeTicks, startJudge } from './judge.ts';
import { simulateTicks } from './simulated-ticks.ts';
import { detectableErrorRate, detectionWords, requestsToDetect, weakTrafficWarning } from './weak-traffic.ts';

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

test('of agents attempts are counted', () => {
  expect(weakTrafficWarning(ofAgents, { ...agents, requestsPerSecond: 0.01 }, halfAnHour(500))).toMatch(
    /about 0\.\d+ attempts, .* failed attempts are likely|about 0\.\d+ attempts, .* not even/,
  );
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

/** Agents of which one in twenty fails, a quarter of whose tasks go to the candidate. */
const agents: Baseline = { ...baselineAt(1), errorRate: 0.05, historyErrors: 4_320 };
const ofAgents = { ...DEFAULT_JUDGE_SPEC, sloErrorRate: 0.1, custom: ['tools'] };

test('about so many attempts as are said to be needed find a drop every second time', () => {
  const stages = halfAnHour(2500);
  const needed = requestsToDetect(ofAgents, agents, { stages, rate: 0.1 }) ?? 0;
  const found = (attempts: number): number => {
    const runs = Array.from({ length: 60 }, (_, seed) => {
      const ticks = simulateTicks({
        ...{ seed: seed + 1, seconds: Math.round(attempts / 0.25), requestsPerSecond: 1, share: 0.25 },
        candidate: () => ({ errorRate: 0.1 }),
        stable: () => ({ errorRate: 0.05 }),
      });
      return observeTicks(startJudge(ofAgents, agents), ticks, { shareBasisPoints: 2_500 });
    });
    return runs.filter(({ failedAt }) => failedAt !== null).length / runs.length;
  };
  expect(found(needed / 3)).toBeLessThan(0.4);
  expect(found(needed)).toBeGreaterThan(0.3);
  expect(found(needed * 3)).toBeGreaterThan(0.85);
});

test('a rate that is no worse needs no attempts, and without any share nothing is found', () => {
  expect(requestsToDetect(ofAgents, agents, { stages: halfAnHour(2500), rate: 0.05 })).toBeNull();
  expect(requestsToDetect(ofAgents, agents, { stages: halfAnHour(0), rate: 0.5 })).toBeNull();
});

test('what can be seen is said in words, also where nothing is known of the traffic yet', () => {
  const words = detectionWords(ofAgents, agents, halfAnHour(2500));
  expect(words).toMatch(
    /^About 450 attempts of the candidate are expected: a failure rate of \d+(\.\d+)? % is likely to be found, against stable's 5 %\. To find 10 % takes about \d+\.$/,
  );
  const unknown: Baseline = { ...baselineAt(0), errorRate: null, historyRequests: 0, historyErrors: 0 };
  expect(detectionWords(ofAgents, unknown, halfAnHour(500))).toMatch(
    /^About 0 attempts of the candidate are expected: they are too few to find anything\. To find 2 % takes/,
  );
  expect(detectionWords(ofAgents, agents, [])).toBeNull();
});
