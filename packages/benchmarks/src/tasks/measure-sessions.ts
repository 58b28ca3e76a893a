import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { SERVER_NODE_OPTIONS } from '@sluice/protocol/process/node-options.ts';
import { processorMs, residentBytes } from '../rig/process-figures.ts';
import { monotonicMs, type QueuePlace } from './queue-under-test.ts';
import { submitOverHttp } from './submit-over-http.ts';

/** What connected workers cost a server. */
export interface SessionFigures {
  readonly workers: number;
  readonly bytesBefore: number;
  readonly bytesAfter: number;
  readonly connectSeconds: number;
  /** Of one core, while all are idle and say every five seconds that they live. */
  readonly idlePercent: number;
  /** From the submit of a task for each tenth worker until all of them were handled, in ms. */
  readonly handedOutMs: number;
  readonly handedOut: number;
}

/** Processes over which the workers are spread. */
const PROCESSES = 4;
const PATIENCE_MS = 60_000;

const script = (name: string, args: readonly string[], node: readonly string[] = []): ChildProcess =>
  fork(fileURLToPath(new URL(`processes/${name}.ts`, import.meta.url)), args, {
    execArgv: ['--disable-warning=ExperimentalWarning', ...node],
  });

/** Connects so many workers to a server, each over a socket of its own, and reads what the server takes while they idle. */
export async function measureSessions(
  place: QueuePlace,
  { workers, idleMs }: { readonly workers: number; readonly idleMs: number },
): Promise<SessionFigures> {
  const server = script('server', [place.databaseUrl], [...SERVER_NODE_OPTIONS, '--expose-gc']);
  const children = [server];
  try {
    const [{ url }] = (await once(server, 'message')) as [{ url: string }];
    const pid = server.pid ?? 0;
    const bytesBefore = await residentBytes(pid);
    const begun = monotonicMs();
    const each = Math.ceil(workers / PROCESSES);
    const crowds = Array.from({ length: PROCESSES }, (_, nth) =>
      script('sessions', [url, `${nth * each}`, `${each}`]),
    );
    children.unshift(...crowds);
    const handled = crowds.map(() => 0);
    const heard = Promise.withResolvers<void>();
    const wanted = Math.round(workers / 10);
    let ready = 0;
    const allIn = Promise.withResolvers<void>();
    crowds.forEach((crowd, at) =>
      crowd.on('message', (message: 'ready' | { handled: number }) => {
        if (message === 'ready') {
          ready += 1;
          if (ready === PROCESSES) allIn.resolve();
        } else {
          handled[at] = message.handled;
          if (handled.reduce((sum, one) => sum + one, 0) >= wanted) heard.resolve();
        }
      }),
    );
    await allIn.promise;
    const connectSeconds = (monotonicMs() - begun) / 1000;
    const processorBefore = await processorMs([pid]);
    await delay(idleMs); // What is measured is what a server does while nothing happens.
    const idlePercent = (((await processorMs([pid])) - processorBefore) / idleMs) * 100;
    const bytesAfter = await residentBytes(pid);
    const submitted = monotonicMs();
    for (let left = wanted; left > 0; left -= 1_000) await submitOverHttp(url, 0, Math.min(left, 1_000));
    await Promise.race([heard.promise, delay(PATIENCE_MS, undefined, { ref: false })]);
    return {
      ...{ workers: each * PROCESSES, bytesBefore, bytesAfter, connectSeconds, idlePercent },
      ...{ handedOut: handled.reduce((sum, one) => sum + one, 0), handedOutMs: monotonicMs() - submitted },
    };
  } finally {
    for (const child of children) {
      const gone = once(child, 'exit');
      child.kill('SIGKILL');
      await gone;
    }
  }
}
