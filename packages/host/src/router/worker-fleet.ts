/**
 * The router's worker processes: starts them, replaces each that ends, and knows what each has confirmed.
 *
 * 1. There is one process per listening port, or one being started.
 * 2. A new process gets all tables as they are then, before it takes its first connection.
 * 3. `confirmed` resolves only when every port has a process that serves the change.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { SluiceError } from '@sluice/core/kernel/failure.ts';
import type { RouterLimits } from './limits.ts';
import type { ListeningPort } from './listening-ports.ts';
import type {
  FinishedSecond,
  FromWorker,
  InFlight,
  ToWorker,
  TrackState,
  WorkerHome,
} from './worker-message.ts';

/** After a worker that ended before it was ready, the next start waits, twice as long each time. */
const RESPAWN_DELAY_MS = 50;
const RESPAWN_DELAY_MAX_MS = 2_000;
/** Ends in a row before a worker was ready, after which the start of a router is given up. */
const START_ATTEMPTS = 5;
/** Beyond `drainMs`, before a worker that was told to stop is killed. */
const STOP_MARGIN_MS = 2_000;

/** What the fleet is given, and whom it tells. */
export interface FleetOptions {
  readonly ports: readonly ListeningPort[];
  readonly limits: RouterLimits;
  /** What an orphaned worker needs to know; by the port's index. */
  readonly home: (index: number) => WorkerHome;
  /** A folder for Node's compile cache, with which a worker is ready in less than half the time. */
  readonly compileCache: string;
  readonly snapshot: () => { seq: number; tracks: readonly TrackState[] };
  readonly onSecond: (second: FinishedSecond) => void;
  readonly onConfirmed: () => void;
  /** The set of processes has changed. */
  readonly onProcesses: () => void;
  readonly onExit: (exit: { pid: number; code: number | null; signal: string | null }) => void;
}

interface Slot {
  readonly index: number;
  child: ChildProcess;
  ready: boolean;
  /** The latest change that the process serves. */
  confirmed: number;
  completeUntilMs: number;
  inFlight: InFlight;
  /** Starts in a row that ended before the worker was ready. */
  failures: number;
}

interface Waiter {
  readonly seq: number;
  readonly resolve: () => void;
  readonly reject: (error: SluiceError) => void;
}

/** The worker processes of one router. */
export class WorkerFleet {
  readonly #options: FleetOptions;
  readonly #slots: Slot[] = [];
  readonly #respawns = new Set<NodeJS.Timeout>();
  #waiters: Waiter[] = [];
  #started = false;
  #closing = false;

  constructor(options: FleetOptions) {
    this.#options = options;
  }

  /**
   * Starts one process per port; resolves when all take connections. A machine that is busy takes its time for that,
   * and the workers that an earlier host process left behind serve meanwhile.
   * @throws SluiceError `timed-out` after `startTimeoutMs`, or when a worker ends again and again
   */
  async start(): Promise<void> {
    for (const index of this.#options.ports.keys()) {
      this.#slots.push({
        index,
        child: this.#spawn(index),
        ready: false,
        confirmed: -1,
        completeUntilMs: 0,
        inFlight: [],
        failures: 0,
      });
    }
    for (const slot of this.#slots) this.#watch(slot);
    this.#options.onProcesses();
    await this.#confirmed(this.#options.snapshot().seq, this.#options.limits.startTimeoutMs);
    this.#started = true;
  }

  /** Sends a change to every process. */
  broadcast(message: ToWorker): void {
    for (const { child } of this.#slots) send(child, message);
  }

  /** Resolves when every worker serves change `seq`. @throws SluiceError `timed-out` after `applyTimeoutMs` */
  confirmed(seq: number): Promise<void> {
    return this.#confirmed(seq, this.#options.limits.applyTimeoutMs);
  }

  #confirmed(seq: number, timeoutMs: number): Promise<void> {
    if (this.confirmedByAll() >= seq) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiters = this.#waiters.filter((one) => one !== waiter);
        reject(this.#late(seq));
      }, timeoutMs);
      const waiter: Waiter = {
        seq,
        resolve: () => {
          clearTimeout(timer);
          resolve();
        },
        reject: (error) => {
          clearTimeout(timer);
          reject(error);
        },
      };
      this.#waiters.push(waiter);
    });
  }

  /** The latest change that every worker serves. */
  confirmedByAll(): number {
    return Math.min(...this.#slots.map(({ confirmed }) => confirmed));
  }

  /** The latest change that every worker that takes connections serves; undefined when none does. */
  confirmedByReady(): number | undefined {
    const ready = this.#slots.filter((slot) => slot.ready);
    return ready.length === 0 ? undefined : Math.min(...ready.map(({ confirmed }) => confirmed));
  }

  /** Everything that ended before this moment has been handed to `onSecond`, ms since the epoch. */
  completeUntilMs(nowMs: number): number {
    const ready = this.#slots.filter((slot) => slot.ready);
    return Math.min(nowMs, ...ready.map(({ completeUntilMs }) => completeUntilMs));
  }

  /** Requests running now on all workers. */
  inFlight(track: string, revision: string, port?: number): number {
    let sum = 0;
    for (const slot of this.#slots)
      for (const [onTrack, ofRevision, onPort, running] of slot.inFlight)
        if (onTrack === track && ofRevision === revision && (port === undefined || port === onPort))
          sum += running;
    return sum;
  }

  processes(): { pid: number; ready: boolean }[] {
    return this.#slots.flatMap(({ child, ready }) =>
      child.pid === undefined ? [] : [{ pid: child.pid, ready }],
    );
  }

  /** Lets go of the workers: they serve on as orphans. */
  release(): void {
    this.#end();
    for (const { child } of this.#slots) {
      if (child.connected) child.disconnect();
      child.unref();
    }
  }

  /** Lets every worker finish its requests and end; kills those that do not in time. */
  async close(): Promise<void> {
    this.#end();
    await Promise.all(this.#slots.map(({ child }) => this.#stop(child)));
  }

  #end(): void {
    this.#closing = true;
    for (const timer of this.#respawns) clearTimeout(timer);
    this.#giveUpWaiting();
  }

  #giveUpWaiting(): void {
    for (const { reject, seq } of this.#waiters.splice(0)) reject(this.#late(seq));
  }

  #spawn(index: number): ChildProcess {
    const port = this.#options.ports[index] as ListeningPort;
    const child = fork(fileURLToPath(new URL('./worker.ts', import.meta.url)), [], {
      // Nothing of the host process's environment: a worker needs none of its secrets.
      env: { NODE_COMPILE_CACHE: this.#options.compileCache },
      execArgv: [],
      stdio: ['ignore', 'inherit', 'inherit', 'ipc', port.fd],
    });
    const { seq, tracks } = this.#options.snapshot();
    const { limits, home } = this.#options;
    send(child, { kind: 'start', seq, limits, tracks, home: home(index) });
    return child;
  }

  #watch(slot: Slot): void {
    const { child } = slot;
    child.on('message', (message: FromWorker) => this.#onMessage(slot, child, message));
    child.once('error', () => {
      if (child.pid === undefined) this.#onExit(slot, { code: null, signal: null });
      else child.kill('SIGKILL');
    });
    child.once('exit', (code, signal) => this.#onExit(slot, { code, signal }));
    // One that lives and can be told nothing any more would serve its last table for ever.
    child.once('disconnect', () => {
      if (!this.#closing) child.kill('SIGTERM');
    });
  }

  #onMessage(slot: Slot, child: ChildProcess, message: FromWorker): void {
    if (message.kind === 'second') this.#options.onSecond(message);
    // What a killed worker had counted is welcome to the end; what it had confirmed is void.
    if (slot.child !== child) return;
    switch (message.kind) {
      case 'ready':
        slot.ready = true;
        slot.completeUntilMs = message.completeUntil;
        this.#onConfirmed(slot, message.seq);
        return;
      case 'confirmed':
        slot.inFlight = message.inFlight;
        this.#onConfirmed(slot, message.seq);
        return;
      case 'in-flight':
        slot.inFlight = message.inFlight;
        return;
      case 'second':
        slot.completeUntilMs = message.completeUntil;
    }
  }

  #onConfirmed(slot: Slot, seq: number): void {
    slot.confirmed = Math.max(slot.confirmed, seq);
    this.#options.onConfirmed();
    const all = this.confirmedByAll();
    const due = this.#waiters.filter((waiter) => waiter.seq <= all);
    this.#waiters = this.#waiters.filter((waiter) => waiter.seq > all);
    for (const waiter of due) waiter.resolve();
  }

  #onExit(slot: Slot, { code, signal }: { code: number | null; signal: string | null }): void {
    slot.failures = slot.ready ? 0 : slot.failures + 1;
    slot.ready = false;
    slot.confirmed = -1;
    slot.inFlight = [];
    if (this.#closing) return;
    this.#options.onExit({ pid: slot.child.pid ?? 0, code, signal });
    if (slot.failures === 0) {
      this.#respawn(slot);
      return;
    }
    if (!this.#started && slot.failures >= START_ATTEMPTS) this.#giveUpWaiting();
    const delayMs = Math.min(RESPAWN_DELAY_MS * 2 ** (slot.failures - 1), RESPAWN_DELAY_MAX_MS);
    const timer = setTimeout(() => {
      this.#respawns.delete(timer);
      this.#respawn(slot);
    }, delayMs);
    this.#respawns.add(timer);
  }

  #respawn(slot: Slot): void {
    slot.child = this.#spawn(slot.index);
    this.#watch(slot);
    this.#options.onProcesses();
  }

  async #stop(child: ChildProcess): Promise<void> {
    if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    send(child, { kind: 'stop' });
    const timer = setTimeout(() => child.kill('SIGKILL'), this.#options.limits.drainMs + STOP_MARGIN_MS);
    await exited;
    clearTimeout(timer);
  }

  #late(seq: number): SluiceError {
    const ready = this.#slots.filter((slot) => slot.confirmed >= seq).length;
    return new SluiceError(
      'timed-out',
      `a change of the routes was confirmed by ${ready} of ${this.#slots.length} router workers in time; it is tried again with the next order`,
      { next: 'retry' },
    );
  }
}

/** A worker that is gone has closed its channel; its replacement gets everything anyway. */
function send(child: ChildProcess, message: ToWorker): void {
  if (child.connected) child.send(message, () => undefined);
}
