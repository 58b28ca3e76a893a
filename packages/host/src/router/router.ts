import { rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Split } from '@sluice/core/traffic/split.ts';
import type { TrafficReply } from '@sluice/protocol/host/host-schema.ts';
import { type Migration, migrateConnections } from './connection-migration.ts';
import { HostRouter, TableBook } from './host-router.ts';
import { DEFAULT_LIMITS, type RouterLimits } from './limits.ts';
import { type ListeningPort, openListeningPorts } from './listening-ports.ts';
import {
  orphansOf,
  readRecord,
  relieveOrphans,
  restoreRecord,
  thisProcess,
  type WorkerRecord,
  writeRecord,
} from './orphaned-workers.ts';
import { readState, StateWriter } from './state-file.ts';
import type { Endpoint, TrackTable } from './track-table.ts';
import { TrafficRing } from './traffic-ring.ts';
import { WorkerFleet } from './worker-fleet.ts';
import type { WorkerHome } from './worker-message.ts';

/** How long the counts of orphaned workers are waited for; one that still streams an answer hands over its last later. */
const COUNTS_WAIT_MS = 5_000;

export type { Endpoint, TrackTable } from './track-table.ts';

/** How the router of one host runs. */
export interface RouterOptions {
  /** The port to listen on; 0 takes a free one. */
  readonly port: number;
  /** The address to listen on; 127.0.0.1 when absent. */
  readonly address?: string;
  /** Processes that proxy; at least 1. */
  readonly workers: number;
  /** Where the last tables and endpoints are kept; written atomically. */
  readonly stateFile: string;
  readonly limits?: Partial<RouterLimits>;
  /** Told when a worker ended that nobody stopped; it is already being replaced. */
  readonly onWorkerExit?: (exit: { pid: number; code: number | null; signal: string | null }) => void;
  /** Told before workers that an earlier host process left behind are relieved: what becomes of whoever waits for them. */
  readonly onTakeOver?: (migration: Migration) => void;
}

/** The data plane's door: one port, N proxy processes, one table per track. */
export interface Router {
  readonly port: number;
  /** Resolves when every worker confirmed the table and it is on disk. */
  setSplit(table: TrackTable): Promise<void>;
  /** Replaces the endpoints of a track; resolves when every worker confirmed them and they are on disk. */
  setEndpoints(track: string, endpoints: readonly Endpoint[]): Promise<void>;
  /** The split that every worker has confirmed; null before the first. */
  inForce(track: string): { generation: number; split: Split } | null;
  /** Requests (and upgraded connections) running now, of a revision or of one of its instances. */
  inFlight(track: string, revision: string, port?: number): number;
  /** Forgets a track: its requests are answered 404 from then on. */
  removeTrack(track: string): Promise<void>;
  /** Counters per second of the last 900 s, merged over the workers; whole seconds from `sinceMs` on. */
  traffic(track: string, sinceMs: number, limit: number): TrafficReply;
  /** Requests that should have been mirrored and were not (body too large, upgrade, too many running), in all. */
  unmirrored(): number;
  workers(): { pid: number; ready: boolean }[];
  /** Stops listening, lets running requests end within `drainMs` of the limits, and ends the workers. */
  close(): Promise<void>;
}

/** A router that this process has started, and may leave to the next one. */
export interface StartedRouter extends Router {
  /**
   * Instead of `close`, when another host process is about to follow: the workers serve on as orphans, new connections
   * too, until it takes over or no instance is left. This router is of no more use.
   */
  handOver(): Promise<void>;
}

/**
 * Starts the router: reads the last tables and endpoints, serves them at once, and relieves workers that an earlier
 * host process left behind.
 * @throws SluiceError `conflict` when the port or the state file is in use, `invalid-input` when the file is damaged
 */
export async function startRouter(options: RouterOptions): Promise<StartedRouter> {
  const recordFile = `${options.stateFile}.workers`;
  const states = await readState(options.stateFile);
  const before = await readRecord(recordFile);
  const ports = await openListeningPorts({
    address: options.address ?? '127.0.0.1',
    port: options.port,
    count: options.workers,
    takesOver: orphansOf(before).length > 0,
  });
  const book = new TableBook(states);
  const ring = new TrafficRing(Date.now());
  const keeper = new RecordKeeper(recordFile, options, orphansOf(before));
  const fleet = startFleet(options, { ports, book, ring, keeper });
  try {
    await fleet.start();
    keeper.serving = true;
    keeper.write(fleet.processes().map(({ pid }) => pid));
  } catch (cause) {
    await fleet.close();
    for (const port of ports) port.close();
    await keeper.settled();
    await restoreRecord(recordFile, before);
    throw cause;
  }
  if (orphansOf(before).length > 0) {
    const migration = await migrateConnections();
    options.onTakeOver?.(migration);
  }
  const closing = new AbortController();
  const relief = new Relief(before, ring, closing.signal);
  const writer = new StateWriter(options.stateFile, () => book.snapshot().tracks);
  return new HostRouter({
    ports,
    book,
    fleet,
    ring,
    writer,
    closing,
    countsPending: () => relief.isPending,
    recordSettled: () => keeper.settled(),
    forget: () => keeper.remove(),
  });
}

function startFleet(
  options: RouterOptions,
  parts: { ports: readonly ListeningPort[]; book: TableBook; ring: TrafficRing; keeper: RecordKeeper },
): WorkerFleet {
  const { ports, book, ring, keeper } = parts;
  const fleet: WorkerFleet = new WorkerFleet({
    ports,
    limits: { ...DEFAULT_LIMITS, ...options.limits },
    home: keeper.home,
    compileCache: join(dirname(options.stateFile), 'compile-cache'),
    snapshot: () => book.snapshot(),
    onSecond: (second) => ring.add(second),
    onConfirmed: () => {
      const seq = fleet.confirmedByReady();
      if (seq !== undefined) book.confirm(seq);
    },
    onProcesses: () => keeper.write(fleet.processes().map(({ pid }) => pid)),
    onExit: (exit) => options.onWorkerExit?.(exit),
  });
  return fleet;
}

/** Takes over from orphaned workers; their counts are waited for, but not for ever. */
class Relief {
  isPending: boolean;

  constructor(record: WorkerRecord | undefined, ring: TrafficRing, signal: AbortSignal) {
    this.isPending = record !== undefined;
    if (record === undefined) return;
    const end = (): void => {
      clearTimeout(timer);
      this.isPending = false;
    };
    const timer = setTimeout(end, COUNTS_WAIT_MS);
    timer.unref();
    void relieveOrphans(record, (second) => ring.add(second), signal).finally(end);
  }
}

/** Keeps the record of worker processes, one write at a time. */
class RecordKeeper {
  readonly #path: string;
  readonly #options: RouterOptions;
  readonly #earlier: WorkerRecord['workers'];
  readonly #host = thisProcess();
  #writing: Promise<void> = Promise.resolve();
  /** All ports are served by workers of this process. */
  serving = false;

  constructor(path: string, options: RouterOptions, earlier: WorkerRecord['workers']) {
    this.#path = path;
    this.#options = options;
    this.#earlier = earlier;
  }

  readonly home = (index: number): WorkerHome => ({
    host: this.#host,
    recordFile: this.#path,
    spoolFile: this.#spoolFile(index),
  });

  write(pids: readonly number[]): void {
    const spoolFiles = Array.from({ length: this.#options.workers }, (_, index) => this.#spoolFile(index));
    const earlier = this.#earlier;
    // Without the record orphans do not hear of the next host process: serving goes on either way.
    this.#writing = this.#writing
      .then(() => writeRecord(this.#path, { pids, earlier, spoolFiles, serving: this.serving }))
      .catch(() => undefined);
  }

  readonly #spoolFile = (index: number): string => `${this.#options.stateFile}.counts-${index}`;

  settled(): Promise<void> {
    return this.#writing;
  }

  /** Nothing is left running that a later start would have to know of. */
  async remove(): Promise<void> {
    await this.#writing;
    await rm(this.#path, { force: true });
  }
}
