import { beforeEach, expect, it } from 'vitest';
import { appendJournal, appendLedger } from '../journal/append-journal.ts';
import { sql } from '../testing/sql.ts';
import { createTracks, TENANT, WEB } from '../testing/track-fixtures.ts';
import { withDatabase } from '../testing/with-database.ts';
import { awaitsTelling, ensureCursor } from './outbox.ts';

const database = withDatabase();
const awaits = () => awaitsTelling(database.db, TENANT);

beforeEach(() => createTracks(database.db, 'web'));

it('there is nothing to tell before the cursor is set, and right after', async () => {
  expect(await awaits()).toBeNull();
  await ensureCursor(database.db, TENANT);
  expect(await awaits()).toBe(false);
});

it('an event awaits telling, and an entry of the ledger', async () => {
  await ensureCursor(database.db, TENANT);
  await appendJournal(database.db, TENANT, {
    trackId: WEB,
    events: [{ rolloutId: null, at: 1, kind: 'scaled', body: {} }],
    ledgerEntries: [],
  });
  expect(await awaits()).toBe(true);
  await sql`update notify_cursors set events_sequence = (select max(sequence) from events)`.execute(
    database.db,
  );
  expect(await awaits()).toBe(false);
  await appendLedger(database.db, TENANT, [
    { at: 2, actor: 'ann', action: 'x.done', subject: 'x', detail: {} },
  ]);
  expect(await awaits()).toBe(true);
});

it.each([
  ['that held something back', { beganAt: 1, told: 1, withheld: { promoted: 2 } }, true],
  ['that held nothing back', { beganAt: 1, told: 1, withheld: {} }, false],
  ['that has not begun', null, false],
])('a window of a throttle %s', async (_, window, expected) => {
  await ensureCursor(database.db, TENANT);
  await sql`insert into channels (tenant, name, settings) values (${TENANT}, 'ops', '{}')`.execute(
    database.db,
  );
  await sql`insert into subscriptions (tenant, name, channel, filter, throttle_window)
    values (${TENANT}, 'all', 'ops', '{}', ${window === null ? null : JSON.stringify(window)}::jsonb)`.execute(
    database.db,
  );
  expect(await awaits()).toBe(expected);
});
