import { DBOS } from '@dbos-inc/dbos-sdk';
import { Pool } from 'pg';
import { type Handled, inBatches, monotonicMs, type OpenQueue } from '../queue-under-test.ts';

const QUEUE = 'tasks';
/** It has no way to take in many at once. */
const ONE_BY_ONE = { batch: 1, atOnce: 32 };
const silent = { info: ignored, debug: ignored, warn: ignored, error: ignored };
function ignored(): void {}

/**
 * DBOS queues: one executor, as a process has one, which takes as much as there is, and looks a hundred times a second. A queue
 * that nobody works on yet is one of another executor.
 */
export const openDbos: OpenQueue = async ({ databaseUrl }) => {
  let handled: Handled = () => undefined;
  const open = Promise.withResolvers<void>();
  const noop = DBOS.registerWorkflow(
    async (number: number) => {
      await open.promise;
      handled(number, monotonicMs());
    },
    { name: 'noop' },
  );
  DBOS.setConfig({
    ...{
      name: 'benchmark',
      systemDatabaseUrl: databaseUrl.replace('@/', '@localhost/'),
      systemDatabasePoolSize: 20,
    },
    logger: silent,
  });
  await DBOS.launch();
  const pool = new Pool({ connectionString: databaseUrl, max: 1 });
  pool.on('error', () => undefined);
  const start = async (number: number): Promise<void> =>
    void (await DBOS.startWorkflow(noop, { queueName: QUEUE })(number));
  return {
    fill: (first, count) => inBatches(first, count, (from) => start(from), ONE_BY_ONE),
    submit: start,
    work: async (_workers, told) => {
      handled = told;
      open.resolve();
      await DBOS.registerQueue(QUEUE, { minPollingIntervalMs: 10 });
    },
    unfinished: async () => {
      const { rows } = await pool.query<{ n: number }>(
        "select count(*)::int as n from dbos.workflow_status where status in ('ENQUEUED', 'PENDING')",
      );
      return rows[0]?.n ?? 0;
    },
    close: async () => {
      await DBOS.shutdown();
      await pool.end();
    },
  };
};
