import { once } from 'node:events';

/** What some work gives, or a rejection with the signal's reason once it aborts; the work itself goes on unattended. */
export async function unlessAborted<Value>(work: Promise<Value>, signal: AbortSignal): Promise<Value> {
  const done = new AbortController();
  const aborted = once(signal, 'abort', { signal: done.signal }).then(() => {
    throw signal.reason;
  });
  aborted.catch(() => undefined);
  try {
    signal.throwIfAborted();
    return await Promise.race([work, aborted]);
  } finally {
    work.catch(() => undefined);
    done.abort();
  }
}
