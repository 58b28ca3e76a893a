/** The passing of time, as far as anything here waits for it; simulations have a time of their own. */
export interface Timers {
  /** Milliseconds that never go back. */
  elapsedMs(): number;
  /** Lets something happen once, after so many ms; gives what takes that back. */
  after(delayMs: number, happen: () => void): () => void;
  /** Lets something happen again and again, each so many ms; gives what ends that. */
  every(periodMs: number, happen: () => void): () => void;
}

/** The time of this process. */
export const realTimers: Timers = {
  elapsedMs: () => performance.now(),
  after: (delayMs, happen) => {
    const timer = setTimeout(happen, delayMs);
    return () => clearTimeout(timer);
  },
  every: (periodMs, happen) => {
    const timer = setInterval(happen, periodMs);
    return () => clearInterval(timer);
  },
};
