import { expect, it } from 'vitest';
import { sql } from 'kysely';
import { TENANT } from '../testing/track-fixtures.ts';
import { withDatabase } from '../testing/with-database.ts';
import { appendLedger } from '../journal/append-journal.ts';
import { openDuties } from './open-duties.ts';

const database = withDatabase();
const NOTHING = {
  ...{ unsignedEntries: 0, unsignedSeconds: 0, waitingDeliveries: 0 },
  ...{ overdueSeconds: 0, deadDeliveries: 0, disabledChannels: 0 },
};

it('counts what no signed head covers, what waits to be told, and what was given up', async () => {
  const { db } = database;
  expect(await openDuties(db, TENANT)).toEqual(NOTHING);
  const at = Date.now() - 60_000;
  const entry = { at, actor: 'ada', action: 'test', subject: 'x', detail: {} };
  await db.transaction().execute((within) => appendLedger(within, TENANT, [entry, entry, entry]));
  await sql`insert into ledger_heads (tenant, size, root_hash, at, key_id, signature)
    values (${TENANT}, 1, 'r', now(), 'k', 's')`.execute(db);
  await sql`insert into channels (tenant, name, settings, disabled_reason)
    values (${TENANT}, 'ops', '{}', null), (${TENANT}, 'old', '{}', 'gone')`.execute(db);
  for (const [state, event] of [
    ['waiting', 'a'],
    ['dead', 'b'],
    ['delivered', 'c'],
  ])
    await sql`insert into deliveries (tenant, channel, event, lane, kind, severity, notice, state, due_at, expires_at, finished_at)
      values (${TENANT}, 'ops', ${event}, 'l', 'k', 'info', '{}', ${state}, now() - interval '2 minutes', now(), now())`.execute(
      db,
    );
  const duties = await openDuties(db, TENANT);
  expect(duties).toMatchObject({
    ...{ unsignedEntries: 2, waitingDeliveries: 1, deadDeliveries: 1, disabledChannels: 1 },
  });
  expect(duties.unsignedSeconds).toBeGreaterThanOrEqual(60);
  expect(duties.overdueSeconds).toBeGreaterThanOrEqual(120);
  expect(await openDuties(db, 'other')).toEqual(NOTHING);
});
