// Both agents of the newsroom: which one it is, is told by the track that Sluice starts it for.
import { startWorker } from '@sluice/worker/start-worker.ts';
import { edit } from './edit.ts';
import { parseOrder } from './order.ts';
import { report } from './report.ts';

const isEditor = (process.env['SLUICE_TRACK'] ?? '').endsWith('/editor');

await startWorker({
  concurrency: 4,
  finishMs: 8_000,
  input: parseOrder,
  handle: ({ input }, context) => (isEditor ? edit(input, context) : report(input)),
});
