import type { Database } from '../store/database/open-database.ts';
import { cancelTask, readTask, redriveTasks } from '../store/tasks/change-tasks.ts';
import { countOpen, countRevisions } from '../store/tasks/count-tasks.ts';
import { listTasks } from '../store/tasks/list-tasks.ts';
import { listQueues, taskQueue } from '../store/tasks/task-queues.ts';
import type { TaskRecords } from './task-records.ts';

/** Tasks in PostgreSQL, for people. */
export const postgresTaskRecords = (db: Database): TaskRecords => ({
  get: (tenant, id) => readTask(db, tenant, id),
  list: (tenant, list) => listTasks(db, tenant, list),
  cancel: (tenant, id, said) => cancelTask(db, tenant, id, said),
  redrive: (tenant, redrive) => redriveTasks(db, tenant, redrive),
  queues: (tenant, page) => listQueues(db, tenant, page),
  queue: (tenant, queue) => taskQueue(db, tenant, queue),
  count: (tenant, queues) => countRevisions(db, tenant, queues),
  countOpen: (tenant, which) => countOpen(db, tenant, which),
});
