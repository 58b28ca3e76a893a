import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import { appendLedger } from '../journal/append-journal.ts';
import { NOON, TENANT } from '../testing/track-fixtures.ts';
import { tamperWithLedger } from '../testing/tamper-with-ledger.ts';
import { withDatabase } from '../testing/with-database.ts';
import {
  countExpired,
  expireEntries,
  listHolds,
  listRules,
  placeHold,
  readRule,
  releaseHold,
  writeRule,
} from './ledger-retention.ts';
import { listLedger, readEntry } from './read-ledger.ts';
import { verifyLedger } from './verify-ledger.ts';

const database = withDatabase();
const DAY = 86_400_000;
const act = { by: 'person:ada', at: NOON };

/** An entry for each of so many days before noon, the oldest first. */
async function recordDays(days: number): Promise<void> {
  const entries = [...Array(days).keys()].map((day) => ({
    ...{ at: NOON - (days - day) * DAY, actor: 'person:ada', action: 'did', subject: `ro-${day + 1}` },
    detail: { track: 'shop/production/web', secret: `of ${day}` },
  }));
  await database.db.transaction().execute((transaction) => appendLedger(transaction, TENANT, entries));
}

/** Until somebody waits for a lock of this database. */
async function waitsForLock(db: typeof database.db): Promise<void> {
  for (let look = 0; look < 200; look++) {
    const { rows } = await sql`select 1 from pg_stat_activity
      where wait_event_type = 'Lock' and datname = current_database()`.execute(db);
    if (rows.length > 0) return;
    // PostgreSQL tells nobody that somebody waits: it can only be asked again.
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

const expire = (before: number, limit = 100) =>
  expireEntries(database.db, TENANT, { before, limit, at: NOON });
const openSequences = async (): Promise<number[]> =>
  (await listLedger(database.db, TENANT, { limit: 100, action: 'did' })).map(({ sequence }) => sequence);

describe('entries whose time is over', () => {
  it('lose what they say, keep their hash, and everything still verifies', async () => {
    await recordDays(5);
    const { tree } = await verifyLedger(database.db, TENANT);
    expect(await expire(NOON - 3 * DAY)).toBe(2);
    const old = await readEntry(database.db, TENANT, 1);
    expect(old).toMatchObject({ actor: '', action: 'expired', subject: '', detail: null, expiredAt: NOON });
    expect(old?.leafHash).toMatch(/^[0-9a-f]{64}$/);
    expect(await readEntry(database.db, TENANT, 6)).toMatchObject({
      ...{ actor: 'retention', action: 'ledgerExpired' },
      detail: { entries: 2, first: 1, last: 2, before: NOON - 3 * DAY },
    });
    const known = [{ ...tree, from: 'a head of before' }];
    expect(await verifyLedger(database.db, TENANT, known)).toMatchObject({
      ...{ entries: 6, expired: 2, fault: null },
    });
    expect(await countExpired(database.db, TENANT)).toBe(2);
    expect(await expire(NOON - 3 * DAY)).toBe(0);
  });

  it('are still found out when their hash is changed', async () => {
    await recordDays(3);
    await expire(NOON);
    await tamperWithLedger(database.db, `update ledger set leaf_hash = repeat('0', 64) where sequence = 2`);
    expect((await verifyLedger(database.db, TENANT)).fault?.sequence).toBe(1);
  });

  const blank = `actor = '', action = 'expired', subject = '', detail = 'null', expired_at = now()`;

  it.each([
    ['without a word of the ledger', `update ledger set ${blank} where sequence = 2`, 2],
    ['beyond what the ledger says of it', `update ledger set ${blank} where sequence = 4`, 4],
  ])('are found out when they lost their contents %s', async (_, statement, sequence) => {
    await recordDays(5);
    if (sequence === 4) await expire(NOON - 3 * DAY);
    const { tree } = await verifyLedger(database.db, TENANT);
    await tamperWithLedger(database.db, statement);
    const known = [{ ...tree, from: 'a head of before' }];
    expect(await verifyLedger(database.db, TENANT, known)).toMatchObject({
      fault: { sequence, problem: 'its contents were removed, and no later entry says so' },
    });
  });

  it('are found out when they say something again, which nothing vouches for', async () => {
    await recordDays(3);
    await expire(NOON - DAY);
    await tamperWithLedger(
      database.db,
      `update ledger set actor = 'person:eve', reason = 'x' where sequence = 1`,
    );
    expect((await verifyLedger(database.db, TENANT)).fault).toEqual({
      sequence: 1,
      problem: 'it says something, and its contents were removed',
    });
  });

  it('are no entries that say what was removed', async () => {
    await recordDays(3);
    await expire(NOON - DAY);
    await expireEntries(database.db, TENANT, { before: NOON + DAY, limit: 100, at: NOON + DAY });
    expect(await readEntry(database.db, TENANT, 4)).toMatchObject({ action: 'ledgerExpired' });
    expect(await verifyLedger(database.db, TENANT)).toMatchObject({ expired: 3, fault: null });
  });

  it('stay under a hold that somebody places while they are about to be removed', async () => {
    await recordDays(2);
    let expiring: Promise<number> = Promise.resolve(0);
    await database.db.transaction().execute(async (transaction) => {
      // As a hold does: its row, and its entry under the lock of the ledger.
      await appendLedger(transaction, TENANT, [
        { at: NOON, actor: 'person:ada', action: 'legalHoldPlaced', subject: 'h', detail: {} },
      ]);
      expiring = expire(NOON);
      await waitsForLock(database.db);
      await sql`insert into ledger_holds (tenant, id, reason, placed_by, placed_at)
        values (${TENANT}, 'h', 'court', 'person:ada', now())`.execute(transaction);
    });
    expect(await expiring).toBe(0);
  });

  it('are taken a portion at a time, the oldest first', async () => {
    await recordDays(4);
    expect(await expire(NOON, 3)).toBe(3);
    expect(await openSequences()).toEqual([4]);
  });

  it.each([
    ['of a time', { from: NOON - 3 * DAY, to: NOON - 2 * DAY }, [2]],
    ['from a moment on', { from: NOON - 2 * DAY }, [4, 3]],
    ['on a rollout', { subject: 'ro-1' }, [1]],
    ['on a track', { subject: 'shop/production/web' }, [4, 3, 2, 1]],
    ['of everything', {}, [4, 3, 2, 1]],
  ])('stay under a legal hold %s, until it is released', async (_, scope, kept) => {
    await recordDays(4);
    const all = { from: null, to: null, subject: null };
    const hold = await placeHold(database.db, TENANT, { ...all, ...scope, ...act, reason: 'court' });
    await expire(NOON);
    expect(await openSequences()).toEqual(kept);
    expect(await listHolds(database.db, TENANT)).toEqual([hold]);
    expect(await releaseHold(database.db, TENANT, { ...act, id: hold.id })).toEqual(hold);
    expect(await releaseHold(database.db, TENANT, { ...act, id: hold.id })).toBeNull();
    expect(await listHolds(database.db, TENANT)).toEqual([]);
    await expire(NOON);
    expect(await openSequences()).toEqual([]);
    const acts = await listLedger(database.db, TENANT, { limit: 10, subject: hold.id });
    expect(acts.map(({ action }) => action)).toEqual(['legalHoldReleased', 'legalHoldPlaced']);
    expect(acts[1]).toMatchObject({ actor: 'person:ada', reason: 'court' });
  });

  it('are those of one tenant alone', async () => {
    await recordDays(2);
    expect(await expireEntries(database.db, 'other', { before: NOON, limit: 10, at: NOON })).toBe(0);
    const hold = { ...act, reason: 'court', from: null, to: null, subject: null };
    await placeHold(database.db, 'other', hold);
    expect(await expire(NOON)).toBe(2);
  });
});

it('keeps a rule for each tenant, whose change is an entry', async () => {
  expect(await readRule(database.db, TENANT)).toBeNull();
  await writeRule(database.db, TENANT, { ...act, keptMs: 30 * DAY });
  await writeRule(database.db, 'other', { ...act, keptMs: null });
  expect(await readRule(database.db, TENANT)).toEqual({
    ...{ keptMs: 30 * DAY, changedBy: 'person:ada', changedAt: NOON },
  });
  expect(await listRules(database.db)).toEqual([{ tenant: TENANT, keptMs: 30 * DAY }]);
  expect(await readEntry(database.db, TENANT, 1)).toMatchObject({
    ...{ action: 'ledgerRetentionSet', detail: { keptMs: 30 * DAY } },
  });
});
