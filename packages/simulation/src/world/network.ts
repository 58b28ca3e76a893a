import type { Chance } from '../clock/chance.ts';
import type { EventQueue } from '../clock/event-queue.ts';
import type { FaultBoard } from './fault-board.ts';
import type { HostAnswer, HostOrder } from './host-order.ts';
import type { SimulatedHost } from './simulated-host.ts';

/** The longest that an order or its double can be on its way, in milliseconds. */
const LATEST_MS = 20_000;

/** What lies between a replica and the host: it takes time, loses, doubles and delays. */
export class Network {
  readonly #queue: EventQueue;
  readonly #chance: Chance;
  readonly #faults: FaultBoard;
  readonly #host: SimulatedHost;

  constructor(queue: EventQueue, chance: Chance, faults: FaultBoard, host: SimulatedHost) {
    this.#queue = queue;
    this.#chance = chance;
    this.#faults = faults;
    this.#host = host;
  }

  /** Carries an order to the host and its answer back; either may never come. */
  send(order: HostOrder, answered: (answer: HostAnswer) => void): void {
    const { now } = this.#queue;
    if (this.#strikes('orders-lost')) return;
    const delayMs = this.#strikes('orders-late')
      ? this.#chance.between(1000, LATEST_MS)
      : this.#chance.between(2, 30);
    this.#queue.after(delayMs, () => this.#host.receive(order, (answer) => this.#reply(answer, answered)));
    if (this.#faults.present('orders-doubled', now))
      this.#queue.after(this.#chance.between(2, LATEST_MS), () => this.#host.receive(order, () => undefined));
  }

  #reply(answer: HostAnswer, answered: (answer: HostAnswer) => void): void {
    if (this.#strikes('replies-lost')) return;
    this.#queue.after(this.#chance.between(2, 30), () => answered(answer));
  }

  #strikes(kind: 'orders-lost' | 'orders-late' | 'replies-lost'): boolean {
    return this.#faults.present(kind, this.#queue.now) !== undefined && this.#chance.happens(0.5);
  }
}
