import { beforeEach, expect, it } from 'vitest';
import { firstCommit, NOON, TENANT, WEB } from '../store/testing/track-fixtures.ts';
import { tamperWithLedger } from '../store/testing/tamper-with-ledger.ts';
import { withDatabase } from '../store/testing/with-database.ts';
import { commitTrack } from '../store/tracks/commit-track.ts';
import { storedLedger } from './stored-ledger.ts';

const database = withDatabase();

beforeEach(async () => {
  const ledgerEntries = ['one', 'two', 'three'].map((action) => ({
    ...{ at: NOON, actor: 'ann', action, subject: WEB },
    detail: { words: `did ${action}` },
  }));
  await commitTrack(database.db, TENANT, firstCommit({ ledgerEntries }));
});

it('shows the newest entries first, page by page, as they can be verified', async () => {
  const ledger = storedLedger(database.db, TENANT);
  const first = await ledger.page({ cursor: null, limit: 2 });
  expect(first).toMatchObject({ items: [{ action: 'three' }, { action: 'two' }], next: '2' });
  expect(await ledger.page({ cursor: first.next, limit: 2 })).toEqual({
    items: [
      {
        ...{ sequence: 1, at: NOON, actor: 'ann', action: 'one', subject: WEB },
        detail: { words: 'did one' },
        hash: expect.stringMatching(/^[0-9a-f]{64}$/),
      },
    ],
    next: null,
  });
});

it('is intact as it was written, and says where it was tampered with', async () => {
  const ledger = storedLedger(database.db, TENANT);
  expect(await ledger.verify()).toEqual({ entries: 3, intact: true, firstFault: null });
  await tamperWithLedger(database.db, `update ledger set actor = 'eve' where sequence = 2`);
  expect(await ledger.verify()).toMatchObject({
    intact: false,
    firstFault: { sequence: 2, problem: 'it was changed' },
  });
});
