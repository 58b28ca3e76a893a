import { Logger, makeWorkerUtils, run, type Runner } from 'graphile-worker';
import { Pool } from 'pg';
import { inBatches, monotonicMs, numberIn, numbersFrom, type OpenQueue } from '../queue-under-test.ts';

const TASK = 'noop';
/** As its own page on speed has it. */
const LOCAL_QUEUE = 500;
const CONCURRENT = 24;
const logger = new Logger(() => () => undefined);

/** graphile-worker with its local queue and with jobs that are ended in batches; each worker is a runner of its own. */
export const openGraphileWorker: OpenQueue = async ({ databaseUrl }) => {
  const pgPool = new Pool({ connectionString: databaseUrl, max: 60 });
  pgPool.on('error', () => undefined);
  const tools = await makeWorkerUtils({ pgPool, logger });
  await tools.migrate();
  const runners: Runner[] = [];
  return {
    fill: (first, count) =>
      inBatches(first, count, (from, many) =>
        tools.addJobs(numbersFrom(from, many).map((number) => ({ identifier: TASK, payload: { number } }))),
      ),
    submit: async (number) => void (await tools.addJob(TASK, { number })),
    work: async (workers, handled) => {
      for (let count = 0; count < workers; count++)
        runners.push(
          await run({
            ...{ pgPool, logger, noHandleSignals: true, concurrency: CONCURRENT },
            preset: {
              worker: {
                ...{ concurrentJobs: CONCURRENT, pollInterval: 500, localQueue: { size: LOCAL_QUEUE } },
                ...{ completeJobBatchDelay: 0, failJobBatchDelay: 0 },
              },
            },
            taskList: { [TASK]: (payload) => handled(numberIn(payload), monotonicMs()) },
          }),
        );
    },
    unfinished: async () => {
      const { rows } = await pgPool.query<{ n: number }>(
        'select count(*)::int as n from graphile_worker._private_jobs',
      );
      return rows[0]?.n ?? 0;
    },
    close: async () => {
      for (const runner of runners) await runner.stop();
      await tools.release();
      await pgPool.end();
    },
  };
};
