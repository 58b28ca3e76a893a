import type { Dispatcher } from 'undici';
import type { Arm } from './arm.ts';
import type { Inbound } from './inbound.ts';
import type { Lane, Upstream } from './upstream.ts';
import type { WorkerState } from './worker-state.ts';

/**
 * A copy of a request to the mirror revision. It is sent when the whole body is known, its answer is read and dropped,
 * and it is counted for that revision; the request that it copies never waits for it.
 */
export class MirrorCopy implements Dispatcher.DispatchHandler {
  readonly #state: WorkerState;
  readonly #inbound: Inbound;
  readonly #arm: Arm;
  readonly #timeoutMs: number;
  #chunks: Buffer[] | null = [];
  #bytes = 0;
  #upstream: Upstream | undefined;
  #lane: Lane | undefined;
  #startedAtMs = 0;
  #status = 0;
  #served = 0;

  constructor(state: WorkerState, inbound: Inbound, arm: Arm, timeoutMs: number) {
    this.#state = state;
    this.#inbound = inbound;
    this.#arm = arm;
    this.#timeoutMs = timeoutMs;
  }

  /** Takes a chunk of the body, or null for its end, with which the copy is sent. A body over the limit ends the copy. */
  readonly take = (chunk: Buffer | null): void => {
    if (this.#chunks === null) return;
    if (chunk === null) {
      const body = Buffer.concat(this.#chunks);
      this.#chunks = null;
      this.send(body);
      return;
    }
    this.#bytes += chunk.length;
    if (this.#bytes > this.#state.limits.mirrorBodyBytes) this.#giveUp();
    else this.#chunks.push(chunk);
  };

  /** Sends the copy; one more than the limits allow, or one that finds no instance, is left out and counted. */
  send(body: Buffer | null): void {
    this.#startedAtMs = performance.now();
    if (this.#state.mirrors >= this.#state.limits.mirrorsRunning) return this.#giveUp();
    const upstream = this.#arm.pick(this.#startedAtMs);
    const lane = upstream?.take();
    if (upstream === undefined || lane === undefined) return this.#giveUp();
    this.#state.mirrors++;
    this.#upstream = upstream;
    this.#lane = lane;
    const { method, target, headers } = this.#inbound;
    lane.client.dispatch(
      {
        path: target,
        method,
        headers: [...headers, 'x-sluice-mirror', '1'],
        body,
        headersTimeout: this.#timeoutMs,
        bodyTimeout: this.#timeoutMs,
      },
      this,
    );
  }

  /** Says with which status the original was answered. */
  served(status: number): void {
    this.#served = status;
    this.#compare();
  }

  onRequestStart(): void {
    if (this.#lane !== undefined) this.#lane.sent++;
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number): void {
    if (status >= 200) this.#status = status;
  }

  onResponseData(): void {}

  onResponseEnd(): void {
    this.#arm.counts.answered(this.#status, performance.now() - this.#startedAtMs);
    this.#upstream?.answered();
    this.#release();
    this.#compare();
  }

  onResponseError(): void {
    this.#arm.counts.unanswered(performance.now() - this.#startedAtMs);
    this.#status = -1;
    this.#release();
    this.#compare();
  }

  #compare(): void {
    if (this.#served === 0 || this.#status === 0 || this.#lane !== undefined) return;
    if (this.#served !== this.#status) this.#arm.counts.mirrorDiffered();
  }

  #giveUp(): void {
    this.#chunks = null;
    this.#state.counter.unmirrored();
  }

  #release(): void {
    if (this.#lane === undefined) return;
    this.#upstream?.release(this.#lane);
    this.#lane = undefined;
    this.#state.mirrors--;
  }
}
