/** What time it is, and a way to be called later; tests may bring one that they move themselves. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Calls once after a delay in ms; the function that comes back prevents it. */
  after(delayMs: number, act: () => void): () => void;
}

/** The clock of the machine. */
export const systemClock: Clock = {
  now: () => Date.now(),
  after: (delayMs, act) => {
    const timer = setTimeout(act, Math.min(delayMs, LONGEST_TIMER_MS));
    return () => clearTimeout(timer);
  },
};

/** A clock that starts at the present and runs so many times faster than the machine's, for tests of what takes long. */
export function fasterClock(times: number): Clock {
  const start = Date.now();
  return {
    now: () => start + Math.floor((Date.now() - start) * times),
    after: (delayMs, act) => systemClock.after(delayMs / times, act),
  };
}

/** Node calls a longer timer at once. Being called too early is harmless: whoever is called looks again. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;
