import {
  SAMPLE_TIME,
  idleTrack,
  sampleEvidence,
  sampleRollout,
  sampleTrack,
} from '@sluice/protocol/http/testing/sample-views.ts';
import { expect, test } from 'vitest';
import { plainStyle } from './style.ts';
import { trackChanges } from './track-changes.ts';

const style = plainStyle({ unicode: true });
const NAME = 'storefront/production/web';

test('the first look tells what is under way', () => {
  expect(trackChanges(undefined, sampleTrack(), style)).toEqual([
    `${NAME}: v2 by ada (ro-2), canary in 9 steps over 5%, 25%, 100%`,
    `${NAME}: v2 at 5%, step 4 of 9: judge 10m, or until passed, 2 hard limits`,
    `${NAME}: evidence inconclusive: odds 1 : 3 that it is worse`,
  ]);
});

test('more requests alone are no news', () => {
  const later = sampleRollout({
    evidence: { ...sampleEvidence, candidate: { ...sampleEvidence.candidate, requests: 900 } },
  });
  expect(trackChanges(sampleTrack(), sampleTrack({ active: later }), style)).toEqual([]);
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
  expect(trackChanges(sampleTrack(), { ...track, explanation }, style)).toEqual([
    `${NAME}: v2 held at 5% (failing), step 4 of 9: judge 10m`,
    `${NAME}: held (failing): the policy for fail is to hold`,
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
  expect(trackChanges(sampleTrack(), idleTrack({ last }), style)).toEqual([
    `${NAME}: v2 was rolled back after 34 s (judge): worse in latency`,
    `${NAME}: v1 is stable and has all the traffic`,
  ]);
});

test('an idle track is told once, and not at all while something waits in its queue', () => {
  expect(trackChanges(undefined, idleTrack(), style)).toEqual([
    `${NAME}: v1 is stable and has all the traffic`,
  ]);
  expect(trackChanges(idleTrack(), idleTrack(), style)).toEqual([]);
  expect(trackChanges(undefined, idleTrack({ queued: [{ id: 'ro-2', version: 'v2' }] }), style)).toEqual([]);
});
