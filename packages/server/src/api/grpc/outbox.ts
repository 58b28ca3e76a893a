/**
 * Purpose: what is to be sent to one caller, in order, while the caller reads at its own pace.
 *
 * Owns the messages that were not taken yet. 1. Messages are given out in the order in which they came. 2. Whoever takes none
 * for too long while there are some is told of once, by `stalled`.
 */

/** How patient an outbox is. */
export interface Patience {
  /** How long messages may lie while nobody takes one, in ms. */
  readonly stallMs: number;
  /** Told once that it was longer. */
  readonly stalled: () => void;
}

/** Messages to one caller; one reader only. */
export class Outbox<Message> implements AsyncIterable<Message> {
  readonly #patience: Patience;
  readonly #waiting: Message[] = [];
  #arrived = Promise.withResolvers<void>();
  #end: { readonly error: Error | undefined } | null = null;
  #timer: NodeJS.Timeout | undefined;

  constructor(patience: Patience) {
    this.#patience = patience;
  }

  /** How many messages were not taken yet. */
  get size(): number {
    return this.#waiting.length;
  }

  /** Adds a message; after the end it is lost. */
  push(message: Message): void {
    if (this.#end !== null) return;
    this.#waiting.push(message);
    this.#timer ??= setTimeout(this.#patience.stalled, this.#patience.stallMs);
    this.#arrived.resolve();
  }

  /** Ends the messages once all were taken; with an error the reader is thrown it at once. Only the first end counts. */
  end(error?: Error): void {
    if (this.#end !== null) return;
    this.#end = { error };
    if (error !== undefined) this.#waiting.length = 0;
    if (this.#waiting.length === 0) this.#clearTimer();
    this.#arrived.resolve();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Message> {
    try {
      for (;;) {
        for (let next = this.#take(); next !== undefined; next = this.#take()) yield next.message;
        if (this.#end?.error !== undefined) throw this.#end.error;
        if (this.#end !== null) return;
        this.#arrived = Promise.withResolvers();
        await this.#arrived.promise;
      }
    } finally {
      this.end();
      this.#clearTimer();
    }
  }

  #take(): { readonly message: Message } | undefined {
    this.#clearTimer();
    if (this.#waiting.length === 0) return undefined;
    const message = this.#waiting.shift() as Message;
    if (this.#waiting.length > 0) this.#timer = setTimeout(this.#patience.stalled, this.#patience.stallMs);
    return { message };
  }

  #clearTimer(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
