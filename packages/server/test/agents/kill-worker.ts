/** A worker of the kill proof, over the SDK: waits as long as its task says, and answers with who did it. */
import { setTimeout as pause } from 'node:timers/promises';
import { startWorker } from '@sluice/worker/start-worker.ts';

const { NAME: name = '' } = process.env;

const worker = await startWorker<{ readonly ms: number }>({
  name,
  concurrency: 10,
  input: (given) => given as { readonly ms: number },
  backoff: { initialMs: 100, maxMs: 1_000 },
  report: () => undefined,
  handle: async ({ attempt, input }, { signal }) => {
    await pause(input.ms, undefined, { signal });
    return `${name}#${attempt}`;
  },
});
await worker.stopped;
