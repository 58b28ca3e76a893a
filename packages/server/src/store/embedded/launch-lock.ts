import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { SluiceError } from '@sluice/core/kernel/failure.ts';
import { errorCode } from './unless-missing.ts';

/** Longer than a cold start with recovery, so that a waiter outlives any launcher that makes progress. */
const LOCK_TIMEOUT_MS = 120_000;

/**
 * Runs `work` while no other launcher on this machine works under the same name.
 *
 * The lock is a listening socket in Linux' abstract namespace: the kernel frees it when its holder dies, so it cannot go
 * stale as a lock file can, and a waiter learns of the release because its connection to the holder closes.
 * It does not reach across network namespaces; there PostgreSQL's own interlock has the last word.
 * @throws SluiceError `timed-out` after two minutes; AbortError when `signal` aborts while waiting
 */
export async function withLaunchLock<Value>(
  name: string,
  signal: AbortSignal | undefined,
  work: () => Promise<Value>,
): Promise<Value> {
  const release = await acquire(`sluice-launch-${name}`, signal);
  try {
    return await work();
  } finally {
    await release();
  }
}

/** Takes a name that nobody else on this machine has; undefined when somebody has it. It ends with the process at the latest. */
export const takeName = (name: string): Promise<(() => Promise<void>) | undefined> =>
  tryAcquire(addressOf(name));

/** In Linux' abstract namespace (unix(7)). */
const addressOf = (name: string): string => `\0${name}`;

async function acquire(name: string, signal: AbortSignal | undefined): Promise<() => Promise<void>> {
  const address = addressOf(name);
  const deadline = AbortSignal.timeout(LOCK_TIMEOUT_MS);
  const waiting = signal === undefined ? deadline : AbortSignal.any([signal, deadline]);
  for (;;) {
    signal?.throwIfAborted();
    if (deadline.aborted) throw heldTooLong();
    const release = await tryAcquire(address);
    if (release !== undefined) return release;
    await untilReleased(address, waiting);
  }
}

async function tryAcquire(address: string): Promise<(() => Promise<void>) | undefined> {
  const waiters = new Set<Socket>();
  const server = createServer((waiter) => {
    waiters.add(waiter);
    waiter.on('error', () => waiter.destroy());
    waiter.on('close', () => waiters.delete(waiter));
  });
  try {
    server.listen({ path: address, exclusive: true });
    await once(server, 'listening');
  } catch (thrown) {
    if (errorCode(thrown) === 'EADDRINUSE') return undefined;
    throw SluiceError.from(thrown, 'Taking the launch lock of the embedded database');
  }
  return () => closeWith(server, waiters);
}

async function closeWith(server: Server, waiters: ReadonlySet<Socket>): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  for (const waiter of waiters) waiter.destroy();
  await closed;
}

function untilReleased(address: string, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect({ path: address });
    const stop = () => socket.destroy();
    signal.addEventListener('abort', stop, { once: true });
    socket.resume();
    socket.on('error', stop);
    socket.on('close', () => {
      signal.removeEventListener('abort', stop);
      resolve();
    });
    if (signal.aborted) stop();
  });
}

function heldTooLong(): SluiceError {
  return new SluiceError(
    'timed-out',
    `Starting the embedded database failed: another process has been starting it for over ${LOCK_TIMEOUT_MS / 1000} s. ` +
      'Look for a stuck sluice process, end it, and try again.',
    { next: 'ask-human' },
  );
}
