import { EventEmitter, on } from 'node:events';
import type { EventView } from '@sluice/protocol/http/views.ts';
import type { EventPosition, EventWish } from '../../rollouts/control-plane.ts';

/** Events that tests publish, and whoever follows them. */
export class EventFeed {
  readonly past: EventView[] = [];
  /** Feeds that are being followed now. */
  followers = 0;
  readonly #emitter = new EventEmitter().setMaxListeners(0);

  /** Publishes an event to all who follow. */
  publish(event: EventView): void {
    this.past.push(event);
    this.#emitter.emit('event');
  }

  /** Resolves as soon as so many follow. */
  async followedBy(count: number): Promise<void> {
    if (this.followers === count) return;
    for await (const _ of on(this.#emitter, 'followers')) if (this.followers === count) return;
  }

  /** What came after a sequence number, and unless `follow` is false what comes, until the signal. */
  async *after(sequence: EventPosition, { signal, follow }: EventWish): AsyncIterable<EventView> {
    this.#follow(1);
    try {
      const news = on(this.#emitter, 'event', { signal });
      const found = this.past.findIndex(({ sequence: at }) => sequence !== 'latest' && at > sequence);
      let next = found === -1 ? this.past.length : found;
      for (;;) {
        for (; next < this.past.length; next += 1) {
          const event = this.past[next];
          if (event) yield event;
        }
        if (!follow) return;
        await news.next();
      }
    } catch (thrown) {
      if (!signal.aborted) throw thrown;
    } finally {
      this.#follow(-1);
    }
  }

  #follow(change: number): void {
    this.followers += change;
    this.#emitter.emit('followers');
  }
}
