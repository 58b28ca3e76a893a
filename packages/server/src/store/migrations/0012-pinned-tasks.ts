import { migrationOf } from './migration-of.ts';

/** Until when tasks stay with revisions that get no more. */
export const pinnedTasks = migrationOf([
  `alter table task_queues add column pinned_until timestamptz not null default '-infinity'`,
]);
