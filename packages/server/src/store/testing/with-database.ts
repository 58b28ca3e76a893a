import { assert } from '@sluice/core/kernel/assert.ts';
import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll } from 'vitest';
import type { Database } from '../database/open-database.ts';
import { type TestDatabase, testDatabase } from './test-database.ts';
import { TABLES } from './track-fixtures.ts';

/**
 * For a test file: a database of its own, empty at the beginning of each test. Emptying takes a millisecond where a new
 * database takes thirty.
 */
export function withDatabase(): { readonly db: Database; readonly url: string } {
  let database: TestDatabase | undefined;
  const current = (): TestDatabase => {
    assert(database !== undefined, 'a database is there only within a test');
    return database;
  };
  beforeAll(async () => {
    database = await testDatabase();
  });
  afterEach(() => emptyTables(current().db));
  afterAll(() => current().close());
  return {
    get db() {
      return current().db;
    },
    get url() {
      return current().url;
    },
  };
}

/** As a replica the session runs no triggers, so that the ledger lets itself be emptied. */
async function emptyTables(db: Database): Promise<void> {
  const deletions = TABLES.map((table) => `delete from ${table};`).join(' ');
  await sql
    .raw(
      `begin; set local session_replication_role = replica; ${deletions} alter sequence rollout_numbers restart; commit`,
    )
    .execute(db);
}
