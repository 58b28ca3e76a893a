import type { Asker, LimitOf } from './asker.ts';
import type { FlightKind, RequestLimits } from './request-limits.ts';

/** Counts what is being answered, by who asked. */
export class Flights {
  readonly #most: RequestLimits['inFlight'];
  readonly #counts = new Map<string, number>();

  constructor(most: RequestLimits['inFlight']) {
    this.#most = most;
  }

  /** Begins one; whose most is reached already, or what ends it: once, whatever happens. */
  begin(kind: FlightKind, { caller, organisation }: Asker): LimitOf | (() => void) {
    const most = this.#most[kind];
    if (most === null) return () => undefined;
    const [own, all] = [`${kind} caller ${caller}`, `${kind} organisation ${organisation}`];
    if (this.#of(own) >= most.caller) return 'caller';
    if (most.organisation !== null && this.#of(all) >= most.organisation) return 'organisation';
    this.#add(own, 1);
    this.#add(all, 1);
    let isOver = false;
    return () => {
      if (isOver) return;
      isOver = true;
      this.#add(own, -1);
      this.#add(all, -1);
    };
  }

  /** How many keys are counted; none when nothing is under way. */
  get size(): number {
    return this.#counts.size;
  }

  #of(key: string): number {
    return this.#counts.get(key) ?? 0;
  }

  #add(key: string, change: number): void {
    const count = this.#of(key) + change;
    if (count === 0) this.#counts.delete(key);
    else this.#counts.set(key, count);
  }
}
