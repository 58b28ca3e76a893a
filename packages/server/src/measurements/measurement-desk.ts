/**
 * Purpose: measures what is due beside the loop, which never waits for it.
 *
 * Owns: what is under way, and what was measured until it is forgotten; all of it in memory, as a measurement that is lost
 * is simply made again.
 * 1. What is asked for twice for the same due moment is measured once.
 * 2. One who is asked and does not answer holds up nobody else: each has few places of its own, and its time is limited.
 * 3. After `stop` nothing begins.
 */
import type { TrackId } from '@sluice/core/kernel/ids.ts';
import type { Instant } from '@sluice/core/kernel/instant.ts';
import type { MeasurementContext } from './measurement-ports.ts';
import { type DueMeasurement, measure, type MeasuringPorts } from './measure.ts';
import type { Measurement } from './meets-condition.ts';

/** A measurement that is due. */
export interface MeasurementOrder extends Omit<DueMeasurement, 'run'> {
  readonly tenant: string;
  readonly track: TrackId;
  /** Tells the rollout and its step from every other. */
  readonly key: string;
  readonly dueAt: Instant;
  readonly context: MeasurementContext;
}

/** What was measured. */
export interface FinishedMeasurement extends Measurement {
  readonly key: string;
  readonly name: string;
  readonly dueAt: Instant;
  readonly startedAt: Instant;
  readonly finishedAt: Instant;
}

/** Measures beside the loop and keeps what came out. */
export interface MeasurementDesk {
  /** What is known of an order; null while it is waiting or under way. The first to ask begins it. */
  ask(order: MeasurementOrder): FinishedMeasurement | null;
  /** Forgets what a track has finished or has waiting under a key; what is under way is called off. */
  forget(tenant: string, track: TrackId, key: string): void;
  /** Calls off what is under way and resolves when it has ended. */
  stop(): Promise<void>;
}

/** What the desk works with. */
export interface MeasurementDeskPorts extends MeasuringPorts {
  /** Called after something was measured, so that the loop looks at once. */
  readonly finished: (tenant: string, track: TrackId) => void;
  /** Told of every measurement that somebody still waits for when it ends. */
  readonly measured?: ((measured: TrackMeasurement) => void) | undefined;
}

/** A measurement, and of what. */
export interface TrackMeasurement extends FinishedMeasurement {
  readonly track: TrackId;
}

/** Measurements at the same time, and of those to the same destination. */
const MOST_AT_ONCE = 64;
const MOST_AT_ONE_PLACE = 4;
/** Kept and waiting ones in all; beyond, the oldest are dropped, and made again if somebody still asks. */
const MOST_KEPT = 20_000;

interface Entry {
  readonly order: MeasurementOrder;
  readonly place: string;
  readonly calling: AbortController;
  finished: FinishedMeasurement | null;
}

/** Opens the desk. */
export function measurementDesk(ports: MeasurementDeskPorts): MeasurementDesk {
  return new Desk(ports);
}

class Desk implements MeasurementDesk {
  readonly #ports: MeasurementDeskPorts;
  /** In the order in which they were asked for. */
  readonly #entries = new Map<string, Entry>();
  readonly #waiting = new Map<string, Entry>();
  readonly #busy = new Map<string, number>();
  readonly #tasks = new Set<Promise<void>>();
  #stopped = false;

  constructor(ports: MeasurementDeskPorts) {
    this.#ports = ports;
  }

  ask(order: MeasurementOrder): FinishedMeasurement | null {
    const id = idOf(order);
    const known = this.#entries.get(id);
    if (known) return known.finished;
    if (this.#stopped) return null;
    const entry: Entry = {
      order,
      place: placeOf(order),
      calling: new AbortController(),
      finished: null,
    };
    this.#entries.set(id, entry);
    this.#waiting.set(id, entry);
    this.#limit();
    this.#begin();
    return null;
  }

  forget(tenant: string, track: TrackId, key: string): void {
    for (const [id, entry] of this.#entries)
      if (id.startsWith(`${tenant} ${track} ${key} `)) this.#drop(id, entry);
    this.#begin();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    for (const [id, entry] of this.#entries) this.#drop(id, entry);
    await Promise.all(this.#tasks);
  }

  #drop(id: string, entry: Entry): void {
    this.#entries.delete(id);
    this.#waiting.delete(id);
    entry.calling.abort();
  }

  #limit(): void {
    for (const [id, entry] of this.#entries) {
      if (this.#entries.size <= MOST_KEPT) return;
      this.#drop(id, entry);
    }
  }

  /** Begins what has a place, the oldest first. */
  #begin(): void {
    for (const [id, entry] of this.#waiting) {
      if (this.#tasks.size >= MOST_AT_ONCE) return;
      if ((this.#busy.get(entry.place) ?? 0) >= MOST_AT_ONE_PLACE) continue;
      this.#waiting.delete(id);
      const task = this.#run(id, entry).finally(() => {
        this.#tasks.delete(task);
        this.#leave(entry.place);
        this.#begin();
      });
      this.#tasks.add(task);
      this.#busy.set(entry.place, (this.#busy.get(entry.place) ?? 0) + 1);
    }
  }

  #leave(place: string): void {
    const left = (this.#busy.get(place) ?? 1) - 1;
    if (left > 0) this.#busy.set(place, left);
    else this.#busy.delete(place);
  }

  async #run(id: string, { order, calling }: Entry): Promise<void> {
    const { tenant, track, key, dueAt, spec, context } = order;
    const startedAt = this.#ports.now();
    const measured = await measure({ spec, context, run: id }, this.#ports, calling.signal);
    // Forgotten meanwhile: nobody waits for it.
    const entry = this.#entries.get(id);
    if (!entry || calling.signal.aborted) return;
    const finishedAt = this.#ports.now();
    entry.finished = { ...measured, key, name: spec.name, dueAt, startedAt, finishedAt };
    this.#ports.finished(tenant, track);
    this.#ports.measured?.({ ...entry.finished, track });
  }
}

const idOf = ({ tenant, track, key, spec, dueAt }: MeasurementOrder): string =>
  `${tenant} ${track} ${key} ${spec.name} ${dueAt}`;

/** Who is asked, so that one that hangs takes no more than its own places; tasks are the business of each target. */
function placeOf({ spec: { query }, context, track }: MeasurementOrder): string {
  if (query.provider === 'task') return `task ${track}`;
  const address = query.provider === 'web' ? query.url : (query.address ?? context.evidence?.address ?? '');
  return URL.canParse(address) ? new URL(address).origin : address;
}
