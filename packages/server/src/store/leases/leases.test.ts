import { sql } from 'kysely';
import { expect, it } from 'vitest';
import { withDatabase } from '../testing/with-database.ts';
import { acquireLease } from './leases.ts';

const database = withDatabase();
const acquire = (holder: string, durationMs = 60_000) =>
  acquireLease(database.db, { name: 'retention', holder, durationMs });

it('is held by one, who may extend it', async () => {
  const holders = ['a', 'b', 'c', 'd'];
  const got = await Promise.all(holders.map((holder) => acquire(holder)));
  expect(got.filter(Boolean)).toHaveLength(1);
  expect(await acquire(holders[got.indexOf(true)] ?? '')).toBe(true);
  expect(await acquire('e')).toBe(false);
});

it('goes to another when it is over', async () => {
  expect(await acquire('dead', 0)).toBe(true);
  expect(await acquire('a')).toBe(true);
  expect(await acquire('b')).toBe(false);
});

it('goes to another when it was taken by a clock that was ahead', async () => {
  expect(await acquire('dead')).toBe(true);
  await sql`update leases set until = until + interval '1 day'`.execute(database.db);
  expect(await acquire('a')).toBe(true);
  expect(await acquire('b')).toBe(false);
});
