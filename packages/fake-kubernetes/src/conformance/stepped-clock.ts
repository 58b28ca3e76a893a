/** A clock that moves when it is told to. */
export interface SteppedClock {
  readonly now: () => number;
  readonly after: (delayMs: number, callBack: () => void) => () => void;
  /** Moves on, calling back on the way whoever waits, in the order of their times. */
  advance(ms: number): void;
}

interface Waiting {
  readonly at: number;
  readonly callBack: () => void;
}

/** Makes a clock that stands still at a time, in milliseconds since 1970. */
export function steppedClock(startMs: number): SteppedClock {
  let time = startMs;
  const waiting = new Set<Waiting>();
  const next = (until: number): Waiting | undefined => {
    const due = [...waiting].filter(({ at }) => at <= until);
    return due.reduce<Waiting | undefined>(
      (first, one) => (first === undefined || one.at < first.at ? one : first),
      undefined,
    );
  };
  return {
    now: () => time,
    after: (delayMs, callBack) => {
      const entry = { at: time + delayMs, callBack };
      waiting.add(entry);
      return () => void waiting.delete(entry);
    },
    advance: (ms) => {
      const until = time + ms;
      for (let due = next(until); due !== undefined; due = next(until)) {
        waiting.delete(due);
        time = Math.max(time, due.at);
        due.callBack();
      }
      time = until;
    },
  };
}
