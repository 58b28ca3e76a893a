import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { SERVER_NODE_OPTIONS } from '@sluice/protocol/process/node-options.ts';
import { sql } from 'kysely';
import { openDatabase } from '@sluice/server/store/database/open-database.ts';
import { inBatches, type OpenQueue } from '../queue-under-test.ts';
import { submitOverHttp } from '../submit-over-http.ts';

/** One child process each for the server and the workers, so that all of the way is measured. */
export const openSluiceWhole: OpenQueue = async ({ databaseUrl }) => {
  const children: ChildProcess[] = [];
  const start = (name: string, args: readonly string[], node: readonly string[]): ChildProcess => {
    const path = fileURLToPath(new URL(`../processes/${name}.ts`, import.meta.url));
    const child = fork(path, args, { execArgv: [...process.execArgv, ...node] });
    children.push(child);
    return child;
  };
  const server = start('server', [databaseUrl], SERVER_NODE_OPTIONS);
  const [{ url }] = (await once(server, 'message')) as [{ url: string }];
  const db = openDatabase(databaseUrl, { maxConnections: 1 });
  return {
    fill: (first, count) => inBatches(first, count, (from, many) => submitOverHttp(url, from, many)),
    submit: (number) => submitOverHttp(url, number, 1),
    work: async (workers, handled) => {
      const child = start('workers', [url, `${workers}`], []);
      const ready = Promise.withResolvers<void>();
      child.on('message', (message) => {
        if (message === 'ready') ready.resolve();
        else for (const [number, atMs] of message as [number, number][]) handled(number, atMs);
      });
      await ready.promise;
    },
    unfinished: async () => {
      const { rows } = await sql<{
        n: number;
      }>`select count(*) as n from tasks where ended_at is null`.execute(db);
      return rows[0]?.n ?? 0;
    },
    close: async () => {
      for (const child of children) {
        child.disconnect();
        if (child.exitCode === null) await once(child, 'exit');
      }
      await db.destroy();
    },
  };
};
