import { expect, it } from 'vitest';
import { sampleEvent, sampleRollout, SAMPLE_TIME } from '@sluice/protocol/http/testing/sample-views.ts';
import { reportOf } from './report.ts';

const EVENTS = [
  sampleEvent(1, { kind: 'rolloutRequested', words: 'ada asked for v2 (careful)' }),
  sampleEvent(2, { kind: 'rolloutStarted', words: 'started' }),
  sampleEvent(93, { kind: 'rollbackBegun', words: 'rollback begun (judge): twice as many errors' }),
  sampleEvent(95, { kind: 'rolloutRolledBack', words: 'rolled back' }),
];
const ROLLED_BACK = sampleRollout({
  phase: 'rolled-back',
  outcome: 'rolled-back',
  reason: { kind: 'judge', detail: 'twice as many errors' },
  verdictAt: SAMPLE_TIME + 93_000,
  finishedAt: SAMPLE_TIME + 95_500,
});

it('tells people how a rollout went, why, on what evidence, by which plan, and when', async () => {
  const { markdown } = reportOf(ROLLED_BACK, EVENTS);
  await expect(markdown).toMatchFileSnapshot('./goldens/report.golden.md');
});

it('tells machines the same', async () => {
  const { json } = reportOf(ROLLED_BACK, EVENTS);
  await expect(`${JSON.stringify(json, null, 2)}\n`).toMatchFileSnapshot('./goldens/report.golden.json');
});

it('of a first release that has just been asked for says what there is', async () => {
  const fresh = sampleRollout({
    ...{ stable: null, startedAt: null, phase: 'queued', step: null, evidence: null },
  });
  const { json, markdown } = reportOf(fresh, []);
  expect(json).toMatchObject({
    ...{ outcome: 'queued', reason: null, durationSeconds: null, secondsToVerdict: null },
    ...{ evidence: null, timeline: [] },
  });
  expect(markdown).toContain('stable none');
  expect(markdown).not.toContain('## Evidence');
  expect(markdown).not.toContain('Took');
});

it('writes a dash where nothing was measured', () => {
  const unmeasured = { requests: 12, errors: 0, p50Ms: null, p95Ms: null, p99Ms: null };
  const evidence = { ...(sampleRollout().evidence ?? expect.fail('no evidence')), candidate: unmeasured };
  expect(reportOf(sampleRollout({ evidence }), []).markdown).toContain('| candidate | 12 | 0 | - | - | - |');
});
