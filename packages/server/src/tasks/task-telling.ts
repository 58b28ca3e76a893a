import type { TaskEventBody } from '@sluice/core/tasks/task-event.ts';
import type { TaskEventView } from '@sluice/protocol/http/task-events.ts';
import type { Database } from '../store/database/open-database.ts';
import { readTaskEvents } from '../store/tasks/task-events.ts';
import type { TaskNews, TaskWord } from './task-news.ts';

/** What was told of the tasks of a tenant, and what becomes of them. */
export interface TaskTelling {
  /** What was told of a task after a sequence, in order, at most so many. */
  events(id: string, after: number, limit: number): Promise<readonly TaskEventView[]>;
  /** As `TaskNews.follow`. */
  follow(id: string, signal: AbortSignal, after: number): AsyncIterable<TaskWord>;
}

/** Over what is kept. */
export const taskTelling = (db: Database, tenant: string, news: Pick<TaskNews, 'follow'>): TaskTelling => ({
  events: async (task, after, limit) =>
    (await readTaskEvents(db, tenant, [{ task, after }], limit)).map(
      ({ sequence, at, attempt, kind, body }) => {
        const event = { kind, ...(body as object) } as TaskEventBody;
        return { sequence, at, attempt, event: event as TaskEventView['event'] };
      },
    ),
  follow: (id, signal, after) => news.follow(tenant, id, signal, { after }),
});
