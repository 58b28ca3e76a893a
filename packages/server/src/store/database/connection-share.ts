import { SluiceError } from '@sluice/core/kernel/failure.ts';

/** Somebody who waits for a place. */
interface Waiting {
  readonly go: () => void;
}

/**
 * So many places for one tenant, in the order in which they were asked for: whoever asks for a connection waits here behind the
 * others of the tenant, and not where those of all tenants wait.
 */
export class ConnectionShare {
  #free: number;
  readonly #waiting = new Set<Waiting>();

  constructor(places: number) {
    this.#free = places;
  }

  /**
   * Gives a place, which is to be left once.
   * @param timeoutMs for how long it is waited
   * @throws SluiceError `exhausted` when there was none in time
   */
  async enter(timeoutMs: number): Promise<void> {
    if (this.#free > 0) {
      this.#free -= 1;
      return;
    }
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(waiting);
        reject(noneInTime(timeoutMs));
      }, timeoutMs);
      const waiting = {
        go: () => {
          clearTimeout(timer);
          resolve();
        },
      };
      this.#waiting.add(waiting);
    });
  }

  leave(): void {
    for (const next of this.#waiting) {
      this.#waiting.delete(next);
      next.go();
      return;
    }
    this.#free += 1;
  }
}

const noneInTime = (timeoutMs: number): SluiceError =>
  new SluiceError(
    'exhausted',
    `Connecting to the database failed: for ${timeoutMs / 1000} s the organisation had as many connections in use as one may have. Ask for less at a time.`,
    { next: 'retry' },
  );
