import { expect, test } from 'vitest';
import type { Baseline } from './baseline.ts';
import { type JudgeState, judge, observeTicks, startJudge } from './judge.ts';
import { NO_SPREAD } from './event-spread.ts';
import { histogramOf } from './histogram.ts';
import { DEFAULT_JUDGE_SPEC, type JudgeSpec } from './judge-spec.ts';
import {
  SIMULATED_THRESHOLDS_MS,
  type SimulatedService,
  USUALLY_SLOWER,
  knownSpreads,
  simulateTicks,
} from './simulated-ticks.ts';
import { type ArmTick, EMPTY_ARM, type Tick } from './tick.ts';

const baseline: Baseline = {
  requestsPerSecond: 100,
  errorRate: 0.001,
  historyRequests: 8_640_000,
  historyErrors: 8640,
  dispersion: 1,
  latencyThresholdsMs: [],
  latencySpreads: [],
};
const withLatency: Baseline = {
  ...baseline,
  latencyThresholdsMs: SIMULATED_THRESHOLDS_MS,
  latencySpreads: knownSpreads(1),
};
const quarter = { shareBasisPoints: 2500 };

const service = (changes: Partial<SimulatedService> = {}): SimulatedService => ({
  seed: 11,
  seconds: 120,
  requestsPerSecond: 100,
  share: 0.25,
  candidate: () => ({ errorRate: 0.001 }),
  stable: () => ({ errorRate: 0.001 }),
  ...changes,
});

const failing = (rate: number): Partial<SimulatedService> => ({ candidate: () => ({ errorRate: rate }) });

function judged(
  changes: Partial<SimulatedService>,
  shareBasisPoints = 2500,
  start: JudgeState = startJudge(DEFAULT_JUDGE_SPEC, baseline),
): JudgeState {
  return observeTicks(start, simulateTicks(service(changes)), { shareBasisPoints });
}

const silence = (second: number): Tick => ({
  at: second * 1000,
  durationMs: 1000,
  candidate: EMPTY_ARM,
  stable: EMPTY_ARM,
  warmingUp: false,
});

test('a candidate that fails twenty times as often is called worse, in figures and words', () => {
  const judgement = judge(judged({ ...failing(0.02), seconds: 30 }));
  expect(judgement).toMatchObject({
    verdict: 'fail',
    attribution: 'errors',
    leaning: 'against',
    held: false,
  });
  expect(judgement.odds).toBeGreaterThan(100);
  expect(judgement.pValue).toBeLessThan(0.01);
  expect(judgement.ratio?.low).toBeGreaterThan(1);
  expect(judgement.sentences[0]).toMatch(
    /^Worse than stable in errors: odds [\d,a-z ]+ : 1 against "no worse"\.$/,
  );
  expect(judgement.sentences[1]).toMatch(/^\d+ of [\d,]+ failed, against \d+ of [\d,]+ on stable\.$/);
});

test('a candidate that fails while it warms up is held against the promise, with the requests that count', () => {
  const ticks = Array.from({ length: 4 }, (_, second) => ({
    ...silence(second),
    warmingUp: true,
    candidate: { requests: 50, errors: 5, latency: [] },
    stable: { requests: 50, errors: 0, latency: [] },
  }));
  const start = startJudge(DEFAULT_JUDGE_SPEC, baseline);
  const { verdict, sentences } = judge(observeTicks(start, ticks, { shareBasisPoints: 5000 }));
  expect(verdict).toBe('fail');
  expect(sentences[0]).toMatch(/^Worse than the promised error rate of 1 %: odds /);
  expect(sentences[1]).toBe(
    '20 of 200 failed while warming up, which is held against the promised error rate only.',
  );
  expect(sentences.join(' ')).not.toContain('0 of 0 failed');
});

test('a candidate like stable passes once a doubling of errors is excluded', () => {
  const judgement = judge(judged({ seconds: 1200 }));
  expect(judgement.verdict).toBe('pass');
  expect(judgement.excludedAbove).toBeLessThanOrEqual(2.3);
  expect(judgement.sentences.join(' ')).toMatch(/Regressions above [12](\.\d)?x are excluded at 95 %/);
});

test('two arms without a single error pass by their error rate', () => {
  const none = { errorRate: 0 };
  const errorless: Baseline = { ...baseline, errorRate: 0, historyErrors: 0 };
  const start = startJudge(DEFAULT_JUDGE_SPEC, errorless);
  expect(judge(judged({ candidate: () => none, stable: () => none, seconds: 60 }, 2500, start)).verdict).toBe(
    'inconclusive',
  );
  const judgement = judge(judged({ candidate: () => none, stable: () => none, seconds: 300 }, 2500, start));
  expect(judgement.verdict).toBe('pass');
  expect(judgement.ratio).toBeNull();
  const ratioOnly = startJudge({ ...DEFAULT_JUDGE_SPEC, passErrorRate: null }, errorless);
  expect(
    judge(judged({ candidate: () => none, stable: () => none, seconds: 300 }, 2500, ratioOnly)).verdict,
  ).toBe('inconclusive');
});

test('while undecided it says how many more requests are needed', () => {
  const judgement = judge(judged({ seconds: 60 }));
  expect(judgement.verdict).toBe('inconclusive');
  expect(judgement.moreRequests).toBeGreaterThan(10_000);
  expect(judgement.moreRequests).toBeLessThan(100_000);
  expect((judgement.moreMs ?? 0) / 10).toBeCloseTo(judgement.moreRequests ?? 0, -4);
  expect(judgement.sentences.join(' ')).toMatch(
    /A verdict needs about [\d,]+ more requests \(about [\dhmins ]+ at current traffic\)/,
  );
});

test('no requests of the candidate are no data, at the start and later', () => {
  const start = startJudge(DEFAULT_JUDGE_SPEC, baseline);
  expect(judge(start).verdict).toBe('no-data');
  const quiet = Array.from({ length: 300 }, (_, second) => silence(second));
  expect(judge(observeTicks(start, quiet, quarter)).verdict).toBe('no-data');
  const running = judged({ seconds: 60 });
  const later = Array.from({ length: 70 }, (_, second) => silence(60 + second));
  const silent = judge(observeTicks(running, later, quarter));
  expect(silent.verdict).toBe('no-data');
  expect(silent.sentences[0]).toContain('nothing is concluded');
});

test('a provider error is said, changes no evidence and ends with the next ticks', () => {
  const running = judged({ ...failing(0.006), seconds: 10 });
  const broken = observeTicks(running, [], { ...quarter, providerError: 'connection refused' });
  expect(judge(broken)).toMatchObject({ verdict: 'provider-error', odds: judge(running).odds });
  expect(judge(broken).sentences[0]).toContain('connection refused');
  const back = observeTicks(broken, [{ ...silence(10), candidate: { ...EMPTY_ARM, requests: 5 } }], quarter);
  expect(judge(back).verdict).toBe('inconclusive');
});

test('silence, outages and stable alone never raise evidence', () => {
  let state = startJudge(DEFAULT_JUDGE_SPEC, baseline);
  for (let second = 0; second < 600; second++) {
    const stable = { requests: 100, errors: second % 100, latency: [] };
    state = observeTicks(state, [{ ...silence(second), stable }], { ...quarter, providerError: 'down' });
    if (second % 3 === 0) state = observeTicks(state, [], { ...quarter, providerError: 'down' });
  }
  expect(judge(state).odds).toBeCloseTo(1, 9);
  expect(state.failedAt).toBeNull();
});

test('seen ticks are passed over, pieces give the whole, and the state survives being stored', () => {
  const ticks = simulateTicks(service({ ...failing(0.004), seconds: 90 }));
  const whole = observeTicks(startJudge(DEFAULT_JUDGE_SPEC, withLatency), ticks, quarter);
  let state = startJudge(DEFAULT_JUDGE_SPEC, withLatency);
  for (let i = 0; i < ticks.length; i += 7) {
    const stored: JudgeState = JSON.parse(JSON.stringify(state));
    state = observeTicks(stored, ticks.slice(Math.max(0, i - 20), i + 7), quarter);
  }
  expect(state).toEqual(whole);
  expect(JSON.stringify(state)).not.toMatch(/null,null|NaN|Infinity/);
  expect(JSON.stringify(state).length).toBeLessThan(8000);
});

test('what a candidate did long before stable had a request is not compared with it', () => {
  const failed = { ...silence(0), candidate: { requests: 10, errors: 5, latency: [] } };
  const answered = (second: number): Tick => ({
    ...silence(second),
    candidate: { requests: 10, errors: 0, latency: [] },
    stable: { requests: 10, errors: 0, latency: [] },
  });
  const start = startJudge(DEFAULT_JUDGE_SPEC, baseline);
  const soon = observeTicks(start, [failed, answered(60)], quarter);
  const late = observeTicks(start, [failed, answered(600)], quarter);
  expect(Math.max(...soon.errors.bets)).toBeGreaterThan(1);
  expect(late.errors.bets).toEqual(start.errors.bets);
});

test('a rollback that evidence has earned stays earned', () => {
  const failed = judged({ ...failing(0.02), seconds: 60 });
  const better = simulateTicks(service({ ...failing(0), seconds: 4000 })).slice(60);
  expect(judge(observeTicks(failed, better, quarter)).verdict).toBe('fail');
});

test('evidence is carried across steps of the split', () => {
  const first = judged({ ...failing(0.003), share: 0.05, seconds: 40, seed: 3 }, 500);
  const ticks = simulateTicks(service({ ...failing(0.003), share: 0.25, seconds: 80, seed: 4 })).slice(40);
  const second = observeTicks(first, ticks, quarter);
  expect(second.counts.candidate.trials).toBeGreaterThan(first.counts.candidate.trials + 900);
  expect(second.errors.bets).not.toEqual(first.errors.bets);
  expect(judge(second).shareMismatch).toBe(false);
});

test('while the candidate warms up only the promised error rate is held against it', () => {
  const hiccup: Partial<SimulatedService> = {
    candidate: (second) => ({ errorRate: second < 30 ? 0.012 : 0.001 }),
    warmUpSeconds: 30,
    seconds: 60,
  };
  const excused = judged(hiccup);
  expect(judge(excused).verdict).not.toBe('fail');
  expect(excused.counts.warmUp.trials).toBeGreaterThan(600);
  expect(judge(excused).sentences.join(' ')).toContain('while warming up');
  const broken = judged({ ...hiccup, candidate: () => ({ errorRate: 0.2 }), seconds: 30 });
  expect(judge(broken).verdict).toBe('fail');
});

test('above half of the traffic guards alone can only ask to hold', () => {
  // Long ago stable failed and the candidate did not; now the candidate fails and stable does not.
  const ticks = Array.from({ length: 110 }, (_, second) => ({
    ...silence(second),
    candidate: { requests: 90, errors: second >= 100 ? 3 : 0, latency: [] },
    stable: { requests: 10, errors: second < 20 ? 3 : 0, latency: [] },
  }));
  const start = startJudge(DEFAULT_JUDGE_SPEC, baseline);
  const held = judge(observeTicks(start, ticks, { shareBasisPoints: 9000 }));
  expect(held).toMatchObject({ verdict: 'inconclusive', held: true });
  expect(held.sentences[0]).toContain('a person should decide');
  const afterSwitch = judge(observeTicks(start, ticks, { shareBasisPoints: 10_000 }), true);
  expect(afterSwitch).toMatchObject({ verdict: 'fail', byGuards: true, held: false });
  expect(afterSwitch.sentences[0]).toMatch(/^Worse than stable was before in errors: odds /);
  expect(judge(observeTicks(start, ticks, { shareBasisPoints: 5000 })).verdict).toBe('fail');
});

test('a worse stable revision vetoes the guards', () => {
  const shared = { errorRate: 0.05 };
  const state = judged({ candidate: () => shared, stable: () => shared, seconds: 120 });
  expect(state.sloGuard.trials).toBeLessThan(100);
  expect(judge(state).verdict).not.toBe('fail');
});

test('a stable revision that breaks its promise moves the promise, not the candidate back', () => {
  const bad = { errorRate: 0.04 };
  const history: Baseline = { ...baseline, errorRate: 0.04, historyErrors: 345_600 };
  const start = startJudge(DEFAULT_JUDGE_SPEC, history);
  expect(
    judge(judged({ candidate: () => bad, stable: () => bad, seconds: 600 }, 2500, start)).verdict,
  ).not.toBe('fail');
});

test('a router that does not keep the split is reported and condemns nobody', () => {
  const judgement = judge(judged({ share: 0.4, seconds: 120 }));
  expect(judgement.shareMismatch).toBe(true);
  expect(judgement.realisedShare).toBeCloseTo(0.4, 1);
  expect(judgement.verdict).not.toBe('fail');
  expect(judgement.sentences.join(' ')).toMatch(
    /gets (39|40)(\.\d)? % of the requests, not the configured 25 %/,
  );
});

test('a slower tail and a custom metric are found and named', () => {
  const slow: Partial<SimulatedService> = {
    candidate: () => ({ errorRate: 0.001, slower: [0.5, 0.2, 0.15, 0.05] }),
    stable: () => ({ errorRate: 0.001, slower: USUALLY_SLOWER }),
    seconds: 60,
  };
  const byLatency = judge(judged(slow, 2500, startJudge(DEFAULT_JUDGE_SPEC, withLatency)));
  expect(byLatency).toMatchObject({ verdict: 'fail', attribution: 'latency' });
  const spec: JudgeSpec = { ...DEFAULT_JUDGE_SPEC, custom: ['refunds'] };
  const ticks = simulateTicks(service()).map((tick) => ({
    ...tick,
    custom: { refunds: { candidate: { events: 4, trials: 25 }, stable: { events: 1, trials: 75 } } },
  }));
  const byCustom = judge(observeTicks(startJudge(spec, baseline), ticks, quarter));
  expect(byCustom).toMatchObject({ verdict: 'fail', attribution: 'refunds' });
});

test('while little is known of how slow requests of stable come, only a great difference in latency is proof', () => {
  const slow = (slower: readonly number[]): Partial<SimulatedService> => ({
    candidate: () => ({ errorRate: 0.001, slower }),
    stable: () => ({ errorRate: 0.001, slower: USUALLY_SLOWER }),
    seconds: 20,
  });
  const start = startJudge(DEFAULT_JUDGE_SPEC, {
    ...withLatency,
    latencySpreads: SIMULATED_THRESHOLDS_MS.map(() => NO_SPREAD),
  });
  const alittle = judge(judged(slow([0.6, 0.25, 0.15, 0.05]), 2500, start));
  expect(alittle.verdict).toBe('inconclusive');
  expect(alittle.sentences.at(-1)).toMatch(
    /^Too little of stable is known to say how its slow requests come \(20 of 60 samples\), so their counts are divided by 1\d\.\d\.$/,
  );
  const greatly = judge(judged(slow([0.95, 0.9, 0.8, 0.7]), 2500, start));
  expect(greatly).toMatchObject({ verdict: 'fail', attribution: 'latency' });
});

test('what is slower by less than the tolerance is not slow', () => {
  const at = (ms: number): ArmTick => ({
    requests: 20,
    errors: 0,
    latency: histogramOf(Array.from({ length: 20 }, () => ms)),
  });
  const ticks = (candidateMs: number): Tick[] =>
    Array.from({ length: 120 }, (_, second) => ({
      ...silence(second),
      candidate: at(candidateMs),
      stable: at(second % 2 === 0 ? 1 : 2),
    }));
  const quick = { ...withLatency, latencyThresholdsMs: [1.5], latencySpreads: knownSpreads(1).slice(0, 1) };
  const verdictAt = (candidateMs: number): string =>
    judge(observeTicks(startJudge(DEFAULT_JUDGE_SPEC, quick), ticks(candidateMs), quarter)).verdict;
  expect(verdictAt(2.4)).not.toBe('fail');
  expect(verdictAt(2.6)).toBe('fail');
});

test('one burst of errors counts little where too little of stable is known', () => {
  const unknown = startJudge(DEFAULT_JUDGE_SPEC, { ...baseline, dispersion: null });
  const ticks = (bursts: number): Tick[] =>
    Array.from({ length: 20 }, (_, second) => ({
      ...silence(second),
      candidate: { requests: 5, errors: second >= 10 && second < 10 + bursts ? 5 : 0, latency: [] },
      stable: { requests: 95, errors: 0, latency: [] },
    }));
  const after = (bursts: number) => judge(observeTicks(unknown, ticks(bursts), { shareBasisPoints: 500 }));
  expect(after(2).verdict).toBe('inconclusive');
  expect(after(2).sentences).toContain(
    'Too little of stable is known to say whether its errors come in bursts, so one burst counts little.',
  );
  expect(after(3).verdict).toBe('fail');
  const known = observeTicks(startJudge(DEFAULT_JUDGE_SPEC, baseline), ticks(1), { shareBasisPoints: 500 });
  expect(judge(known).verdict).toBe('fail');
});

test('slow candidates are not passed early on errors alone', () => {
  const slow: Partial<SimulatedService> = {
    candidate: () => ({ errorRate: 0.001, slower: [0.5, 0.13, 0.095, 0.02] }),
    stable: () => ({ errorRate: 0.001, slower: USUALLY_SLOWER }),
    seconds: 1500,
  };
  const spec: JudgeSpec = { ...DEFAULT_JUDGE_SPEC, alpha: 1e-200 };
  const state = judged(slow, 2500, startJudge(spec, withLatency));
  expect(judge(state).verdict).toBe('inconclusive');
  expect(judge(state).passOdds).toBeGreaterThan(20);
});
