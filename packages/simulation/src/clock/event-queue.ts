import { assert } from '@sluice/core/kernel/assert.ts';
import type { Instant } from '@sluice/core/kernel/instant.ts';

interface Entry {
  readonly at: Instant;
  /** Order of arrival, so that what is due at the same moment happens in the order in which it was asked for. */
  readonly number: number;
  readonly happen: () => void;
}

/** The virtual clock: what will happen, in order of time. Time passes only from one happening to the next. */
export class EventQueue {
  #now: Instant;
  #count = 0;
  readonly #heap: Entry[] = [];

  constructor(now: Instant) {
    this.#now = now;
  }

  get now(): Instant {
    return this.#now;
  }

  /** Lets something happen after a delay in milliseconds. */
  after(delayMs: number, happen: () => void): void {
    this.at(this.#now + Math.max(0, delayMs), happen);
  }

  /** Lets something happen at a moment; what should have happened already happens next. */
  at(at: Instant, happen: () => void): void {
    const heap = this.#heap;
    let place = heap.push({ at: Math.max(at, this.#now), number: this.#count++, happen }) - 1;
    while (place > 0) {
      const parent = (place - 1) >> 1;
      if (!isBefore(heap[place], heap[parent])) break;
      this.#swap(place, parent);
      place = parent;
    }
  }

  /** Goes to the next happening and lets it happen; false when nothing is left or it lies after `until`. */
  step(until: Instant): boolean {
    const heap = this.#heap;
    const next = heap[0];
    if (!next || next.at > until) return false;
    const last = heap.pop();
    if (last && heap.length > 0) {
      heap[0] = last;
      this.#sink();
    }
    assert(next.at >= this.#now, 'virtual time went backwards');
    this.#now = next.at;
    next.happen();
    return true;
  }

  #sink(): void {
    const heap = this.#heap;
    for (let place = 0; ; ) {
      const left = 2 * place + 1;
      let first = place;
      if (isBefore(heap[left], heap[first])) first = left;
      if (isBefore(heap[left + 1], heap[first])) first = left + 1;
      if (first === place) return;
      this.#swap(place, first);
      place = first;
    }
  }

  #swap(one: number, other: number): void {
    const [a, b] = [this.#heap[one], this.#heap[other]];
    if (!a || !b) return;
    this.#heap[one] = b;
    this.#heap[other] = a;
  }
}

const isBefore = (one: Entry | undefined, other: Entry | undefined): boolean =>
  one !== undefined &&
  other !== undefined &&
  (one.at < other.at || (one.at === other.at && one.number < other.number));
