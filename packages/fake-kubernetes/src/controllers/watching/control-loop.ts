import { SluiceError } from '@sluice/core/kernel/failure.ts';
import type { Clock } from './clock.ts';

/** Brings what a key names closer to what is wanted; answers after how many ms to look again even if nothing changes. */
export type Reconcile = (key: string) => Promise<number | undefined>;

/**
 * Calls `reconcile` for every key that was added, one at a time per key and a few keys at once.
 *
 * 1. A key that is added several times before its turn comes is looked at once.
 * 2. A key that is added during its turn gets another turn.
 * 3. A turn that fails with a `SluiceError` is repeated, ever more slowly. Anything else is a bug and is thrown where
 *    nobody catches it.
 */
export class ControlLoop {
  readonly #clock: Clock;
  readonly #reconcile: Reconcile;
  readonly #workers: number;
  readonly #waiting = new Set<string>();
  readonly #active = new Set<string>();
  readonly #timers = new Map<string, { readonly at: number; readonly cancel: () => void }>();
  readonly #failures = new Map<string, number>();
  #scheduled = false;
  #stopped = false;
  #becomeIdle: (() => void) | undefined;

  constructor(clock: Clock, reconcile: Reconcile, options: { readonly workers?: number } = {}) {
    this.#clock = clock;
    this.#reconcile = reconcile;
    this.#workers = options.workers ?? DEFAULT_WORKERS;
  }

  add(key: string): void {
    if (this.#stopped) return;
    this.#waiting.add(key);
    this.#schedule();
  }

  /** Adds a key after a while; an earlier appointment of the same key is kept instead. */
  addAfter(key: string, delayMs: number): void {
    if (this.#stopped || delayMs === Number.POSITIVE_INFINITY) return;
    const at = this.#clock.now() + delayMs;
    const before = this.#timers.get(key);
    if (before !== undefined && before.at <= at) return;
    before?.cancel();
    const cancel = this.#clock.after(delayMs, () => {
      this.#timers.delete(key);
      this.add(key);
    });
    this.#timers.set(key, { at, cancel });
  }

  /** Resolves when no turn is under way any more. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#waiting.clear();
    for (const { cancel } of this.#timers.values()) cancel();
    this.#timers.clear();
    if (this.#active.size === 0) return;
    await new Promise<void>((resolve) => {
      this.#becomeIdle = resolve;
    });
  }

  /** Turns begin with the next round of the event loop, so that many events of one burst become one turn. */
  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.#drain();
    });
  }

  #drain(): void {
    for (const key of this.#waiting) {
      if (this.#active.size >= this.#workers) return;
      if (this.#active.has(key)) continue;
      this.#waiting.delete(key);
      this.#active.add(key);
      void this.#turn(key);
    }
  }

  async #turn(key: string): Promise<void> {
    try {
      const againInMs = await this.#reconcile(key);
      this.#failures.delete(key);
      if (againInMs !== undefined) this.addAfter(key, againInMs);
    } catch (thrown) {
      this.#fail(key, thrown);
    }
    this.#active.delete(key);
    if (this.#active.size === 0) this.#becomeIdle?.();
    if (this.#waiting.size > 0 && !this.#stopped) this.#schedule();
  }

  #fail(key: string, thrown: unknown): void {
    if (!(thrown instanceof SluiceError)) {
      queueMicrotask(() => {
        throw thrown;
      });
      return;
    }
    const failures = (this.#failures.get(key) ?? 0) + 1;
    this.#failures.set(key, failures);
    this.addAfter(key, thrown.retryAfterMs ?? Math.min(SLOWEST_RETRY_MS, 2 ** failures));
  }
}

/** Few enough that one kind does not crowd out the others at a server that answers slowly. */
const DEFAULT_WORKERS = 8;

const SLOWEST_RETRY_MS = 1000;
