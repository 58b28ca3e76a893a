import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import { expect, it } from 'vitest';
import type { Database } from '../database/open-database.ts';
import { appendLedger } from '../journal/append-journal.ts';
import { readTree } from '../ledger/ledger-tree.ts';
import { verifyLedger } from '../ledger/verify-ledger.ts';
import { tamperWithLedger } from '../testing/tamper-with-ledger.ts';
import { emptyTestDatabase } from '../testing/test-database.ts';
import { NOON } from '../testing/track-fixtures.ts';
import { migrate, MIGRATIONS } from './migrate.ts';

const before = Object.fromEntries(Object.entries(MIGRATIONS).filter(([name]) => name < '0014'));

/** A ledger as builds up to the migration have written it. */
async function chainOf(db: Database, tenant: string, count: number): Promise<void> {
  let previous = '0'.repeat(64);
  for (let sequence = 1; sequence <= count; sequence++) {
    const text = `{"action":"a${sequence}","actor":"ada","at":${NOON},"detail":{"b":[1,null],"words":"ä\\n"},"sequence":${sequence},"subject":"x","tenant":"${tenant}"}`;
    const hash = createHash('sha256').update(`${previous}${text}`).digest('hex');
    await sql`insert into ledger (tenant, sequence, at, actor, action, subject, detail, previous_hash, hash)
      values (${tenant}, ${sequence}, ${new Date(NOON)}, 'ada', ${`a${sequence}`}, 'x',
        ${'{"words":"ä\\n","b":[1,null]}'}, ${previous}, ${hash})`.execute(db);
    previous = hash;
  }
}

it('builds the tree of every tenant over what its chain holds, and entries go on from it', async () => {
  await using database = await emptyTestDatabase();
  const { db } = database;
  await migrate(db, before);
  await chainOf(db, 'default', 300);
  await chainOf(db, 'other', 3);
  await migrate(db);
  expect(await readTree(db, 'default')).toMatchObject({ size: 300 });
  expect(await readTree(db, 'other')).toMatchObject({ size: 3 });
  const { rows } = await sql`select tenant, level, index from ledger_nodes`.execute(db);
  expect(rows).toEqual([{ tenant: 'default', level: 8, index: 0 }]);
  for (const [tenant, entries] of [['default', 301] as const, ['other', 4] as const]) {
    const entry = { at: NOON, actor: 'ada', action: 'on', subject: 'x', detail: {} };
    await db.transaction().execute((transaction) => appendLedger(transaction, tenant, [entry]));
    expect(await verifyLedger(db, tenant)).toMatchObject({ entries, fault: null });
  }
});

it('does not make right what was wrong before it', async () => {
  await using database = await emptyTestDatabase();
  const { db } = database;
  await migrate(db, before);
  await chainOf(db, 'default', 5);
  await tamperWithLedger(db, `update ledger set actor = 'eve' where sequence = 3`);
  await migrate(db);
  expect((await verifyLedger(db, 'default')).fault).toEqual({ sequence: 3, problem: 'it was changed' });
});
