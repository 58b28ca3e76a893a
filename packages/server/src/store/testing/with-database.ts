import { afterEach, beforeEach } from 'vitest';
import type { Database } from '../database/open-database.ts';
import { type TestDatabase, testDatabase } from './test-database.ts';

/** For a test file: a database of its own for each test. The answers are of the running test. */
export function withDatabase(): { readonly db: Database; readonly url: string } {
  let database: TestDatabase | undefined;
  const current = (): TestDatabase => {
    if (database === undefined) throw new ReferenceError('a database is there only within a test');
    return database;
  };
  beforeEach(async () => {
    database = await testDatabase();
  });
  afterEach(() => current().close());
  return {
    get db() {
      return current().db;
    },
    get url() {
      return current().url;
    },
  };
}
