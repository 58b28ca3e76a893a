import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import { NOON, TENANT, WEB } from '../testing/track-fixtures.ts';
import { tamperWithLedger } from '../testing/tamper-with-ledger.ts';
import { withDatabase } from '../testing/with-database.ts';
import { appendJournal } from '../journal/append-journal.ts';
import type { NewLedgerEntry } from './chain-ledger.ts';
import { listLedger, verifyLedger } from './read-ledger.ts';

const database = withDatabase();

const entryOf = (action: string, detail: unknown = {}): NewLedgerEntry => ({
  at: NOON,
  actor: 'ada',
  action,
  subject: WEB,
  detail,
});

async function record(...ledgerEntries: readonly NewLedgerEntry[]): Promise<void> {
  await database.db
    .transaction()
    .execute((transaction) =>
      appendJournal(transaction, TENANT, { trackId: WEB, events: [], ledgerEntries }),
    );
}

async function recordThree(): Promise<void> {
  await record(entryOf('one'), entryOf('two', { share: 2_500 }));
  await record(entryOf('three'));
}

describe('the ledger', () => {
  it('chains each entry to the one before by a hash that anybody can recompute', async () => {
    await recordThree();
    const [third, second, first] = await listLedger(database.db, TENANT, { limit: 10 });
    expect([first?.sequence, second?.sequence, third?.sequence]).toEqual([1, 2, 3]);
    const text =
      '{"action":"two","actor":"ada","at":1795262400000,"detail":{"share":2500},"sequence":2,' +
      '"subject":"shop/production/web","tenant":"default"}';
    const hash = createHash('sha256').update(`${first?.hash}${text}`).digest('hex');
    expect(second).toMatchObject({ previousHash: first?.hash, hash });
    expect(third?.previousHash).toBe(hash);
    expect(await verifyLedger(database.db, TENANT)).toEqual({ ok: true, entries: 3 });
  });

  it('lists the newest first, page by page', async () => {
    await recordThree();
    const actions = async (page: { before?: number; limit: number }) =>
      (await listLedger(database.db, TENANT, page)).map(({ action }) => action);
    expect(await actions({ limit: 2 })).toEqual(['three', 'two']);
    expect(await actions({ limit: 2, before: 2 })).toEqual(['one']);
  });

  it('verifies whatever JSON was given, as it verifies what is stored', async () => {
    const odd = {
      z: 1e21,
      a: -0,
      tiny: 5e-324,
      huge: 1.7976931348623157e308,
      text: 'a\0b\ud800',
      gone: undefined,
    };
    await record(
      entryOf('odd\0', odd),
      entryOf('list', [undefined, { b: 1, a: [null] }]),
      entryOf('nothing', undefined),
      { ...entryOf('fraction of a millisecond'), at: NOON + 0.5 },
    );
    expect(await verifyLedger(database.db, TENANT)).toMatchObject({ ok: true, entries: 4 });
  });

  it('is empty and right for a tenant without entries', async () => {
    expect(await verifyLedger(database.db, 'other')).toEqual({ ok: true, entries: 0 });
  });

  it('verifies beyond one batch', async () => {
    const many = Array.from({ length: 2_000 }, (_, index) => entryOf(`action ${index}`));
    await record(...many);
    expect(await verifyLedger(database.db, TENANT)).toMatchObject({ ok: true, entries: 2_000 });
  });

  it.each(['update ledger set actor = actor', 'delete from ledger', 'truncate ledger'])(
    'refuses to be changed: %s',
    async (statement) => {
      await recordThree();
      const change = sql.raw(statement).execute(database.db);
      await expect(change).rejects.toThrow(/the ledger is append-only/);
      expect(await verifyLedger(database.db, TENANT)).toMatchObject({ ok: true, entries: 3 });
    },
  );

  it.each([
    [`update ledger set actor = 'eve' where sequence = 2`, 2, 'it was changed'],
    [`update ledger set at = at + interval '1 millisecond' where sequence = 2`, 2, 'it was changed'],
    [`update ledger set detail = '{"share":9}' where sequence = 2`, 2, 'it was changed'],
    ['delete from ledger where sequence = 2', 3, 'an entry is missing before it'],
    ['delete from ledger where sequence = 1', 2, 'an entry is missing before it'],
    [
      `update ledger set previous_hash = repeat('0', 64) where sequence = 3`,
      3,
      'it does not follow the entry before it',
    ],
    [
      'delete from ledger where sequence = 2; update ledger set sequence = 2 where sequence = 3',
      2,
      'it does not follow the entry before it',
    ],
  ])('shows where it was tampered with: %s', async (statement, sequence, reason) => {
    await recordThree();
    await tamperWithLedger(database.db, statement);
    expect(await verifyLedger(database.db, TENANT)).toEqual({ ok: false, sequence, reason });
  });
});
