import { setTimeout as delay } from 'node:timers/promises';
import { SluiceError } from '@sluice/core/kernel/failure.ts';
import type { Postmaster } from './postmaster.ts';
import { askWhetherReady } from './server-connection.ts';

/** Recovery replays at most `max_wal_size`, seconds even on a slow disk. */
const READY_TIMEOUT_MS = 60_000;
const POLL_MS = 10;

/**
 * Waits until a server answers. True once it does, false when it has ended instead.
 * @throws SluiceError `timed-out` after a minute; AbortError when `signal` aborts
 */
export async function awaitReady(
  postmaster: Postmaster,
  isAlive: () => Promise<boolean>,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const deadline = AbortSignal.timeout(READY_TIMEOUT_MS);
  for (;;) {
    signal?.throwIfAborted();
    const answer = await askWhetherReady(postmaster.socketDirectory);
    if (answer === 'ready') return true;
    if (!(await isAlive())) return false;
    if (deadline.aborted) throw doesNotAnswer(postmaster, answer.notReady);
    await delay(POLL_MS, undefined, { signal });
  }
}

function doesNotAnswer({ pid, socketDirectory }: Postmaster, reason: string): SluiceError {
  return new SluiceError(
    'timed-out',
    `Starting the embedded database failed: process ${pid} did not answer on ${socketDirectory} within ` +
      `${READY_TIMEOUT_MS / 1000} s (${reason}). Look at its log; if it hangs, kill -9 ${pid} is safe.`,
    { next: 'ask-human' },
  );
}
