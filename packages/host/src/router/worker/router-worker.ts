/**
 * A router worker process. It owns its HTTP server, the connections to instances and the counts of the running second.
 *
 * 1. It confirms a change only after the next request would be served by it.
 * 2. It takes connections from the moment it is ready until it is told to stop; the socket itself belongs to the host
 *    process as well, so that connections wait in the kernel while there is no worker.
 * 3. When the host process dies it serves on with its last tables (an orphan), however long, until the next host process
 *    takes over or none of its instances is left, and keeps its counts in a file for that process. Then it stops like
 *    any other. That time passes is no reason to stop.
 * 4. It stops by closing the listener, ending each connection with its running answer, and, after `drainMs`, by force.
 *    What it has counted is handed over before it exits.
 */
import type { Server } from 'node:http';
import { flushCompileCache } from 'node:module';
import { DEFAULT_LIMITS } from '../limits.ts';
import type { FinishedSecond, FromWorker, InFlight, ToWorker, WorkerHome } from '../worker-message.ts';
import { CountSpool } from './count-spool.ts';
import { createGateway } from './gateway.ts';
import { isSucceeded } from './is-succeeded.ts';
import { RouteTable } from './route-table.ts';
import { SecondCounter } from './second-counter.ts';
import { Tracks } from './tracks.ts';
import { untilUnneeded } from './until-unneeded.ts';
import type { WorkerState } from './worker-state.ts';

/** Where the host process puts the listening socket; 0 to 2 are the standard streams, 3 is the IPC channel. */
export const LISTENING_FD = 4;
/** Connections that wait in the kernel while the worker is busy or being replaced; the system may allow fewer. */
const BACKLOG = 4_096;
/** Seconds already sent that an orphan repeats, since the host process may have died before anybody asked for them. */
const KEPT_SECONDS = 30;
/** How often a stopping worker closes connections that have become idle. */
const IDLE_SWEEP_MS = 50;

/** Runs a worker on the process that it was started as. */
export class RouterWorker {
  readonly #process: NodeJS.Process;
  readonly #routes = new RouteTable();
  readonly #counter = new SecondCounter((second) => this.#ship(second));
  readonly #recent: FinishedSecond[] = [];
  #tracks: Tracks | undefined;
  #state: WorkerState | undefined;
  #server: Server | undefined;
  #spool: CountSpool | undefined;
  #home: WorkerHome | undefined;
  #reportPlanned = false;

  constructor(process: NodeJS.Process) {
    this.#process = process;
  }

  /** Waits for the tables and serves. */
  run(): void {
    this.#process.on('message', (message: ToWorker) => this.#onMessage(message));
    this.#process.on('disconnect', () => this.#onOrphaned());
    this.#process.on('SIGTERM', () => this.#stop());
    // A Ctrl-C in a terminal reaches every process of the group; whether to stop is for the host process to say.
    this.#process.on('SIGINT', () => undefined);
    this.#process.on('SIGHUP', () => undefined);
  }

  #onMessage(message: ToWorker): void {
    switch (message.kind) {
      case 'start':
        this.#start(message);
        return;
      case 'track':
        this.#tracks?.apply(message.state);
        this.#confirm(message.seq);
        return;
      case 'forget':
        this.#tracks?.forget(message.track);
        this.#confirm(message.seq);
        return;
      case 'stop':
        this.#stop();
    }
  }

  #start(message: ToWorker & { kind: 'start' }): void {
    const limits = { ...DEFAULT_LIMITS, ...message.limits };
    this.#home = message.home;
    this.#spool = new CountSpool(message.home.spoolFile);
    this.#state = { limits, counter: this.#counter, retiring: false, mirrors: 0 };
    this.#tracks = new Tracks(this.#routes, this.#counter, { limits, onDrained: () => this.#planReport() });
    for (const track of message.tracks) this.#tracks.apply(track);
    this.#server = createGateway(this.#state, this.#routes);
    this.#counter.start();
    this.#server.listen({ fd: LISTENING_FD }, BACKLOG, () => {
      this.#send({ kind: 'ready', seq: message.seq, completeUntil: Date.now() });
      // Node writes it at exit, which a killed worker does not reach.
      flushCompileCache();
    });
  }

  #confirm(seq: number): void {
    this.#send({ kind: 'confirmed', seq, inFlight: this.#inFlight() });
  }

  #inFlight(): InFlight {
    return this.#tracks?.inFlight() ?? [];
  }

  /** One report for all requests that end in one turn of the event loop. */
  #planReport(): void {
    if (this.#reportPlanned) return;
    this.#reportPlanned = true;
    setImmediate(() => {
      this.#reportPlanned = false;
      this.#send({ kind: 'in-flight', inFlight: this.#inFlight() });
    });
  }

  #ship(second: FinishedSecond): void {
    if (!this.#process.connected) {
      this.#spool?.append([second]);
      return;
    }
    this.#send(second);
    this.#send({ kind: 'in-flight', inFlight: this.#inFlight() });
    this.#recent.push(second);
    if (this.#recent.length > KEPT_SECONDS) this.#recent.shift();
  }

  #send(message: FromWorker): void {
    if (this.#process.connected) this.#process.send?.(message, undefined, {}, () => undefined);
  }

  #onOrphaned(): void {
    const [state, home] = [this.#state, this.#home];
    if (state === undefined || home === undefined) this.#process.exit(0);
    if (state.retiring) return;
    this.#spool?.append(this.#recent);
    void untilUnneeded({
      ports: () => this.#tracks?.ports() ?? [],
      isSucceeded: () => isSucceeded(home),
      limits: state.limits,
    }).then(() => this.#stop());
  }

  #stop(): void {
    if (this.#state === undefined || this.#server === undefined) this.#process.exit(0);
    if (this.#state?.retiring) return;
    const [state, server] = [this.#state as WorkerState, this.#server as Server];
    state.retiring = true;
    setTimeout(() => this.#exit(), state.limits.drainMs).unref();
    setInterval(() => server.closeIdleConnections(), IDLE_SWEEP_MS).unref();
    afterQuietTurn(() => server.close(() => this.#exit()));
  }

  #exit(): void {
    this.#counter.flush();
    if (!this.#process.connected) this.#process.exit(0);
    this.#process.send?.({ kind: 'in-flight', inFlight: [] }, undefined, {}, () => this.#process.exit(0));
  }
}

/** A turn of the event loop this short has done nothing but to accept who was waiting, in ms. */
const QUIET_MS = 0.05;
/** Turns that are waited for; a loop that is never quiet closes all the same. */
const MOST_TURNS = 5_000;

/**
 * Calls right after a turn of the event loop in which everybody who waited in the backlog was accepted and next to nothing else
 * was done: closing a listener resets whoever comes between the two.
 */
function afterQuietTurn(close: () => void, turns = MOST_TURNS): void {
  const begun = performance.now();
  setImmediate(() => {
    if (performance.now() - begun < QUIET_MS || turns === 0) close();
    else afterQuietTurn(close, turns - 1);
  });
}
