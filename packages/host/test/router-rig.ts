import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import { type AddressInfo, connect, type Server as NetServer, type Socket } from 'node:net';
import { revisionId } from '@sluice/core/kernel/ids.ts';
import { EMPTY_SPLIT, type Split, wholeTo } from '@sluice/core/traffic/split.ts';
import type { RoutePolicy } from '@sluice/protocol/host/host-schema.ts';
import { DEFAULT_LIMITS, type RouterLimits } from '../src/router/limits.ts';
import type { Endpoint, TrackTable } from '../src/router/track-table.ts';
import { createGateway } from '../src/router/worker/gateway.ts';
import { RouteTable } from '../src/router/worker/route-table.ts';
import { SecondCounter } from '../src/router/worker/second-counter.ts';
import { Tracks } from '../src/router/worker/tracks.ts';
import type { WorkerState } from '../src/router/worker/worker-state.ts';
import type { FinishedSecond } from '../src/router/worker-message.ts';

/** Things to undo after a test, last first. */
export class Cleanup {
  readonly #steps: (() => unknown)[] = [];

  add(step: () => unknown): void {
    this.#steps.push(step);
  }

  async run(): Promise<void> {
    for (const step of this.#steps.splice(0).reverse()) await step();
  }
}

export const ROUTE: RoutePolicy = {
  host: null,
  path: '/',
  protocol: 'http1',
  timeoutMs: 5_000,
  maxBodyBytes: 0,
  goal: null,
};

export const portOf = (server: NetServer): number => (server.address() as AddressInfo).port;

/** An instance: an HTTP server on a free port. */
export async function startInstance(cleanup: Cleanup, listener: RequestListener): Promise<Server> {
  const server = createServer(listener);
  await listen(cleanup, server);
  cleanup.add(() => server.closeAllConnections());
  return server;
}

export async function listen(cleanup: Cleanup, server: NetServer): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  cleanup.add(() => server.close());
  return portOf(server);
}

/** A port on which nobody listens: it was free a moment ago. */
export async function deadPort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const port = portOf(server);
  server.close();
  await once(server, 'close');
  return port;
}

export const endpoint = (revision: string, at: NetServer | number, draining = false): Endpoint => ({
  revision,
  host: '127.0.0.1',
  port: typeof at === 'number' ? at : portOf(at),
  draining,
});

/** A track `shop/prod/web` at `/`, whole to revision `v1` unless said otherwise. */
export const tableOf = (
  changes: { track?: string; generation?: number; route?: Partial<RoutePolicy>; split?: Partial<Split> } = {},
): TrackTable => ({
  track: changes.track ?? 'shop/prod/web',
  generation: changes.generation ?? 1,
  route: { ...ROUTE, ...changes.route },
  split: { ...wholeTo(revisionId('v1')), ...changes.split },
});

export const splitOf = (weights: Record<string, number>, rest: Partial<Split> = {}): Split => ({
  ...EMPTY_SPLIT,
  weights: Object.entries(weights).map(([name, basisPoints]) => ({
    revision: revisionId(name),
    basisPoints,
  })),
  ...rest,
});

/** A gateway in this very process: what a worker does, without the process around it. */
export class GatewayRig {
  readonly state: WorkerState;
  readonly tracks: Tracks;
  readonly seconds: FinishedSecond[] = [];
  readonly server: Server;
  #drained = 0;

  private constructor(limits: Partial<RouterLimits>) {
    const counter = new SecondCounter((second) => this.seconds.push(second));
    this.state = { limits: { ...DEFAULT_LIMITS, ...limits }, counter, retiring: false, mirrors: 0 };
    const routes = new RouteTable();
    this.tracks = new Tracks(routes, counter, {
      limits: this.state.limits,
      onDrained: () => this.#drained++,
    });
    this.server = createGateway(this.state, routes);
  }

  static async start(cleanup: Cleanup, limits: Partial<RouterLimits> = {}): Promise<GatewayRig> {
    const rig = new GatewayRig(limits);
    await listen(cleanup, rig.server);
    cleanup.add(() => rig.server.closeAllConnections());
    cleanup.add(() => {
      for (const { track } of rig.#applied.splice(0)) rig.tracks.forget(track);
    });
    return rig;
  }

  readonly #applied: TrackTable[] = [];

  get port(): number {
    return portOf(this.server);
  }

  get origin(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Times that a request ended on an instance that takes nothing new. */
  get drained(): number {
    return this.#drained;
  }

  apply(table: TrackTable, endpoints: readonly Endpoint[]): void {
    this.#applied.push(table);
    this.tracks.apply({ track: table.track, table, endpoints });
  }

  /** What has been counted since the last call, per revision, with `refused` and `unmirrored`. */
  counts(): Omit<FinishedSecond, 'arms'> & { arms: Record<string, FinishedSecond['arms'][number][2]> } {
    this.state.counter.flush();
    const last = this.seconds.at(-1) as FinishedSecond;
    return { ...last, arms: Object.fromEntries(last.arms.map(([, revision, counts]) => [revision, counts])) };
  }
}

/** Resolves once a condition holds that nothing announces; looked at every few milliseconds. */
export async function until(condition: () => boolean): Promise<void> {
  // Not in every turn of the event loop: the processes that are waited for need the processor.
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 2));
}

/** A client that speaks in bytes: sends what it is told and collects what comes back. */
export class RawClient {
  readonly socket: Socket;
  text = '';
  #over = false;
  #waiting: (() => void)[] = [];

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.setEncoding('latin1');
    socket.on('data', (chunk: string) => {
      this.text += chunk;
      this.#wake();
    });
    socket.on('error', () => undefined);
    socket.on('end', () => this.#finish());
    socket.on('close', () => this.#finish());
  }

  static async connect(cleanup: Cleanup, port: number): Promise<RawClient> {
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    const client = new RawClient(socket);
    cleanup.add(() => socket.destroy());
    await once(socket, 'connect');
    return client;
  }

  send(text: string | Buffer): this {
    this.socket.write(typeof text === 'string' ? Buffer.from(text, 'latin1') : text);
    return this;
  }

  /** Resolves with all that has come, once it matches. */
  async until(pattern: RegExp): Promise<string> {
    while (!pattern.test(this.text)) {
      if (this.#over) throw new Error(`ended before ${pattern}: ${this.text}`);
      await this.#news();
    }
    return this.text;
  }

  /** Resolves with all that has come, once the other side has ended. */
  async ended(): Promise<string> {
    while (!this.#over) await this.#news();
    return this.text;
  }

  #news(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  #finish(): void {
    this.#over = true;
    this.#wake();
  }

  #wake(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}

/** Sends bytes on a new connection and resolves with everything that comes back until the router ends it. */
export async function exchangeRaw(cleanup: Cleanup, port: number, text: string): Promise<string> {
  const client = await RawClient.connect(cleanup, port);
  return client.send(text).ended();
}
