import { expect, it } from 'vitest';
import { changesOf, type ReportFrame, reportCsv, reportMarkdown } from './compliance-report.ts';
import { DeliveryBook } from './deliveries.ts';
import { doraFigures } from './dora.ts';
import type { LedgerContent } from './ledger-entry.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const START = Date.UTC(2026, 10, 1);

/** A ledger in which things are written down one after another. */
function ledger() {
  const book = new DeliveryBook();
  let sequence = 0;
  const note = (at: number, action: string, subject: string, more: Partial<LedgerContent> = {}) =>
    book.add({
      ...{ tenant: 'default', sequence: ++sequence, at: START + at, actor: 'engine', action, subject },
      ...{ detail: {}, ...more },
    });
  const asked = (at: number, rollout: string, facts: object = {}) =>
    note(at, 'rolloutRequested', rollout, {
      actor: 'person:ada',
      detail: { track: 'shop/production/web', version: 'v2', strategy: 'canary', lane: 'normal', ...facts },
    });
  const taken = (at: number, rollout: string, cause = 'judge') => {
    note(at, 'rollbackBegun', rollout, { detail: { cause, words: `rollback begun (${cause}): errors` } });
    note(at + HOUR, 'rolloutRolledBack', rollout);
  };
  return { book, note, asked, taken };
}

const period = { from: START, to: START + 10 * DAY };
const figures = (book: DeliveryBook) =>
  doraFigures(book.deliveries(), period, (application) => `p-${application}`);

it('counts what reached its end, and takes the time from commit, or else from request', () => {
  const { book, asked, note } = ledger();
  asked(0, 'ro-1', { committedAt: START - 5 * HOUR, commit: 'abc' });
  note(HOUR, 'rolloutSucceeded', 'ro-1');
  asked(DAY, 'ro-2');
  note(DAY + 2 * HOUR, 'rolloutSucceeded', 'ro-2');
  asked(2 * DAY, 'ro-3');
  expect(figures(book)).toEqual([
    {
      ...{ project: 'p-shop', environment: 'production', deployments: 2, perDay: 0.2 },
      ...{ leadTimeMs: 4 * HOUR, failures: 0, changeFailureRate: 0, restoreMs: null },
    },
  ]);
});

it('counts as failed what was taken back for its quality, and what was undone', () => {
  const { book, asked, note, taken } = ledger();
  asked(0, 'ro-1');
  taken(HOUR, 'ro-1');
  asked(3 * HOUR, 'ro-2');
  note(4 * HOUR, 'rolloutSucceeded', 'ro-2');
  asked(5 * HOUR, 'ro-3', { lane: 'undo' });
  note(8 * HOUR, 'rolloutSucceeded', 'ro-3');
  asked(9 * HOUR, 'ro-4');
  taken(10 * HOUR, 'ro-4', 'superseded');
  expect(figures(book)).toMatchObject([
    { deployments: 1, failures: 2, changeFailureRate: 1, restoreMs: 2 * HOUR },
  ]);
});

it('counts a deployment that was undone once, however often somebody goes back and forth', () => {
  const { book, asked, note } = ledger();
  const done = (hour: number, rollout: string, facts: object = {}): void => {
    asked(hour * HOUR, rollout, facts);
    note((hour + 1) * HOUR, 'rolloutSucceeded', rollout);
  };
  done(0, 'ro-1');
  done(2, 'ro-2');
  done(4, 'ro-3', { lane: 'undo' });
  done(6, 'ro-4', { lane: 'undo' });
  done(6, 'ro-5', { lane: 'undo', track: 'shop/staging/web' });
  expect(figures(book)).toMatchObject([
    { environment: 'production', deployments: 2, failures: 1, changeFailureRate: 0.5 },
    { environment: 'staging', deployments: 0, failures: 0, changeFailureRate: null },
  ]);
  done(8, 'ro-6');
  done(10, 'ro-7', { lane: 'undo' });
  expect(figures(book)[0]).toMatchObject({ deployments: 3, failures: 2 });
});

it('counts the way back by steps as the way back, and not as a deployment', () => {
  const { book, asked, note } = ledger();
  asked(0, 'ro-1');
  note(HOUR, 'rolloutSucceeded', 'ro-1');
  asked(2 * HOUR, 'ro-2', { isReturn: true });
  note(5 * HOUR, 'rolloutSucceeded', 'ro-2');
  expect(figures(book)).toMatchObject([{ deployments: 1, failures: 1, restoreMs: 3 * HOUR }]);
  expect(book.deliveries()[1]?.lane).toBe('undo');
});

it('takes nobody who lets a change go on by hand for somebody who approved it', () => {
  const { book, asked, note } = ledger();
  asked(0, 'ro-1');
  note(1, 'holdEnded', 'ro-1', { actor: 'token:ada-too' });
  note(HOUR, 'rolloutSucceeded', 'ro-1');
  const text = reportMarkdown(changesOf(book.deliveries(), frame), frame);
  expect(text).toContain('token:ada-too let it go on');
  expect(text).toContain('Succeeded without the approval of anybody but the author: ro-1.');
});

it('leaves out what ended outside of the period, and shows each environment alone', () => {
  const { book, asked, note } = ledger();
  asked(-2 * DAY, 'ro-0');
  note(-DAY, 'rolloutSucceeded', 'ro-0');
  asked(-DAY, 'ro-1', { track: 'shop/staging/web' });
  note(HOUR, 'rolloutSucceeded', 'ro-1');
  asked(9 * DAY, 'ro-2');
  note(10 * DAY, 'rolloutSucceeded', 'ro-2');
  expect(figures(book).map(({ environment, deployments }) => [environment, deployments])).toEqual([
    ['staging', 1],
  ]);
});

const frame: ReportFrame = {
  ...{ ...period, project: null, projectOf: () => 'default', madeAt: START + 11 * DAY },
  ledger: { size: 9, rootHash: 'ab' },
};

it('reports who asked, who let it go on, what was found and how it ended', () => {
  const { book, asked, note, taken } = ledger();
  asked(0, 'ro-1');
  note(1, 'voteGiven', 'ro-1', { actor: 'person:bea', detail: { decision: 'approve' }, reason: 'read it' });
  note(HOUR, 'rolloutSucceeded', 'ro-1', { detail: { words: 'succeeded: no worse than stable' } });
  asked(DAY, 'ro-2', { version: '=cmd|' });
  note(DAY + 1, 'glassBroken', 'ro-2', { actor: 'person:ada', reason: 'shop is down' });
  taken(DAY + HOUR, 'ro-2');
  const changes = changesOf(book.deliveries(), frame);
  expect(reportMarkdown(changes, frame)).toMatchInlineSnapshot(`
    "# Changes from 2026-11-01T00:00:00.000Z to 2026-11-11T00:00:00.000Z, all projects

    Made at 2026-11-12T00:00:00.000Z from the ledger of 9 entries with the root \`ab\`.

    2 changes: 1 succeeded, 1 rolled-back, 0 dropped, 0 under way.

    | rollout | project | track | version | commit | strategy | author | requested | approvers | outcome | ended | evidence | ledger entry |
    | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |
    | ro-1 | default | shop/production/web | v2 |  | canary | person:ada | 2026-11-01T00:00:00.000Z | person:bea approved (read it) | succeeded | 2026-11-01T01:00:00.000Z | succeeded: no worse than stable | 1 |
    | ro-2 | default | shop/production/web | =cmd\\| |  | canary | person:ada | 2026-11-02T00:00:00.000Z | person:ada broke the glass (shop is down) | rolled-back | 2026-11-02T02:00:00.000Z | rollback begun (judge): errors | 4 |

    Past the gates (glass broken): ro-2.

    Succeeded without the approval of anybody but the author: none.
    "
  `);
  expect(reportCsv(changes, frame).split('\r\n')[2]).toContain(",'=cmd|,");
  expect(changesOf(book.deliveries(), { ...frame, project: 'other' })).toEqual([]);
  expect(reportMarkdown([], frame)).toContain('0 changes');
});

it('lets nothing that people wrote become markup', () => {
  const { book, asked } = ledger();
  asked(0, 'ro-1', { version: '<img src=x onerror=alert(1)>| [a](javascript:b)\n# head' });
  const text = reportMarkdown(changesOf(book.deliveries(), frame), frame);
  expect(text).toContain('&lt;img src=x onerror=alert(1)>\\| \\[a\\](javascript:b) # head');
});
