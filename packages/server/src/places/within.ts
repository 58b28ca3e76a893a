import { setTimeout as delay } from 'node:timers/promises';
import type { SluiceError } from '@sluice/core/kernel/failure.ts';

/** What some work gives, or a rejection with the failure when it takes longer than so many ms; the work itself goes on. */
export async function within<Value>(
  limitMs: number,
  late: () => SluiceError,
  work: () => Promise<Value>,
): Promise<Value> {
  const stopping = new AbortController();
  const limit = delay(limitMs, undefined, { signal: stopping.signal }).then(() => {
    throw late();
  });
  try {
    return await Promise.race([work(), limit]);
  } finally {
    stopping.abort();
  }
}
