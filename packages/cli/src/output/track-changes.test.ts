import {
  SAMPLE_TIME,
  idleTrack,
  sampleEvidence,
  sampleRollout,
  sampleTrack,
} from '@sluice/protocol/http/testing/sample-views.ts';
import { expect, test } from 'vitest';
import { plainStyle } from './style.ts';
import { nothingTold, trackChanges } from './track-changes.ts';

const style = plainStyle({ unicode: true });
const telling = () => ({ style, told: nothingTold() });
const NAME = 'storefront/production/web';

test('the first look tells what is under way', () => {
  expect(trackChanges(undefined, sampleTrack(), telling())).toEqual([
    `${NAME}: v2 by ada (ro-2), canary in 9 steps over 5%, 25%, 100%`,
    `${NAME}: v2 at 5%, step 4 of 9: judge 10m, or until passed, 2 hard limits`,
    `${NAME}: waits for the end of the phase in 8 min 12 s, or a verdict`,
    `${NAME}: evidence inconclusive: odds 1 : 3 that it is worse`,
  ]);
});

test('more requests alone are no news', () => {
  const later = sampleRollout({
    evidence: { ...sampleEvidence, candidate: { ...sampleEvidence.candidate, requests: 900 } },
  });
  const options = telling();
  trackChanges(undefined, sampleTrack(), options);
  expect(trackChanges(sampleTrack(), sampleTrack({ active: later }), options)).toEqual([]);
});

test('what is waited for is told when it becomes something else, and not when time passes or it comes back', () => {
  const options = telling();
  let before = sampleTrack();
  trackChanges(undefined, before, options);
  const toldOf = (waitingFor: string): readonly string[] => {
    const track = sampleTrack({ explanation: { ...before.explanation, waitingFor } });
    const lines = trackChanges(before, track, options);
    before = track;
    return lines;
  };
  expect(toldOf('the end of the phase in 59 s, or a verdict')).toEqual([]);
  expect(toldOf('instances of v2: 0 of 3 ready (pod a is starting)')).toEqual([
    `${NAME}: waits for instances of v2: 0 of 3 ready (pod a is starting)`,
  ]);
  expect(toldOf('instances of v2: 1 of 3 ready (pod b ended, 3 restarts)')).toHaveLength(1);
  expect(toldOf('instances of v2: 1 of 3 ready (pod b ended, 4 restarts)')).toEqual([]);
  expect(toldOf('instances of v2: 0 of 3 ready (pod a is starting)')).toEqual([]);
});

test('why a rollout is taken back is told once', () => {
  const options = telling();
  trackChanges(undefined, sampleTrack(), options);
  const reason = { kind: 'judge' as const, detail: 'worse in latency' };
  const active = sampleRollout({ phase: 'rolling-back', step: null, reason });
  const explanation = {
    ...{ doing: 'taking v2 back: worse in latency', waitingFor: 'the router to confirm' },
    ...{ next: null, evidence: [] },
  };
  const back = sampleTrack({ active, explanation });
  expect(trackChanges(sampleTrack(), back, options)).toEqual([
    `${NAME}: taking v2 back: worse in latency`,
    `${NAME}: waits for the router to confirm`,
  ]);
  const last = sampleRollout({
    ...{ phase: 'rolled-back', outcome: 'rolled-back', finishedAt: SAMPLE_TIME + 35_000, reason },
  });
  expect(trackChanges(back, idleTrack({ last }), options)[0]).toBe(
    `${NAME}: v2 was rolled back after 34 s (judge)`,
  );
});

test('what a track at rest lacks or waits for is told once', () => {
  const { explanation, revisions } = idleTrack();
  const lacking = idleTrack({
    explanation: { ...explanation, waitingFor: 'an order to be carried out: no' },
    revisions: revisions.map((revision) => ({ ...revision, reason: 'it has no Service web-1' })),
  });
  expect(trackChanges(idleTrack(), lacking, telling())).toEqual([
    `${NAME}: trouble with v1: it has no Service web-1`,
    `${NAME}: waits for an order to be carried out: no`,
  ]);
  expect(trackChanges(lacking, lacking, telling())).toEqual([]);
});

test('another step, a hold and another verdict are news', () => {
  const evidence = { ...sampleEvidence, verdict: 'fail' as const, oddsAgainst: 147 };
  const held = sampleRollout({
    phase: 'held',
    reason: { kind: 'failing', detail: 'the policy for fail is to hold' },
    evidence,
  });
  const track = sampleTrack({ active: held });
  const explanation = { ...track.explanation, doing: 'v2 held at 5% (failing), step 4 of 9: judge 10m' };
  expect(trackChanges(sampleTrack(), { ...track, explanation }, telling())).toEqual([
    `${NAME}: v2 held at 5% (failing), step 4 of 9: judge 10m`,
    `${NAME}: held (failing): the policy for fail is to hold`,
    `${NAME}: waits for the end of the phase in 8 min 12 s, or a verdict`,
    `${NAME}: evidence fail: odds 147 : 1 that it is worse`,
  ]);
});

test('the end is told with its reason, and then what is stable', () => {
  const last = sampleRollout({
    phase: 'rolled-back',
    outcome: 'rolled-back',
    finishedAt: SAMPLE_TIME + 35_000,
    reason: { kind: 'judge', detail: 'worse in latency' },
  });
  expect(trackChanges(sampleTrack(), idleTrack({ last }), telling())).toEqual([
    `${NAME}: v2 was rolled back after 34 s (judge): worse in latency`,
    `${NAME}: v1 is stable and has all the traffic`,
  ]);
});

test('an idle track is told once, and not at all while something waits in its queue', () => {
  expect(trackChanges(undefined, idleTrack(), telling())).toEqual([
    `${NAME}: v1 is stable and has all the traffic`,
  ]);
  expect(trackChanges(idleTrack(), idleTrack(), telling())).toEqual([]);
  expect(trackChanges(undefined, idleTrack({ queued: [{ id: 'ro-2', version: 'v2' }] }), telling())).toEqual(
    [],
  );
});
