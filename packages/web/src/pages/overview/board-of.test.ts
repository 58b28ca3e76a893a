import { sampleRollout, sampleTrack } from '@sluice/protocol/http/testing/sample-views.ts';
import type { TrackView } from '@sluice/protocol/http/views.ts';
import { expect, it } from 'vitest';
import { boardOf, healthOf, needsSomebody, tracksThatFit } from './board-of.ts';

const track = (id: string, more: Partial<TrackView> = {}): TrackView => {
  const [application = '', environment = '', component = ''] = id.split('/');
  return sampleTrack({ id, application, environment, component, active: null, ...more });
};

it('components stand in rows, and environments in the order in which releases pass them', () => {
  const board = boardOf([
    track('shop/production/web'),
    track('shop/staging/web'),
    track('shop/production/api'),
    track('bank/dev-eu/web'),
    track('bank/moon/web'),
  ]);
  expect(board.environments).toEqual(['dev-eu', 'staging', 'production', 'moon']);
  expect(board.rows.map(({ application, component, isFirst }) => [application, component, isFirst])).toEqual([
    ['bank', 'web', true],
    ['shop', 'api', true],
    ['shop', 'web', false],
  ]);
  expect([...(board.rows[2]?.cells.keys() ?? [])]).toEqual(['production', 'staging']);
});

const revision = (ready: number | null, ordered = 3) => ({
  revision: 'web-1',
  version: 'v1',
  role: 'stable' as const,
  shareBasisPoints: 10_000,
  ordered,
  ready,
  reason: null,
  retainedUntil: null,
});
const stable = { revision: 'web-1', version: 'v1' };

it.each([
  [{ stable: null, revisions: [] }, 'idle', 'Nothing runs'],
  [{ stable, revisions: [revision(3)], last: null }, 'good', 'Healthy'],
  [{ stable, revisions: [revision(2)], last: null }, 'warn', '2 of 3 ready'],
  [{ stable, revisions: [revision(0)], last: null }, 'bad', 'Down'],
  [{ stable, revisions: [revision(null)], last: null }, 'warn', 'Target does not answer'],
  [
    { stable, revisions: [revision(3)], last: sampleRollout({ version: 'v2', outcome: 'rolled-back' }) },
    'good',
    'Healthy, v2 taken back',
  ],
])('a track stands as what runs of it does: %#', (more, tone, word) => {
  expect(healthOf(track('shop/production/web', more))).toMatchObject({ tone, word });
});

it('what waits for a person is told from what waits for time', () => {
  const held = (kind: string) =>
    track('a/b/c', { active: sampleRollout({ phase: 'held', reason: { kind, detail: '' } }) });
  expect(needsSomebody(held('approval'))).toBe(true);
  expect(needsSomebody(held('paused'))).toBe(true);
  expect(needsSomebody(held('no-data'))).toBe(false);
  expect(needsSomebody(track('a/b/c', { active: sampleRollout({ phase: 'stuck' }) }))).toBe(true);
});

it('a search finds names and versions, within what is shown', () => {
  const tracks = [
    track('shop/production/web', { stable }),
    track('bank/staging/api', { active: sampleRollout() }),
  ];
  const found = (text: string, filter = '') => tracksThatFit(tracks, { text, filter }).map(({ id }) => id);
  expect(found('')).toHaveLength(2);
  expect(found(' PROD ')).toEqual(['shop/production/web']);
  expect(found('v2')).toEqual(['bank/staging/api']);
  expect(found('shop', 'moving')).toEqual([]);
  expect(found('', 'moving')).toEqual(['bank/staging/api']);
});
