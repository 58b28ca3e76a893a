import { openDatabase } from '../store/database/open-database.ts';
import { moveTasks } from '../store/tasks/move-tasks.ts';
import { ageTasks } from '../store/testing/age-tasks.ts';
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
    pass: (forMs) => ageTasks(db, forMs),
    now: Date.now,
    close: async () => {
      await db.destroy();
      await database.close();
    },
  };
});
