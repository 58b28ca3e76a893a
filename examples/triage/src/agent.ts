// The whole agent: what it can do stands in triage-mail.ts, what a release does differently in release.json.
import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { startWorker } from '@sluice/worker/start-worker.ts';
import { parseMail } from './mail.ts';
import { triageMail, type TriageRelease } from './triage-mail.ts';

const release = JSON.parse(
  readFileSync(new URL('../release.json', import.meta.url), 'utf8'),
) as TriageRelease;

await startWorker({
  concurrency: 8,
  // Less than the drain of the component, so that what does not finish is given back in time.
  finishMs: 8_000,
  capabilities: ['triage'],
  input: parseMail,
  handle: ({ input }, context) =>
    triageMail(input, release, context, (durationMs) =>
      pause(durationMs, undefined, { signal: context.signal }),
    ),
});
