/**
 * Tells watch events after the write that caused them has been answered, and lets the process breathe between batches: a
 * watcher that writes in answer to an event must not keep timers and sockets waiting for ever.
 */
export class EventPump {
  readonly #delayMs: number;
  #waiting: (() => void)[] = [];
  #scheduled = false;

  constructor(delayMs: number) {
    this.#delayMs = delayMs;
  }

  /** Has something told with the next batch; the order is kept. */
  push(tell: () => void): void {
    this.#waiting.push(tell);
    if (this.#scheduled) return;
    this.#scheduled = true;
    if (this.#delayMs > 0) setTimeout(() => this.#flush(), this.#delayMs);
    else setImmediate(() => this.#flush());
  }

  #flush(): void {
    const batch = this.#waiting;
    this.#waiting = [];
    this.#scheduled = false;
    for (const tell of batch) tell();
  }
}
