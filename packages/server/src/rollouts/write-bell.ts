import { EventEmitter, once } from 'node:events';

/** Rings whenever something may have been written, here or in another replica. */
export interface WriteBell {
  ring(): void;
  /** Resolves at the next ring, after `longestMs`, or when the signal aborts. */
  next(longestMs: number, signal: AbortSignal): Promise<void>;
}

/** Listeners are readers of event streams; their number is capped by the API. */
const MOST_LISTENERS = 1000;

/** A bell for one process. */
export function writeBell(): WriteBell {
  const emitter = new EventEmitter();
  emitter.setMaxListeners(MOST_LISTENERS);
  return {
    ring: () => emitter.emit('ring'),
    next: async (longestMs, signal) => {
      const limit = AbortSignal.any([signal, AbortSignal.timeout(longestMs)]);
      await once(emitter, 'ring', { signal: limit }).catch(() => undefined);
    },
  };
}
