import type { Timers } from '../timers.ts';

/** A time that passes when a test says so. */
export interface ManualTimers extends Timers {
  /** Lets so many ms pass, and happen what is due in them, in order. */
  pass(forMs: number): void;
}

interface Due {
  at: number;
  readonly everyMs: number | null;
  readonly happen: () => void;
}

/** Starts at 0. */
export function manualTimers(): ManualTimers {
  let now = 0;
  const waiting = new Set<Due>();
  const wait = (due: Due) => {
    waiting.add(due);
    return () => void waiting.delete(due);
  };
  return {
    elapsedMs: () => now,
    after: (delayMs, happen) => wait({ at: now + delayMs, everyMs: null, happen }),
    every: (everyMs, happen) => wait({ at: now + everyMs, everyMs, happen }),
    pass: (forMs) => {
      const until = now + forMs;
      for (;;) {
        const [next] = [...waiting].toSorted((a, b) => a.at - b.at);
        if (next === undefined || next.at > until) break;
        now = next.at;
        if (next.everyMs === null) waiting.delete(next);
        else next.at += next.everyMs;
        next.happen();
      }
      now = until;
    },
  };
}
