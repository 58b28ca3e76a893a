import { createHash } from 'node:crypto';
import { EMPTY_ROOT } from '@sluice/core/ledger/tree-hash.ts';
import { sql } from 'kysely';
import { beforeEach, describe, expect, it } from 'vitest';
import { NOON, TENANT, WEB } from '../testing/track-fixtures.ts';
import { tamperWithLedger } from '../testing/tamper-with-ledger.ts';
import { withDatabase } from '../testing/with-database.ts';
import { appendJournal } from '../journal/append-journal.ts';
import { actFor } from '../../ledger/acting.ts';
import type { NewLedgerEntry } from './grow-ledger.ts';
import { readTree } from './ledger-tree.ts';
import { listLedger, readEntry } from './read-ledger.ts';
import { type KnownRoot, verifyLedger } from './verify-ledger.ts';

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
  it('makes a leaf of each entry that anybody can recompute', async () => {
    await recordThree();
    const [third, second, first] = await listLedger(database.db, TENANT, { limit: 10 });
    expect([first?.sequence, second?.sequence, third?.sequence]).toEqual([1, 2, 3]);
    const text =
      '{"action":"two","actor":"ada","at":1795262400000,"detail":{"share":2500},"sequence":2,' +
      '"subject":"shop/production/web","tenant":"default"}';
    const leafHash = createHash('sha256').update(`\0${text}`).digest('hex');
    expect(second).toMatchObject({ leafHash, expiredAt: null });
    expect(second).not.toHaveProperty('chain');
    const node = (...hashes: readonly (string | null | undefined)[]) =>
      createHash('sha256')
        .update(Buffer.from(`01${hashes.join('')}`, 'hex'))
        .digest('hex');
    const rootHash = node(node(first?.leafHash, leafHash), third?.leafHash);
    expect(await verifyLedger(database.db, TENANT)).toEqual({
      ...{ entries: 3, expired: 0, compared: 1, fault: null },
      tree: { size: 3, rootHash },
    });
  });

  it('records why, with whose leave, from what to what and by which request', async () => {
    const full = {
      ...entryOf('one'),
      ...{ before: 'b'.repeat(64), after: 'a'.repeat(64), reason: 'it was due\0' },
      approvals: [{ by: 'person:bea', at: NOON, reason: 'looks good' }],
    };
    await actFor({ requestId: 'req-1', subject: null }, () => record(full, { ...full, requestId: 'own' }));
    const { leafHash, ...entry } = (await readEntry(database.db, TENANT, 1)) ?? { leafHash: null };
    expect(entry).toEqual({
      ...full,
      ...{ tenant: TENANT, sequence: 1, requestId: 'req-1', reason: 'it was due\ufffd', expiredAt: null },
    });
    expect(await readEntry(database.db, TENANT, 2)).toMatchObject({ requestId: 'own' });
    expect(await readEntry(database.db, TENANT, 3)).toBeNull();
    expect(await verifyLedger(database.db, TENANT)).toMatchObject({ entries: 2, fault: null });
    for (const column of ['before_hash', 'after_hash', 'reason', 'request_id']) {
      await tamperWithLedger(database.db, `update ledger set ${column} = 'x' where sequence = 2`);
      expect((await verifyLedger(database.db, TENANT)).fault).toEqual({
        sequence: 2,
        problem: 'it was changed',
      });
    }
    expect(leafHash).toMatch(/^[0-9a-f]{64}$/);
  });

  it('goes on from its tree when two write at once', async () => {
    await Promise.all(Array.from({ length: 20 }, (_, at) => record(entryOf(`a${at}`), entryOf(`b${at}`))));
    expect(await verifyLedger(database.db, TENANT)).toMatchObject({ entries: 40, fault: null });
    expect(await readTree(database.db, TENANT)).toMatchObject({ size: 40 });
  });

  it('leaves tree and entries as they were when the transaction fails', async () => {
    await recordThree();
    const failing = database.db.transaction().execute(async (transaction) => {
      await appendJournal(transaction, TENANT, {
        ...{ trackId: WEB, events: [] },
        ledgerEntries: [entryOf('lost')],
      });
      await sql`select no_such_function()`.execute(transaction);
    });
    await expect(failing).rejects.toThrow();
    await record(entryOf('four'));
    expect(await verifyLedger(database.db, TENANT)).toMatchObject({ entries: 4, fault: null });
  });

  it('lists by who, what, on what and when', async () => {
    await record(
      entryOf('one'),
      { ...entryOf('two'), actor: 'bea' },
      { ...entryOf('two'), subject: 'ro-1' },
      { ...entryOf('four'), at: NOON + 5_000 },
    );
    const found = async (filter: object) =>
      (await listLedger(database.db, TENANT, { limit: 10, ...filter })).map(({ sequence }) => sequence);
    expect(await found({ actor: 'bea' })).toEqual([2]);
    expect(await found({ action: 'two' })).toEqual([3, 2]);
    expect(await found({ subject: 'ro-1' })).toEqual([3]);
    expect(await found({ from: NOON + 1 })).toEqual([4]);
    expect(await found({ to: NOON + 5_000 })).toEqual([3, 2, 1]);
    expect(await found({ actor: "' or true --" })).toEqual([]);
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
    expect(await verifyLedger(database.db, TENANT)).toMatchObject({ fault: null, entries: 4 });
  });

  it('is empty and right for a tenant without entries', async () => {
    expect(await verifyLedger(database.db, 'other')).toEqual({
      ...{ entries: 0, expired: 0, compared: 0, fault: null },
      tree: { size: 0, rootHash: EMPTY_ROOT },
    });
  });

  it('verifies beyond one batch', async () => {
    const many = Array.from({ length: 2_000 }, (_, index) => entryOf(`action ${index}`));
    await record(...many);
    expect(await verifyLedger(database.db, TENANT)).toMatchObject({ fault: null, entries: 2_000 });
  });

  it.each(['update ledger set actor = actor', 'delete from ledger', 'truncate ledger'])(
    'refuses to be changed: %s',
    async (statement) => {
      await recordThree();
      const change = sql.raw(statement).execute(database.db);
      await expect(change).rejects.toThrow(/the ledger is append-only/);
      expect(await verifyLedger(database.db, TENANT)).toMatchObject({ fault: null, entries: 3 });
    },
  );

  it.each([
    [`update ledger set actor = 'eve' where sequence = 2`, 2, 'it was changed'],
    [`update ledger set at = at + interval '1 millisecond' where sequence = 2`, 2, 'it was changed'],
    [`update ledger set detail = '{"share":9}' where sequence = 2`, 2, 'it was changed'],
    [`update ledger set leaf_hash = repeat('0', 64) where sequence = 2`, 2, 'it was changed'],
    ['delete from ledger where sequence = 2', 3, 'an entry is missing before it'],
    ['delete from ledger where sequence = 1', 2, 'an entry is missing before it'],
    [
      'delete from ledger where sequence = 3',
      3,
      'entries up to 3 are missing over which the tree that is stored was made',
    ],
    [
      'delete from ledger where sequence = 2; update ledger set sequence = 2 where sequence = 3',
      2,
      'it was changed',
    ],
    [
      `update ledger set sequence = 9 where sequence = 2; update ledger set sequence = 2 where sequence = 3;
       update ledger set sequence = 3 where sequence = 9`,
      2,
      'it was changed',
    ],
    [
      `insert into ledger (tenant, sequence, at, actor, action, subject, detail, leaf_hash)
       select tenant, 4, at, actor, 'forged', subject, detail, leaf_hash from ledger where sequence = 3`,
      4,
      'it was changed',
    ],
    [
      `update ledger set action = 'expired', actor = '', subject = '', detail = 'null', leaf_hash = repeat('0', 64),
         expired_at = now() where sequence = 2`,
      1,
      'it, or one up to 3, is not what the tree that is stored was made over',
    ],
  ])('shows where it was tampered with: %s', async (statement, sequence, problem) => {
    await recordThree();
    await tamperWithLedger(database.db, statement);
    expect((await verifyLedger(database.db, TENANT)).fault).toEqual({ sequence, problem });
  });
});

describe('whoever may do anything in the database, and writes everything anew that follows from a change', () => {
  /** Six entries, and the root that somebody has seen after four of them. */
  async function witnessed(): Promise<KnownRoot> {
    await recordThree();
    await record(entryOf('four'));
    const { tree } = await verifyLedger(database.db, TENANT);
    await record(entryOf('five'), entryOf('six'));
    return { ...tree, from: 'a head' };
  }

  /** Changes entries as given and makes leaves and tree anew, as the program itself would. */
  async function forge(statement: string): Promise<void> {
    await tamperWithLedger(database.db, statement);
    await tamperWithLedger(
      database.db,
      'update ledger set leaf_hash = null; delete from ledger_trees; delete from ledger_nodes',
    );
    await record(entryOf('seven'));
    expect((await verifyLedger(database.db, TENANT)).fault).toBeNull();
  }

  it.each([
    [
      'edits',
      `update ledger set actor = 'eve' where sequence = 2`,
      1,
      'it, or one up to 4, is not what a head was made over',
    ],
    [
      'removes',
      'delete from ledger where sequence = 2; update ledger set sequence = sequence - 1 where sequence > 2',
      1,
      'it, or one up to 4, is not what a head was made over',
    ],
    [
      'reorders',
      `update ledger set sequence = sequence + 10 where sequence in (1, 2);
       update ledger set sequence = 13 - sequence where sequence > 10`,
      1,
      'it, or one up to 4, is not what a head was made over',
    ],
    [
      'cuts off',
      'delete from ledger where sequence > 2',
      4,
      'entries up to 4 are missing over which a head was made',
    ],
  ])('is found when it %s, by a root that was seen before', async (_, statement, sequence, problem) => {
    const known = await witnessed();
    expect(await verifyLedger(database.db, TENANT, [known])).toMatchObject({ fault: null, compared: 2 });
    await forge(statement);
    expect((await verifyLedger(database.db, TENANT, [known])).fault).toEqual({ sequence, problem });
  });

  it('is found to have changed one of those after the last root that is right', async () => {
    const known = await witnessed();
    const { tree } = await verifyLedger(database.db, TENANT);
    await forge(`update ledger set actor = 'eve' where sequence = 5`);
    const roots = [known, { ...tree, from: 'a later head' }];
    expect((await verifyLedger(database.db, TENANT, roots)).fault).toEqual({
      sequence: 5,
      problem: 'it, or one up to 6, is not what a later head was made over',
    });
  });
});

describe('what a replica of the build before has written', () => {
  const zeros = '0'.repeat(64);

  /** As the build before appended: a chain from the last hash on. */
  async function recordAsBefore(action: string): Promise<void> {
    await database.db.transaction().execute(async (transaction) => {
      const { rows } = await sql<{
        sequence: number;
        hash: string;
      }>`select sequence, hash from lock_journal(${TENANT})`.execute(transaction);
      const { sequence: last, hash: previous } = rows[0] ?? { sequence: 0, hash: zeros };
      const text = `{"action":"${action}","actor":"ada","at":${NOON},"detail":{},"sequence":${last + 1},"subject":"x","tenant":"${TENANT}"}`;
      const hash = createHash('sha256').update(`${previous}${text}`).digest('hex');
      await sql`insert into ledger (tenant, sequence, at, actor, action, subject, detail, previous_hash, hash)
        values (${TENANT}, ${last + 1}, ${new Date(NOON)}, 'ada', ${action}, 'x', '{}', ${previous}, ${hash})`.execute(
        transaction,
      );
    });
  }

  beforeEach(async () => {
    for (const action of ['one', 'two']) await recordAsBefore(action);
  });

  it('is added to the tree with the next entry, and the builds take turns', async () => {
    expect(await verifyLedger(database.db, TENANT)).toMatchObject({ entries: 2, fault: null });
    await record(entryOf('three'));
    await recordAsBefore('four');
    expect(await readTree(database.db, TENANT)).toMatchObject({ size: 3 });
    await record(entryOf('five'));
    expect(await verifyLedger(database.db, TENANT)).toMatchObject({ entries: 5, fault: null });
    expect(await readTree(database.db, TENANT)).toMatchObject({ size: 5 });
    expect((await readEntry(database.db, TENANT, 4))?.chain?.previous).toBe(
      (await readEntry(database.db, TENANT, 3))?.leafHash,
    );
  });

  it('is still held together by its own hashes', async () => {
    await tamperWithLedger(database.db, `update ledger set actor = 'eve' where sequence = 1`);
    expect((await verifyLedger(database.db, TENANT)).fault).toEqual({
      sequence: 1,
      problem: 'it was changed',
    });
    await tamperWithLedger(
      database.db,
      `update ledger set actor = 'ada', hash = '${zeros}' where sequence = 1`,
    );
    expect((await verifyLedger(database.db, TENANT)).fault).toEqual({
      sequence: 1,
      problem: 'it was changed',
    });
    await tamperWithLedger(database.db, 'delete from ledger where sequence = 1');
    expect((await verifyLedger(database.db, TENANT)).fault?.sequence).toBe(2);
  });
});
