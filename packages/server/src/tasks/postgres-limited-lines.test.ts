import { openDatabase } from '../store/database/open-database.ts';
import { ageTasks } from '../store/testing/age-tasks.ts';
import { sql } from '../store/testing/sql.ts';
import { testDatabase } from '../store/testing/test-database.ts';
import { describeLimitedLinesContract } from './limited-claims.contract.ts';
import { postgresLimitedLines } from './postgres-limited-lines.ts';
import { postgresTaskEngine } from './postgres-task-engine.ts';

describeLimitedLinesContract('PostgreSQL', async () => {
  const database = await testDatabase();
  const db = openDatabase(database.url);
  return {
    engine: postgresTaskEngine(db),
    lines: postgresLimitedLines(db),
    pass: async (forMs) => {
      await ageTasks(db, forMs);
      const by = sql`${forMs}::double precision * interval '1 millisecond'`;
      await sql`update tasks set created_at = created_at - ${by}`.execute(db);
      await sql`update task_buckets set filled_at = filled_at - ${by}`.execute(db);
    },
    now: Date.now,
    close: async () => {
      await db.destroy();
      await database.close();
    },
  };
});
