/** A worker as an image of agents would hold it: works for as long as its task says, and fails where it is told to. */
import { setTimeout as pause } from 'node:timers/promises';
import { startWorker } from '@sluice/worker/start-worker.ts';

const isBroken = process.env['BROKEN'] === 'yes';

const worker = await startWorker<{ readonly ms: number }>({
  input: (given) => given as { readonly ms: number },
  backoff: { initialMs: 100, maxMs: 500 },
  report: () => undefined,
  handle: async ({ input }, { signal }) => {
    await pause(input.ms, undefined, { signal });
    if (isBroken) throw new RangeError('this version cannot do it');
    return process.env['SLUICE_VERSION'] ?? '';
  },
});
await worker.stopped;
