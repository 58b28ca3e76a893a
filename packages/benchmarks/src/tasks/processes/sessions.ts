/** Many workers of the SDK in one process, each with a connection of its own, that wait for tasks. */
import { startWorker } from '@sluice/worker/start-worker.ts';
import { MEASURED } from '../measured.ts';

/** So many are let in at the same time: more would only wait for each other. */
const AT_ONCE = 32;

async function main(url: string, first: number, count: number): Promise<void> {
  process.once('disconnect', () => process.exit(0));
  let next = first;
  let handled = 0;
  const hire = async (): Promise<void> => {
    for (let nth = next++; nth < first + count; nth = next++) {
      const worker = await startWorker({
        ...{ url, agent: MEASURED.queue, revision: MEASURED.revision, name: `worker ${nth}` },
        ...{ stopsOnSignals: false, report: () => undefined },
        handle: () => {
          handled += 1;
          process.send?.({ handled });
        },
      });
      await worker.welcomed;
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, hire));
  process.send?.('ready');
}

const [, , url = '', first = '0', count = '0'] = process.argv;
await main(url, Number(first), Number(count));
