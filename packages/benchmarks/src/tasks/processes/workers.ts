/** Workers of the SDK in a process of their own; tells in parts which tasks were handled when. */
import { startWorker } from '@sluice/worker/start-worker.ts';
import { MEASURED } from '../measured.ts';
import { monotonicMs, numberIn } from '../queue-under-test.ts';

/** Tasks that a worker has at a time. */
const CONCURRENCY = 100;
const TELL_EVERY_MS = 20;

async function main(url: string, count: number): Promise<void> {
  let told: [number: number, atMs: number][] = [];
  setInterval(() => {
    if (told.length > 0) process.send?.(told);
    told = [];
  }, TELL_EVERY_MS);
  process.once('disconnect', () => process.exit(0));
  const workers = await Promise.all(
    Array.from({ length: count }, (_, nth) =>
      startWorker({
        ...{ url, agent: MEASURED.queue, revision: MEASURED.revision, name: `worker ${nth}` },
        ...{ concurrency: CONCURRENCY, stopsOnSignals: false, report: () => undefined },
        handle: ({ input }) => {
          told.push([numberIn(input), monotonicMs()]);
        },
      }),
    ),
  );
  await Promise.all(workers.map(({ welcomed }) => welcomed));
  process.send?.('ready');
}

await main(process.argv[2] ?? '', Number(process.argv[3]));
