/** The longest time that a timer of Node can wait, in ms: a longer one fires at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** Waits for so many milliseconds, or until the signal is aborted; never rejects. */
export function pause(durationMs: number, over?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (over?.aborted) return resolve();
    const end = (): void => {
      cancel();
      over?.removeEventListener('abort', end);
      resolve();
    };
    const cancel = after(durationMs, end);
    over?.addEventListener('abort', end);
  });
}

/** Does something after so many milliseconds, however many they are; gives what calls it off. */
export function after(durationMs: number, act: () => void): () => void {
  const beginMs = performance.now();
  let timer: NodeJS.Timeout;
  const wait = (): void => {
    const leftMs = beginMs + durationMs - performance.now();
    timer =
      leftMs > LONGEST_TIMER_MS ? setTimeout(wait, LONGEST_TIMER_MS) : setTimeout(act, Math.max(0, leftMs));
  };
  wait();
  return () => clearTimeout(timer);
}

/** How long to wait before another try. */
export interface Backoff {
  /** The pause after the first failure, in ms; each further one is twice as long. */
  readonly initialMs: number;
  readonly maxMs: number;
}

/** The pause after so many failures in a row, in ms: half of it is left to chance, so that nobody comes back together. */
export const backoffMs = ({ initialMs, maxMs }: Backoff, failures: number, chance: number): number =>
  Math.min(maxMs, initialMs * 2 ** Math.max(0, failures - 1)) * (1 - chance / 2);
