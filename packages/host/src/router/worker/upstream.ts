import { Client } from 'undici';
import type { RoutePolicy } from '@sluice/protocol/host/host-schema.ts';
import type { RouterLimits } from '../limits.ts';

/** One connection to an instance, made when first used and again after it was lost. */
export class Lane {
  readonly client: Client;
  /** Requests sent on the present connection; more than 1 means that it was kept alive from an earlier one. */
  sent = 0;
  running = 0;

  constructor(port: number, protocol: RoutePolicy['protocol'], limits: RouterLimits) {
    this.client = new Client(`http://127.0.0.1:${port}`, {
      pipelining: 1,
      connectTimeout: limits.connectTimeoutMs,
      maxHeaderSize: 65_536,
      allowH2: protocol === 'h2c',
      ...(protocol === 'h2c'
        ? { h2Options: { useH2c: true, maxConcurrentStreams: limits.streamsPerConnection } }
        : {}),
    });
    this.client.on('connect', () => {
      this.sent = 0;
    });
  }
}

/** What instances are made with. */
export interface UpstreamContext {
  readonly limits: RouterLimits;
  /** Called whenever a request ends on an instance that takes nothing new. */
  readonly onDrained: () => void;
}

/**
 * One instance: its connections, used last-in-first-out so that few stay warm, and what is known of its health. Not
 * undici's Pool: with one request per connection at a time this is a stack, and it tells a connection that was kept
 * alive from a new one, on which the decision to send a request again depends.
 */
export class Upstream {
  readonly port: number;
  readonly protocol: RoutePolicy['protocol'];
  draining = false;
  removed = false;
  /** Requests, mirrored copies and upgraded connections that run now. */
  inFlight = 0;
  /** On the clock of `performance.now()`. */
  ejectedUntilMs = 0;
  readonly #limits: RouterLimits;
  readonly #perLane: number;
  readonly #onDrained: () => void;
  #failures = 0;
  #lanes = 0;
  /** Lanes that can take a request. */
  readonly #open: Lane[] = [];

  constructor(port: number, protocol: RoutePolicy['protocol'], { limits, onDrained }: UpstreamContext) {
    this.port = port;
    this.protocol = protocol;
    this.#limits = limits;
    this.#onDrained = onDrained;
    this.#perLane = protocol === 'h2c' ? limits.streamsPerConnection : 1;
  }

  /** A connection for one request; undefined when as many run as the limits allow. */
  take(): Lane | undefined {
    let lane = this.#open.at(-1);
    if (lane === undefined) {
      if (this.#lanes >= this.#limits.connectionsPerInstance) return undefined;
      lane = new Lane(this.port, this.protocol, this.#limits);
      this.#lanes++;
      this.#open.push(lane);
    }
    if (++lane.running === this.#perLane) this.#open.pop();
    this.inFlight++;
    return lane;
  }

  /** Gives a connection back after its request has ended in any way. */
  release(lane: Lane): void {
    this.inFlight--;
    const wasFull = lane.running-- === this.#perLane;
    if (this.removed || (lane.running === 0 && this.#open.length >= this.#limits.idleConnectionsPerInstance))
      this.#close(lane, !wasFull);
    else if (wasFull) this.#open.push(lane);
    if (this.draining || this.removed) this.#onDrained();
  }

  /** Counts an upgraded connection, which has a socket of its own. */
  takeUpgraded(): void {
    this.inFlight++;
  }

  /** An upgraded connection has ended. */
  releaseUpgraded(): void {
    this.inFlight--;
    if (this.draining || this.removed) this.#onDrained();
  }

  /** A connection could not be made: after several in a row the instance is passed over, longer each time. */
  failedToConnect(nowMs: number): void {
    const { ejectAfterFailures, ejectMs, ejectMaxMs } = this.#limits;
    if (++this.#failures < ejectAfterFailures) return;
    const doublings = Math.min(this.#failures - ejectAfterFailures, 16);
    this.ejectedUntilMs = nowMs + Math.min(ejectMs * 2 ** doublings, ejectMaxMs);
  }

  /** The instance has answered. */
  answered(): void {
    if (this.#failures === 0) return;
    this.#failures = 0;
    this.ejectedUntilMs = 0;
  }

  /** Takes nothing new and closes each connection when its last request ends. */
  remove(): void {
    this.removed = true;
    for (const lane of [...this.#open]) if (lane.running === 0) this.#close(lane, true);
  }

  #close(lane: Lane, isOpen: boolean): void {
    if (isOpen) {
      const index = this.#open.indexOf(lane);
      if (index >= 0) this.#open.splice(index, 1);
    }
    if (lane.running > 0) return;
    this.#lanes--;
    void lane.client.close();
  }
}
