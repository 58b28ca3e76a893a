import { sql } from 'kysely';
import { expect, it, onTestFinished } from 'vitest';
import { emptyTestDatabase, type TestDatabase } from '../testing/test-database.ts';
import { openDatabase, pingDatabase } from './open-database.ts';

async function emptyDatabase(): Promise<TestDatabase> {
  const database = await emptyTestDatabase();
  onTestFinished(() => database.close());
  return database;
}

it('reads bigint as a number, timestamptz as milliseconds and jsonb parsed', async () => {
  const { db } = await emptyDatabase();
  const { rows } = await sql`select 9007199254740991::bigint as big,
    '2026-11-21 10:00:00.123456+02'::timestamptz as moment, '{"a":[1]}'::jsonb as json`.execute(db);
  expect(rows).toEqual([
    { big: 9_007_199_254_740_991, moment: Date.UTC(2026, 10, 21, 8, 0, 0, 123), json: { a: [1] } },
  ]);
});

it('refuses to read a bigint that a number cannot hold', async () => {
  const { db } = await emptyDatabase();
  const reading = sql`select 9007199254740993::bigint as big`.execute(db);
  await expect(reading).rejects.toMatchObject({ code: 'invalid-reply', next: 'stop' });
});

it('says of a failed statement what it means for the caller', async () => {
  const { db } = await emptyDatabase();
  await expect(sql`select nonsense`.execute(db)).rejects.toMatchObject({
    name: 'SluiceError',
    code: 'unexpected',
    next: 'stop',
  });
});

it('goes on with new connections after the database cut the old ones, in use or not', async () => {
  const { db } = await emptyDatabase();
  await pingDatabase(db);
  const cut = db.transaction().execute(async (transaction) => {
    await sql`select pg_terminate_backend(pg_backend_pid())`.execute(transaction);
  });
  await expect(cut).rejects.toMatchObject({ code: 'unreachable', next: 'retry' });
  await expect(pingDatabase(db)).resolves.toBeUndefined();
});

it('says that nothing answers when the server is not there', async () => {
  const db = openDatabase('postgresql://sluice@/sluice?host=/nonexistent');
  onTestFinished(() => db.destroy());
  await expect(pingDatabase(db)).rejects.toMatchObject({
    code: 'unreachable',
    next: 'retry',
    message: expect.stringContaining('Connecting to the database failed'),
  });
});

it('refuses what is not a URL of PostgreSQL, without repeating it', () => {
  expect(() => openDatabase('mysql://user:secret@host/db')).toThrow(/does not begin with postgresql:\/\//);
  expect(() => openDatabase('mysql://user:secret@host/db')).not.toThrow(/secret/);
});
