import type { Instant } from '@sluice/core/kernel/instant.ts';
import type { Database } from '../store/database/open-database.ts';
import { readTask } from '../store/tasks/change-tasks.ts';
import { appendTaskEvents, readTaskEvents } from '../store/tasks/task-events.ts';
import { readStandings } from '../store/tasks/task-standings.ts';
import { newsBook } from './news-book.ts';
import { type TaskNews, taskNews } from './task-news.ts';

/** News that are kept in PostgreSQL, so that they are heard from any server and after the fact. Closing writes what waits. */
export function keptNews(
  db: Database,
  ports: {
    readonly now: () => Instant;
    readonly failed: (thrown: unknown) => void;
    /** How often is looked for what happened on other servers, in ms. */
    readonly everyMs?: number;
  },
): TaskNews {
  const book = newsBook({
    ...{ now: ports.now, failed: ports.failed },
    write: (tenant, events) => appendTaskEvents(db, tenant, events),
    written: (tenant, ids) => news.written(tenant, ids),
  });
  const news = taskNews({
    ...{ book, failed: ports.failed },
    ...(ports.everyMs !== undefined && { everyMs: ports.everyMs }),
    standings: (tenant, ids) => readStandings(db, tenant, ids),
    read: (tenant, id) => readTask(db, tenant, id),
    events: (tenant, wanted, limit) => readTaskEvents(db, tenant, wanted, limit),
  });
  return {
    ...news,
    close: async () => {
      await book.close();
      await news.close();
    },
  };
}
