/**
 * Purpose: one machine with its supervisor and its router, behaving as `packages/protocol/src/host/host-schema.ts` says.
 *
 * 1. Orders are judged one after the other; a split holds up those behind it until every worker has it.
 * 2. Fence and persisted split survive a restart, and so do the processes; orders that wait and answers do not.
 * 3. A revision that any worker may still reach, or will by the persisted split, is not retired.
 */
import type { RevisionId } from '@sluice/core/kernel/ids.ts';
import type { Instant } from '@sluice/core/kernel/instant.ts';
import type { ObservedRevision } from '@sluice/core/rollout/observation.ts';
import type { Split } from '@sluice/core/traffic/split.ts';
import type { Chance } from '../clock/chance.ts';
import type { EventQueue } from '../clock/event-queue.ts';
import type { Quality } from '../script/script.ts';
import { Fence } from './fence.ts';
import type { HostAnswer, HostOrder } from './host-order.ts';
import { HostedRevision } from './hosted-revision.ts';
import { reaches, weightOf } from './tables.ts';

/** How long instances of a retired revision finish their requests, in milliseconds. */
const DRAIN_MS = 2000;

/** What a host needs of the world around it. */
export interface HostSurroundings {
  readonly queue: EventQueue;
  readonly chance: Chance;
  readonly workers: number;
  readonly qualityOf: (revision: RevisionId) => Quality;
  /** How long a worker takes to put a table in force, in milliseconds. */
  readonly confirmationMs: (worker: number) => number;
  readonly onOrder: (order: HostOrder, answer: HostAnswer) => void;
  readonly onTable: (worker: number) => void;
  readonly onGone: (revision: RevisionId) => void;
}

/** A split with the generation of the order that brought it. */
export interface Table {
  readonly split: Split;
  readonly generation: number;
}

/** The simulated host. */
export class SimulatedHost {
  isDown = false;
  readonly revisions = new Map<RevisionId, HostedRevision>();
  /** What each worker of the router has in force. */
  readonly tables: (Table | null)[];
  /** What every worker has confirmed. */
  confirmed: Table | null = null;
  /** The last split that was taken; after a restart every worker gets it. */
  persisted: Table | null = null;
  readonly fence = new Fence();
  #epoch = 0;
  #isBusy = false;
  #waiting: { readonly order: HostOrder; readonly reply: (answer: HostAnswer) => void }[] = [];
  readonly #around: HostSurroundings;

  constructor(around: HostSurroundings) {
    this.#around = around;
    this.tables = Array.from({ length: around.workers }, () => null);
  }

  /** Takes an order; a host that is down takes none and never answers. */
  receive(order: HostOrder, reply: (answer: HostAnswer) => void): void {
    if (this.isDown) return;
    this.#waiting.push({ order, reply });
    this.#work();
  }

  /** Has a revision ready and a split in force, as after a release long ago. */
  establish(id: RevisionId, instances: number, table: Table): void {
    const { qualityOf, chance } = this.#around;
    const revision = new HostedRevision(id, qualityOf(id), chance);
    revision.order(instances, table.generation, 0);
    this.revisions.set(id, revision);
    this.persisted = table;
    this.confirmed = table;
    this.tables.fill(table);
  }

  observed(now: Instant): Readonly<Record<string, ObservedRevision>> {
    const revisions: Record<string, ObservedRevision> = {};
    for (const [id, revision] of this.revisions) revisions[id] = revision.observed(now);
    return revisions;
  }

  /** Everything that a worker may reach now or after the split that is on its way to it. */
  mayReach(revision: RevisionId): boolean {
    return [...this.tables, this.persisted].some((table) => table && reaches(table.split, revision));
  }

  goDown(): void {
    this.isDown = true;
    this.#epoch++;
    this.#waiting = [];
    this.#isBusy = false;
  }

  comeUp(): void {
    this.isDown = false;
    const { queue } = this.#around;
    for (const revision of this.revisions.values())
      if (revision.retiring) queue.after(DRAIN_MS, () => this.#forget(revision));
    if (this.persisted) this.#putInForce(this.persisted, () => undefined);
  }

  /** The router forgets its tables, as after the loss of a disk; the fence is kept elsewhere. */
  forgetTables(): void {
    this.persisted = null;
    this.confirmed = null;
    this.#epoch++;
    this.#isBusy = false;
    for (let worker = 0; worker < this.tables.length; worker++) this.#setTable(worker, null);
    this.#work();
  }

  #work(): void {
    if (this.#isBusy) return;
    const next = this.#waiting.shift();
    if (!next) return;
    const { order, reply } = next;
    const answer = this.#judge(order);
    this.#around.onOrder(order, answer);
    if (answer !== 'done') reply(answer);
    else if (order.kind === 'split') this.#putInForce(order, () => reply('done'));
    else this.#carryOut(order, reply);
    this.#work();
  }

  #judge(order: HostOrder): HostAnswer {
    const thing = order.kind === 'split' ? 'split' : `revision ${order.revision}`;
    const refused = this.fence.pass({ generation: order.generation, thing, content: order });
    if (refused) return refused;
    if (order.kind === 'split') return this.#admit(order.split);
    return order.kind === 'retire' && this.mayReach(order.revision) ? 'still-routed' : 'done';
  }

  #admit(split: Split): HostAnswer {
    const { now } = this.#around.queue;
    const named = [...split.weights, ...split.matches, ...(split.mirror ? [split.mirror] : [])];
    for (const { revision } of named) {
      const known = this.revisions.get(revision);
      if (!known) return 'revision-not-run';
      if (known.retiring && reaches(split, revision)) return 'revision-retiring';
    }
    const isAnyReady = [...this.revisions.values()].some((revision) => revision.ready(now) > 0);
    const isTooEarly = split.weights.some(
      ({ revision, basisPoints }) =>
        basisPoints > weightOf(this.confirmed?.split ?? null, revision) &&
        this.revisions.get(revision)?.ready(now) === 0,
    );
    return isTooEarly && isAnyReady ? 'no-ready-instance' : 'done';
  }

  #putInForce(table: Table, done: () => void): void {
    const { queue, confirmationMs } = this.#around;
    const epoch = this.#epoch;
    this.#isBusy = true;
    this.persisted = { split: table.split, generation: table.generation };
    const persisted = this.persisted;
    let missing = this.tables.length;
    for (let worker = 0; worker < this.tables.length; worker++)
      queue.after(confirmationMs(worker), () => {
        if (epoch !== this.#epoch) return;
        this.#setTable(worker, persisted);
        if (--missing > 0) return;
        this.confirmed = persisted;
        this.#isBusy = false;
        done();
        this.#work();
      });
  }

  #setTable(worker: number, table: Table | null): void {
    this.tables[worker] = table;
    this.#around.onTable(worker);
  }

  #carryOut(order: Exclude<HostOrder, { kind: 'split' }>, reply: (answer: HostAnswer) => void): void {
    const { queue, qualityOf, chance } = this.#around;
    const known = this.revisions.get(order.revision);
    if (order.kind === 'capacity') {
      const revision = known ?? new HostedRevision(order.revision, qualityOf(order.revision), chance);
      this.revisions.set(order.revision, revision);
      revision.dedicatedPorts ||= order.dedicatedPorts;
      revision.order(order.instances, order.generation, queue.now);
      return reply('done');
    }
    if (!known) return reply('done');
    known.retiring = true;
    queue.after(DRAIN_MS, () => {
      this.#forget(known);
      reply('done');
    });
  }

  #forget(revision: HostedRevision): void {
    if (this.isDown || !revision.retiring || this.revisions.get(revision.id) !== revision) return;
    this.revisions.delete(revision.id);
    this.#around.onGone(revision.id);
  }
}
