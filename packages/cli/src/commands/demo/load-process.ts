import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { z } from 'zod';

const armSchema = z.object({ requests: z.int(), failed: z.int() });
const reportSchema = z.object({
  requests: z.int(),
  failed: z.int(),
  /** Requests that got no answer at all. */
  unanswered: z.int(),
  /** Requests whose connection broke without an answer and that were sent once more. */
  retried: z.int(),
  /** Of those, the ones that still wait for their answer. */
  retrying: z.int(),
  /** By the revision that answered, as the router names it; `none` without an answer. */
  revisions: z.record(z.string(), armSchema),
});

/** What a load generator has seen since it began. */
export type LoadReport = z.infer<typeof reportSchema>;

/** A load generator in a process of its own. */
export interface LoadProcess {
  /** What it reported last; it reports each second. */
  report(): LoadReport;
  /** Ends it and gives its last report. */
  stop(): Promise<LoadReport>;
}

const NOTHING: LoadReport = { requests: 0, failed: 0, unanswered: 0, retried: 0, retrying: 0, revisions: {} };

/** Starts `node script url rate`; the script reports one JSON object a line. */
export function startLoad(script: string, url: string, requestsPerSecond: number): LoadProcess {
  const child = spawn(process.execPath, [script, url, `${requestsPerSecond}`], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let last = NOTHING;
  const lines = createInterface({ input: child.stdout });
  lines.on('line', (line) => {
    last = reportSchema.parse(JSON.parse(line));
  });
  const ended = once(lines, 'close');
  return {
    report: () => last,
    stop: async () => {
      child.kill('SIGTERM');
      await ended;
      return last;
    },
  };
}
