import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import { withDatabase } from '../testing/with-database.ts';
import { KEPT } from './kept-statement.ts';

describe('a statement that is kept', () => {
  const database = withDatabase();

  it('is prepared once on a connection, and answers with its new parameters', async () => {
    await database.db.connection().execute(async (db) => {
      const doubled = async (number: number): Promise<unknown> =>
        (await sql<{ n: number }>`${KEPT}select 2 * ${number}::int as n`.execute(db)).rows[0]?.n;
      expect([await doubled(1), await doubled(2), await doubled(3)]).toEqual([2, 4, 6]);
      await sql`select 1`.execute(db);
      const { rows } = await sql<{ runs: number }>`
        select generic_plans + custom_plans as runs from pg_prepared_statements`.execute(db);
      expect(rows).toEqual([{ runs: 3 }]);
    });
  });

  it('may fail without spoiling the connection', async () => {
    await database.db.connection().execute(async (db) => {
      const through = (number: number) =>
        sql<{ n: number }>`${KEPT}select 6 / ${number}::int as n`.execute(db);
      await expect(through(0)).rejects.toThrow();
      expect((await through(2)).rows).toEqual([{ n: 3 }]);
    });
  });
});
