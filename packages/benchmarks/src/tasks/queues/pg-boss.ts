import { type JobInsert, PgBoss } from 'pg-boss';
import { inBatches, monotonicMs, numberIn, numbersFrom, type OpenQueue } from '../queue-under-test.ts';

const QUEUE = 'tasks';
/** Its quickest batch in agent-engines' comparison and here. */
const BATCH = 500;

/** pg-boss as a library would be used at its best: batches, woken by NOTIFY, no pause while batches are full. */
export const openPgBoss: OpenQueue = async ({ databaseUrl }) => {
  const boss = new PgBoss({
    connectionString: databaseUrl,
    ...{ max: 20, schedule: false, supervise: false, useListenNotify: true },
  });
  boss.on('error', () => undefined);
  await boss.start();
  await boss.createQueue(QUEUE, { notify: true });
  return {
    fill: (first, count) =>
      inBatches(first, count, (from, many) =>
        boss.insert(
          QUEUE,
          numbersFrom(from, many).map((number): JobInsert => ({ data: { number } })),
        ),
      ),
    submit: async (number) => void (await boss.send(QUEUE, { number })),
    work: async (workers, handled) => {
      const options = {
        ...{ batchSize: BATCH, localConcurrency: workers, burstWhenBatchFull: true },
        ...{ pollingIntervalSeconds: 0.5, notifyPollingIntervalSeconds: 0.5 },
      };
      await boss.work(QUEUE, options, async (jobs) => {
        const at = monotonicMs();
        for (const { data } of jobs) handled(numberIn(data), at);
      });
    },
    unfinished: async () => {
      const { rows } = await boss
        .getDb()
        .executeSql(
          `select count(*)::int as n from pgboss.job where name = '${QUEUE}' and state < 'completed'`,
          [],
        );
      return (rows[0] as { n: number } | undefined)?.n ?? 0;
    },
    close: () => boss.stop({ graceful: false, close: true }),
  };
};
