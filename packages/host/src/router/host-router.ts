import { SluiceError } from '@sluice/core/kernel/failure.ts';
import type { Split } from '@sluice/core/traffic/split.ts';
import type { TrafficReply } from '@sluice/protocol/host/host-schema.ts';
import type { ListeningPort } from './listening-ports.ts';
import type { Endpoint, TrackTable } from './track-table.ts';
import type { StateWriter } from './state-file.ts';
import type { TrafficRing } from './traffic-ring.ts';
import { normalPrefix } from './worker/path-prefix.ts';
import type { WorkerFleet } from './worker-fleet.ts';
import type { ToWorker, TrackState } from './worker-message.ts';

interface Entry {
  state: TrackState;
  /** The change that made the present table. */
  tableSeq: number;
  inForce: TrackTable | null;
}

/** The tables of a router as the host process has ordered them. */
export class TableBook {
  readonly #entries = new Map<string, Entry>();
  #seq = 0;

  constructor(states: readonly TrackState[]) {
    for (const state of states) this.#entries.set(state.track, { state, tableSeq: 0, inForce: null });
  }

  snapshot(): { seq: number; tracks: readonly TrackState[] } {
    return { seq: this.#seq, tracks: [...this.#entries.values()].map(({ state }) => state) };
  }

  /** @throws SluiceError `refused-as-stale` for an older generation, `conflict` for a route that another track has */
  setTable(table: TrackTable): ToWorker & { seq: number } {
    const entry = this.#entryOf(table.track);
    const current = entry.state.table;
    if (current !== null && table.generation < current.generation)
      throw new SluiceError(
        'refused-as-stale',
        `the split of ${table.track} with generation ${table.generation} is older than ${current.generation}, which is in force`,
        { next: 'stop' },
      );
    this.#assertOwnRoute(table);
    entry.tableSeq = this.#seq + 1;
    return this.#change(entry, { ...entry.state, table });
  }

  setEndpoints(track: string, endpoints: readonly Endpoint[]): ToWorker & { seq: number } {
    const entry = this.#entryOf(track);
    return this.#change(entry, { ...entry.state, endpoints });
  }

  remove(track: string): ToWorker & { seq: number } {
    this.#entries.delete(track);
    return { kind: 'forget', seq: ++this.#seq, track };
  }

  /** Every worker that takes connections serves change `seq`. */
  confirm(seq: number): void {
    for (const entry of this.#entries.values()) if (entry.tableSeq <= seq) entry.inForce = entry.state.table;
  }

  inForce(track: string): { generation: number; split: Split } | null {
    const table = this.#entries.get(track)?.inForce;
    return table ? { generation: table.generation, split: table.split } : null;
  }

  #change(entry: Entry, state: TrackState): ToWorker & { seq: number } {
    entry.state = state;
    return { kind: 'track', seq: ++this.#seq, state };
  }

  #entryOf(track: string): Entry {
    const known = this.#entries.get(track);
    const entry = known ?? { state: { track, table: null, endpoints: [] }, tableSeq: 0, inForce: null };
    this.#entries.set(track, entry);
    return entry;
  }

  #assertOwnRoute({ track, route }: TrackTable): void {
    for (const { state } of this.#entries.values()) {
      const other = state.table?.route;
      if (state.track === track || other === undefined) continue;
      if (other.host?.toLowerCase() !== route.host?.toLowerCase()) continue;
      if (normalPrefix(other.path) !== normalPrefix(route.path)) continue;
      throw new SluiceError(
        'conflict',
        `${track} cannot be routed at ${route.host ?? 'any host'}${route.path}: ${state.track} is; give one of them another host or path`,
        { next: 'ask-human' },
      );
    }
  }
}

/** What a router is assembled from. */
export interface RouterParts {
  readonly ports: readonly ListeningPort[];
  readonly book: TableBook;
  readonly fleet: WorkerFleet;
  readonly ring: TrafficRing;
  readonly writer: StateWriter;
  /** Aborted when the router closes. */
  readonly closing: AbortController;
  /** Counts of orphaned workers are still to come: until then nothing is complete. */
  readonly countsPending: () => boolean;
  /** Resolves when the record of processes is on disk. */
  readonly recordSettled: () => Promise<void>;
  /** Removes the record of processes, when none is left. */
  readonly forget: () => Promise<void>;
}

/** The router (the `Router` of router.ts) as the host process uses it: orders go to the book, to every worker and to disk. */
export class HostRouter {
  readonly port: number;
  readonly #parts: RouterParts;

  constructor(parts: RouterParts) {
    this.#parts = parts;
    this.port = parts.ports[0]?.port ?? 0;
  }

  async setSplit(table: TrackTable): Promise<void> {
    await this.#apply(this.#parts.book.setTable(table));
  }

  async setEndpoints(track: string, endpoints: readonly Endpoint[]): Promise<void> {
    await this.#apply(this.#parts.book.setEndpoints(track, endpoints));
  }

  async removeTrack(track: string): Promise<void> {
    await this.#apply(this.#parts.book.remove(track));
    this.#parts.ring.forget(track);
  }

  inForce(track: string): { generation: number; split: Split } | null {
    return this.#parts.book.inForce(track);
  }

  inFlight(track: string, revision: string, port?: number): number {
    return this.#parts.fleet.inFlight(track, revision, port);
  }

  traffic(track: string, sinceMs: number, limit: number): TrafficReply {
    const { fleet, ring, countsPending } = this.#parts;
    const completeUntilMs = fleet.completeUntilMs(
      countsPending() ? Math.min(sinceMs, Date.now()) : Date.now(),
    );
    return ring.read(track, { sinceMs, limit, completeUntilMs });
  }

  unmirrored(): number {
    return this.#parts.ring.unmirrored;
  }

  workers(): { pid: number; ready: boolean }[] {
    return this.#parts.fleet.processes();
  }

  async close(): Promise<void> {
    const { fleet, ports, closing, writer, forget } = this.#parts;
    closing.abort();
    await fleet.close();
    for (const port of ports) port.close();
    await writer.save();
    await forget();
  }

  async handOver(): Promise<void> {
    const { fleet, ports, closing, writer, recordSettled } = this.#parts;
    closing.abort();
    await Promise.all([writer.save(), recordSettled()]);
    fleet.release();
    for (const port of ports) port.close();
  }

  async #apply(change: ToWorker & { seq: number }): Promise<void> {
    this.#parts.fleet.broadcast(change);
    await Promise.all([this.#parts.fleet.confirmed(change.seq), this.#parts.writer.save()]);
  }
}
