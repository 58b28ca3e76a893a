import { expect, test } from 'vitest';
import type { Baseline } from './baseline.ts';
import { DEFAULT_JUDGE_SPEC } from './judge-spec.ts';
import { type Judgement, judge, observeTicks, startJudge } from './judge.ts';
import {
  SIMULATED_THRESHOLDS_MS,
  type SimulatedService,
  USUALLY_SLOWER,
  knownSpreads,
  simulateTicks,
} from './simulated-ticks.ts';

const baseline: Baseline = {
  requestsPerSecond: 100,
  errorRate: 0.001,
  historyRequests: 8_640_000,
  historyErrors: 8640,
  dispersion: 1,
  latencyThresholdsMs: SIMULATED_THRESHOLDS_MS,
  latencySpreads: knownSpreads(1),
};
const asUsual = () => ({ errorRate: 0.001, slower: USUALLY_SLOWER });
const aLittleSlower = () => ({ errorRate: 0, slower: [0.5, 0.12, 0.07, 0.012] });
const errorless = () => ({ errorRate: 0, slower: USUALLY_SLOWER });

function after(
  seconds: number,
  changes: Partial<SimulatedService> = {},
  spreads = knownSpreads(1),
): Judgement {
  const ticks = simulateTicks({
    ...{ seed: 11, seconds, requestsPerSecond: 100, share: 0.25 },
    ...{ candidate: asUsual, stable: asUsual, ...changes },
  });
  const start = startJudge(DEFAULT_JUDGE_SPEC, { ...baseline, latencySpreads: spreads });
  return judge(observeTicks(start, ticks, { shareBasisPoints: 2500 }));
}

/** Whose slow requests come so much together that little is known after minutes. */
const CLUMPED = knownSpreads(20);

test('a pass that only waits for the proof about latency says so, with odds and how much is missing', () => {
  const judgement = after(300, { candidate: aLittleSlower, stable: errorless }, CLUMPED);
  expect(judgement).toMatchObject({ verdict: 'inconclusive', moreFor: 'latency' });
  expect(judgement.passOdds).toBeGreaterThan(20);
  expect(judgement.latencyPassOdds).toBeLessThan(20);
  expect(judgement.sentences[0]).toMatch(
    /^Not decided yet: good enough in errors, odds \d+ : 1, but not yet in latency, odds [\d. :]+ for "less than 2x as many requests slower than stable's p95"\.$/,
  );
  expect(judgement.sentences.join(' ')).toMatch(
    /A verdict needs about [\d,]+ more requests to prove latency \(about [\dhmins ]+ at current traffic\)\./,
  );
});

test('what it says is missing for latency is about what was missing in the end', () => {
  const missing = after(200, { candidate: errorless, stable: errorless }, CLUMPED).moreMs ?? 0;
  let seconds = 200;
  while (after(seconds, { candidate: errorless, stable: errorless }, CLUMPED).verdict !== 'pass')
    seconds += 20;
  const waitedMs = (seconds - 200) * 1000;
  expect(missing).toBeGreaterThan(waitedMs / 3);
  expect(missing).toBeLessThan(waitedMs * 3);
});

test('the longer of both proofs is the one that a verdict waits for', () => {
  const errorsAreRare = after(60);
  expect(errorsAreRare).toMatchObject({ verdict: 'inconclusive', moreFor: 'errors' });
  expect(errorsAreRare.sentences.join(' ')).toMatch(/needs about [\d,]+ more requests \(about/);
  const both = after(20, { candidate: errorless, stable: errorless }, CLUMPED);
  expect(both).toMatchObject({ verdict: 'inconclusive', moreFor: 'latency' });
  expect(both.passOdds).toBeLessThan(20);
  expect(both.sentences.join(' ')).toMatch(/more requests, most of them to prove latency \(about/);
});

test('where stable has no requests that a tail could be compared with, it says that they are missing', () => {
  const judgement = after(300, { share: 1, candidate: errorless });
  expect(judgement).toMatchObject({ verdict: 'inconclusive', moreRequests: null, moreFor: null });
  expect(judgement.sentences.join(' ')).toContain('to prove latency; how many cannot be said yet');
});

test('where latency is not measured, or proven, nothing is said of it', () => {
  const unmeasured = after(60, {
    candidate: () => ({ errorRate: 0.001 }),
    stable: () => ({ errorRate: 0.001 }),
  });
  expect(unmeasured.latencyPassOdds).toBeNull();
  expect(unmeasured.sentences.join(' ')).not.toContain('latency');
  const proven = after(1200);
  expect(proven).toMatchObject({ verdict: 'pass', latencyPassOdds: null, moreFor: null });
  expect(proven.sentences.join(' ')).not.toContain('latency');
});
