import { sql } from 'kysely';
import { openDatabase } from '../store/database/open-database.ts';
import { moveTasks } from '../store/tasks/move-tasks.ts';
import { testDatabase } from '../store/testing/test-database.ts';
import { postgresTaskEngine } from './postgres-task-engine.ts';
import { postgresTaskRecords } from './postgres-task-records.ts';
import { describeTaskEngineContract } from './task-engine.contract.ts';

describeTaskEngineContract('PostgreSQL', async () => {
  const database = await testDatabase();
  const db = openDatabase(database.url);
  return {
    engine: postgresTaskEngine(db),
    records: postgresTaskRecords(db),
    move: (tenant, move) => moveTasks(db, tenant, move),
    // The tasks are made older: the database's clock goes by itself.
    pass: async (forMs) => {
      const by = sql`${forMs}::double precision * interval '1 millisecond'`;
      await sql`update tasks set lease_until = lease_until - ${by}, due_at = due_at - ${by},
        deadline_at = deadline_at - ${by}, started_at = started_at - ${by}`.execute(db);
    },
    now: Date.now,
    close: async () => {
      await db.destroy();
      await database.close();
    },
  };
});
