// The whole agent: what it does stands in answer-mail.ts, and which tools it may call in sluice.yaml.
import { startWorker } from '@sluice/worker/start-worker.ts';
import { answerMail, type Mail } from './answer-mail.ts';

await startWorker<Mail>({
  concurrency: 4,
  finishMs: 8_000,
  handle: ({ input }, context) => answerMail(input, context),
});
