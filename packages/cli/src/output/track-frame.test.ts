import fc from 'fast-check';
import {
  SAMPLE_TIME,
  idleTrack,
  sampleEvidence,
  sampleRollout,
  sampleTrack,
} from '@sluice/protocol/http/testing/sample-views.ts';
import { expect, test } from 'vitest';
import { explanationLines } from './explanation-lines.ts';
import { statusLines } from './status-lines.ts';
import { colourStyle, plainStyle } from './style.ts';
import { widthOf } from './text-width.ts';
import { trackFrame } from './track-frame.ts';

const now = SAMPLE_TIME + 85_000;
const unicode = plainStyle({ unicode: true });
const ascii = plainStyle({ unicode: false });

test('a canary on its way: steps, weights, evidence, wait and next', () => {
  expect(trackFrame(sampleTrack(), { columns: 110, now, style: unicode }).join('\n')).toBe(`\
storefront/production/web  v2 canary careful: running, step 4 of 9, 1 min 24 s
  ✔ 1 earlier
  ✔ verify smoke
  ✔ shift to 5%
  ▶ judge 10m, or until passed, 2 hard limits
  · shift to 25%
  · judge 20m, or until passed, 2 hard limits
  · 3 more
  stable     v1  ███████████████████░  95%  12,340 req  12 err  0.10 %  p95 43 ms  3/3 ready
  candidate  v2  █░░░░░░░░░░░░░░░░░░░   5%     640 req   1 err  0.16 %  p95 43 ms  1/1 ready
  evidence  inconclusive: odds 1 : 3 that it is worse
            Regressions above 4.1x are excluded at 95 %.
            A verdict needs about 8,400 more requests.
  waits for the end of the phase in 8 min 12 s, or a verdict
  next      shift to 25%`);
});

test('the same in ASCII and on a narrow terminal', () => {
  expect(trackFrame(sampleTrack(), { columns: 60, now, style: ascii }).join('\n')).toBe(`\
storefront/production/web  v2 canary careful: running, st...
  + 1 earlier
  + verify smoke
  + shift to 5%
  > judge 10m, or until passed, 2 hard limits
  . shift to 25%
  . judge 20m, or until passed, 2 hard limits
  . 3 more
  stable     v1  95%  12,340 req  12 err  0.10 %  p95 43 ms
  candidate  v2   5%     640 req   1 err  0.16 %  p95 43 ms
  evidence  inconclusive: odds 1 : 3 that it is worse
            Regressions above 4.1x are excluded at 95 %.
            A verdict needs about 8,400 more requests.
  waits for the end of the phase in 8 min 12 s, or a verdict
  next      shift to 25%`);
});

test('a terminal of 80 columns shows latencies and readiness, with a shorter bar or none', () => {
  const lines = trackFrame(sampleTrack(), { columns: 79, now, style: ascii });
  expect(lines.filter((line) => line.includes(' req '))).toEqual([
    '  stable     v1  95%  12,340 req  12 err  0.10 %  p95 43 ms  3/3 ready',
    '  candidate  v2   5%     640 req   1 err  0.16 %  p95 43 ms  1/1 ready',
  ]);
  const wider = trackFrame(sampleTrack(), { columns: 84, now, style: ascii });
  expect(wider).toContain(
    '  stable     v1  #########-  95%  12,340 req  12 err  0.10 %  p95 43 ms  3/3 ready',
  );
});

test('with few rows the last sentences about the evidence give way to what is waited for', () => {
  const lines = trackFrame(sampleTrack(), { columns: 110, rows: 14, now, style: unicode });
  expect(lines.length).toBe(14);
  expect(lines.slice(10)).toEqual([
    '  evidence  inconclusive: odds 1 : 3 that it is worse',
    '            … 2 more lines: sluice explain',
    '  waits for the end of the phase in 8 min 12 s, or a verdict',
    '  next      shift to 25%',
  ]);
  const fewest = trackFrame(sampleTrack(), { columns: 110, rows: 5, now, style: unicode });
  expect(fewest.slice(10)).toEqual([
    '  evidence  inconclusive: odds 1 : 3 that it is worse',
    '  waits for the end of the phase in 8 min 12 s, or a verdict',
    '  next      shift to 25%',
  ]);
});

test('where nobody counts requests there are no numbers, no odds and no silence', () => {
  const { plan } = sampleRollout();
  const none = { requests: 0, errors: 0, p50Ms: null, p95Ms: null, p99Ms: null };
  const evidence = { ...sampleEvidence, verdict: 'no-data' as const, candidate: none, stable: none };
  const active = sampleRollout({ plan: { ...plan, traffic: 'uncounted' }, evidence });
  const track = sampleTrack({ active });
  const space = { columns: 110, now, style: unicode };
  const text = trackFrame(track, space).join('\n');
  expect(text).toContain('stable     v1  ███████████████████░  95%  not counted  3/3 ready');
  expect(text).not.toMatch(/0 req|evidence|odds/);
  expect(explanationLines(track, space).join('\n')).not.toContain('what is known');
  const failed = { ...evidence, verdict: 'fail' as const, detail: 'queue-length is above 100' };
  const failing = sampleTrack({ active: { ...active, evidence: failed } });
  expect(trackFrame(failing, space)).toContain('  evidence  fail: queue-length is above 100');
});

test('a held rollout says why', () => {
  const held = sampleRollout({
    phase: 'held',
    reason: { kind: 'paused', detail: 'paused by ada' },
    evidence: null,
  });
  const track = sampleTrack({
    active: held,
    explanation: { doing: '', waitingFor: 'ada to resume it', next: 'shift to 25%', evidence: [] },
  });
  expect(trackFrame(track, { columns: 110, now, style: unicode }).slice(4)).toEqual([
    '  ‖ judge 10m, or until passed, 2 hard limits',
    '  · shift to 25%',
    '  · judge 20m, or until passed, 2 hard limits',
    '  · 3 more',
    '  stable     v1  ███████████████████░  95%  3/3 ready',
    '  candidate  v2  █░░░░░░░░░░░░░░░░░░░   5%  1/1 ready',
    '  held      paused by ada',
    '  waits for ada to resume it',
    '  next      shift to 25%',
  ]);
});

test('a rollout that is taken back shows why and no more steps', () => {
  const evidence = {
    ...sampleEvidence,
    verdict: 'fail' as const,
    oddsAgainst: 147,
    leaning: 'against' as const,
    attribution: 'latency',
    sentences: ['Worse than stable in latency: odds 147 : 1 against "no worse".', '31 of 640 failed.'],
  };
  const active = sampleRollout({
    phase: 'rolling-back',
    step: null,
    evidence,
    reason: { kind: 'judge', detail: evidence.sentences[0] ?? '' },
  });
  const explanation = { doing: '', waitingFor: 'the router to confirm', next: null, evidence: [] };
  const lines = trackFrame(sampleTrack({ active, explanation }), { columns: 110, now, style: unicode });
  expect(lines.join('\n')).toBe(`\
storefront/production/web  v2 canary careful: rolling back, 1 min 24 s
  stable     v1  ███████████████████░  95%  12,340 req  12 err  0.10 %  p95 43 ms  3/3 ready
  candidate  v2  █░░░░░░░░░░░░░░░░░░░   5%     640 req   1 err  0.16 %  p95 43 ms  1/1 ready
  evidence  fail: odds 147 : 1 that it is worse in latency
            31 of 640 failed.
  because   Worse than stable in latency: odds 147 : 1 against "no worse".
  waits for the router to confirm`);
});

test('instances that are not ready say why, and a target that does not answer is not guessed at', () => {
  const track = sampleTrack();
  const revisions = track.revisions.map((revision) =>
    revision.role === 'candidate'
      ? { ...revision, ready: 0, reason: 'instance 0 exited: no such table\u001b[2J' }
      : { ...revision, ready: null },
  );
  const text = trackFrame({ ...track, revisions }, { columns: 110, now, style: unicode }).join('\n');
  expect(text).toContain('?/3 ready');
  expect(text).toContain('0/1 ready');
  expect(text).toContain('  trouble   v2: instance 0 exited: no such table');
  expect(text).not.toContain('\u001b');
});

test('an idle track shows what is stable and how the last rollout ended', () => {
  const last = sampleRollout({
    phase: 'rolled-back',
    outcome: 'rolled-back',
    finishedAt: SAMPLE_TIME + 35_000,
    reason: { kind: 'limit', detail: 'p95 above 200 ms' },
  });
  expect(trackFrame(idleTrack({ last }), { columns: 110, now, style: unicode })).toEqual([
    'storefront/production/web  v1 is stable',
    '  stable  v1  ████████████████████  100%  3/3 ready',
    '  last      v2 was rolled back after 34 s, 50 s ago (limit): p95 above 200 ms',
  ]);
});

test('an idle track shows what it waits for, also among others that wait for nothing', () => {
  const { explanation } = idleTrack();
  const waiting = idleTrack({
    explanation: { ...explanation, waitingFor: 'an order: the route is not there' },
  });
  const space = { columns: 110, now, style: unicode };
  expect(trackFrame(waiting, space)).toContain('  waits for an order: the route is not there');
  const several = statusLines([waiting, idleTrack({ id: 'storefront/staging/web' })], space).join('\n');
  expect(several).toContain('  waits for an order: the route is not there');
  expect(several.match(/is stable/g)).toHaveLength(1);
});

test('an idle track that lacks something says so, also among others', () => {
  const { revisions } = idleTrack();
  const reason = 'somebody has removed what belongs to it: it has no Service web-1';
  const lacking = idleTrack({ revisions: revisions.map((revision) => ({ ...revision, reason })) });
  const space = { columns: 110, now, style: unicode };
  expect(trackFrame(lacking, space)).toContain(`  trouble   v1: ${reason}`);
  const several = statusLines([lacking, idleTrack({ id: 'storefront/staging/web' })], space);
  expect(several).toContain(`  trouble   v1: ${reason}`);
});

test('no line is wider than the terminal, coloured or not, whatever its width', () => {
  fc.assert(
    fc.property(fc.integer({ min: 20, max: 200 }), fc.boolean(), (columns, coloured) => {
      const style = coloured ? colourStyle({ unicode: true }) : ascii;
      for (const track of [sampleTrack(), idleTrack()]) {
        for (const line of trackFrame(track, { columns, now, style })) {
          expect(widthOf(line)).toBeLessThanOrEqual(columns);
        }
      }
    }),
  );
});
