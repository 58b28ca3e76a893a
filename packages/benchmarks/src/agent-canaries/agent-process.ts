/** The agent of the benchmark: answers after some 20 ms, and fails as often as release.json says. */
import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { startWorker } from '@sluice/worker/start-worker.ts';
import { TaskError } from '@sluice/worker/task-error.ts';

const { failureRate } = JSON.parse(readFileSync(new URL('release.json', import.meta.url), 'utf8')) as {
  readonly failureRate: number;
};

await startWorker({
  concurrency: 10,
  handle: async (_task, { signal }) => {
    await pause(10 + 20 * Math.random(), undefined, { signal });
    if (Math.random() < failureRate) throw new TaskError('model', 'the answer could not be used');
    return { answer: 42 };
  },
});
