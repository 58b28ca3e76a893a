import { Queue, Worker } from 'bullmq';
import { inBatches, monotonicMs, numberIn, numbersFrom, type OpenQueue } from '../queue-under-test.ts';

const QUEUE = 'tasks';
const CONCURRENCY = 50;

/** BullMQ over a Redis; what has been done is removed, as it advises. */
export const openBullMq =
  (isDurable: boolean): OpenQueue =>
  async ({ durableRedisPort, redisPort }) => {
    const connection = {
      ...{ host: '127.0.0.1', port: isDurable ? durableRedisPort : redisPort },
      maxRetriesPerRequest: null,
    };
    const options = { removeOnComplete: true, removeOnFail: true };
    const queue = new Queue(QUEUE, { connection, defaultJobOptions: options });
    await queue.waitUntilReady();
    const workers: Worker[] = [];
    return {
      fill: (first, count) =>
        inBatches(first, count, (from, many) =>
          queue.addBulk(numbersFrom(from, many).map((number) => ({ name: 'noop', data: { number } }))),
        ),
      submit: async (number) => void (await queue.add('noop', { number })),
      work: async (count, handled) => {
        for (let nth = 0; nth < count; nth++) {
          const worker = new Worker(QUEUE, async ({ data }) => handled(numberIn(data), monotonicMs()), {
            connection,
            concurrency: CONCURRENCY,
          });
          worker.on('error', () => undefined);
          workers.push(worker);
        }
        await Promise.all(workers.map((worker) => worker.waitUntilReady()));
      },
      unfinished: async () => {
        const { waiting = 0, active = 0 } = await queue.getJobCounts('waiting', 'active');
        return waiting + active;
      },
      close: async () => {
        await Promise.all(workers.map((worker) => worker.close(true)));
        await queue.close();
      },
    };
  };
