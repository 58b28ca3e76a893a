import { revisionId, rolloutId, trackId } from '@sluice/core/kernel/ids.ts';
import type { TrackEvent } from '@sluice/core/rollout/events.ts';
import { expect, test } from 'vitest';
import type { EventRow } from '../store/events/list-events.ts';
import { entryNotice, eventNotice, summaryNotice } from './event-notice.ts';
import { toldEvent } from './told-event.ts';

const FROM = { tenant: 'default', origin: '5f0d7a3c-8a53-4c53-9f5b-1f6f2f0a2a11', publicUrl: null };
const WEB = trackId('shop', 'production', 'web');
const RO = rolloutId('ro-7');
const rollout = {
  ...{ id: RO, trackId: WEB, versionLabel: '1.4.2', requestedBy: 'person:ada' },
  state: { source: { repository: 'https://git.example/shop', commit: 'abc', ref: null, message: 7 } },
};
const row = (body: TrackEvent, id: typeof RO | null = RO): EventRow => ({
  ...{ sequence: 42, trackId: WEB, rolloutId: id, at: Date.UTC(2026, 10, 22), kind: body.kind, body },
});
const held = (kind: 'failing' | 'no-data'): TrackEvent => ({
  ...{ kind: 'rolloutHeld', at: 1, reason: { kind, detail: 'the error rate is 2 %' } },
});

test.each<[TrackEvent, string, string]>([
  [held('failing'), 'rollout.held', 'warning'],
  [
    { kind: 'rolloutHeld', at: 1, reason: { kind: 'approval', prompt: 'ship it?' } },
    'rollout.waits-for-approval',
    'notice',
  ],
  [{ kind: 'rolloutHeld', at: 1, reason: { kind: 'paused', by: 'ada' } }, 'rollout.paused', 'notice'],
  [
    { kind: 'rollbackBegun', at: 1, reason: { kind: 'judge', detail: 'bad' } },
    'rollout.rolling-back',
    'warning',
  ],
  [
    { kind: 'rollbackBegun', at: 1, reason: { kind: 'aborted', detail: '' } },
    'rollout.rolling-back',
    'notice',
  ],
  [{ kind: 'rollbackBlocked', at: 1, obstacle: 'the disk is full' }, 'rollout.stuck', 'critical'],
  [
    { kind: 'glassBroken', at: 1, id: RO, by: 'person:ada', reason: 'fire' },
    'rollout.break-glass',
    'critical',
  ],
  [{ kind: 'splitConfirmed', at: 1 }, 'track.split-confirmed', 'info'],
  [
    { kind: 'rolloutMadeByANewerBuild', at: 1 } as unknown as TrackEvent,
    'track.rollout-made-by-a-newer-build',
    'info',
  ],
])('%j is told as %s', (event, kind, severity) => {
  expect(toldEvent(event)).toMatchObject({ kind, severity });
});

test('only what waits for people offers to approve and to reject', () => {
  const approval: TrackEvent = { kind: 'rolloutHeld', at: 1, reason: { kind: 'approval', prompt: '' } };
  expect(eventNotice(row(approval), { rollout, project: 'default' }, FROM).notice.commands).toEqual([
    'approve',
    'reject',
  ]);
  expect(eventNotice(row(held('failing')), { rollout, project: 'default' }, FROM).notice.commands).toEqual(
    [],
  );
});

test('a notice says what, why, what next and what to do, and the event who and where', () => {
  const { notice, lane } = eventNotice(row(held('failing')), { rollout, project: 'default' }, FROM);
  expect(lane).toBe('rollout ro-7');
  expect(notice.words).toEqual({
    title: 'shop/production/web 1.4.2 is held',
    sentence: 'It is held: the error rate is 2 %.',
    next: expect.stringContaining('keeps its present share'),
    action: expect.stringContaining('sluice explain'),
  });
  expect(notice.event).toMatchObject({
    ...{ specversion: '1.0', id: 'event-42', type: 'dev.sluice.rollout.held.v1' },
    ...{ source: `urn:sluice:${FROM.origin}:default`, subject: 'shop/production/web/ro-7' },
    ...{ time: '2026-11-22T00:00:00.000Z', data: { version: '1.4.2', requestedBy: 'person:ada' } },
  });
  expect(notice.about?.source).toEqual({
    ...{ repository: 'https://git.example/shop', commit: 'abc', ref: null, message: null },
  });
});

test('a rollout that was forgotten since is still told', () => {
  const { notice } = eventNotice(row(held('no-data')), { rollout: undefined, project: 'default' }, FROM);
  expect(notice.words.title).toBe('shop/production/web ro-7 is held');
  expect(notice.about).toMatchObject({ requestedBy: 'unknown', source: null });
});

test('plans and what is long stay out of events', () => {
  const requested = {
    ...{ kind: 'rolloutRequested', at: 1, id: RO, lane: 'normal', by: 'person:ada', first: false },
    revision: { id: revisionId('web-1'), version: '1.4.2', instances: 1, fullInstances: 1 },
    plan: { strategy: 'canary', measurements: [{ headers: { authorization: 'Bearer canary-secret' } }] },
  } as unknown as TrackEvent;
  const told = JSON.stringify(eventNotice(row(requested), { rollout, project: 'default' }, FROM));
  expect(told).not.toContain('canary-secret');
  expect(told).toContain('person:ada asked for 1.4.2 (canary).');
  const endless = { ...held('failing'), extra: 'x'.repeat(100_000) } as unknown as TrackEvent;
  expect(
    JSON.stringify(eventNotice(row(endless), { rollout, project: 'default' }, FROM)).length,
  ).toBeLessThan(5_000);
});

test('what was changed by whom is told without what it was changed to', () => {
  const entry = {
    ...{ sequence: 9, at: 1, actor: 'person:eve', action: 'tokenRevoked', subject: 'ci' },
    ...{ detail: { secret: 'canary-secret' }, isOfTrack: false },
  };
  const { notice, happening } = entryNotice(entry, FROM);
  expect(happening).toMatchObject({ kind: 'audit.token-revoked', severity: 'notice', application: null });
  expect(notice.words.sentence).toBe('person:eve did this: token revoked (ci).');
  expect(JSON.stringify(notice)).not.toContain('canary-secret');
});

test('a summary counts what was held back, the most frequent first', () => {
  const { notice } = summaryNotice('all', { 'rollout.held': 1, 'rollout.started': 5 }, { at: 1, from: FROM });
  expect(notice.words).toMatchObject({
    title: '6 more events',
    sentence: 'The subscription all held back 5 rollout.started, 1 rollout.held.',
  });
});
