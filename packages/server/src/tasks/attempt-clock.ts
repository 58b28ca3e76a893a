/**
 * Purpose: ends attempts that take longer than their revision allows.
 *
 * Owns a timer for each attempt of a worker that is connected here. 1. Such an attempt has failed with class `timeout`, as if
 * the worker had said so, and the worker is told to stop. 2. A worker that comes back, here or to another server, has what is
 * left of the time since the attempt began. 3. What a worker has that does not come back ends with its lease.
 */
import { formatDuration } from '@sluice/core/kernel/duration.ts';
import type { Instant } from '@sluice/core/kernel/instant.ts';
import type { LeaseFence } from '../store/tasks/settle-tasks.ts';
import type { WorkerDoor } from './dispatcher.ts';
import type { WorkerHello } from './worker-hello.ts';
import { realTimers, type Timers } from './timers.ts';
import type { KnownTerms } from './task-terms.ts';
import type { WorkerDesk, WorkerVisit } from './worker-desk.ts';

/** What attempts are timed with. */
export interface AttemptClockPorts {
  readonly terms: Pick<KnownTerms, 'of'>;
  readonly now: () => Instant;
  /** Told that the end of an attempt could not be written; it is tried again. */
  readonly failed: (thrown: unknown) => void;
  /** The process's own without. */
  readonly timers?: Timers;
}

type Lease = Pick<LeaseFence, 'id' | 'attempt'>;

/** After this the end of an attempt is written again that could not be written, in ms. */
const AGAIN_MS = 1_000;

/** A desk at which no attempt takes longer than it may. */
export const timedDesk = (desk: WorkerDesk, ports: AttemptClockPorts): WorkerDesk => ({
  welcome: (hello, door) => {
    const clocks = new AttemptClocks(hello, door, ports);
    const visit = desk.welcome(hello, {
      assign: (task) => {
        clocks.begin(task, ports.now());
        door.assign(task);
      },
      revoke: (lease) => {
        clocks.forget(lease);
        door.revoke(lease);
      },
    });
    clocks.visit = visit;
    return {
      ...visit,
      resume: async (leases) => {
        const held = await visit.resume(leases);
        for (const { id, attempt } of leases) {
          const lease = held.get(id);
          if (lease?.attempt === attempt) clocks.begin({ id, attempt }, lease.startedAt);
        }
        return held;
      },
      end: async (id, attempt, word) => {
        clocks.forget({ id, attempt });
        return visit.end(id, attempt, word);
      },
      close: () => {
        clocks.close();
        visit.close();
      },
    };
  },
});

class AttemptClocks {
  visit: Pick<WorkerVisit, 'end'> | undefined;
  readonly #hello: WorkerHello;
  readonly #door: Pick<WorkerDoor, 'revoke'>;
  readonly #ports: AttemptClockPorts;
  readonly #timers: Timers;
  readonly #stops = new Map<string, () => void>();
  #isClosed = false;

  constructor(hello: WorkerHello, door: Pick<WorkerDoor, 'revoke'>, ports: AttemptClockPorts) {
    this.#hello = hello;
    this.#door = door;
    this.#ports = ports;
    this.#timers = ports.timers ?? realTimers;
  }

  begin({ id, attempt }: Lease, startedAt: Instant): void {
    const { tenant, queue, revision } = this.#hello;
    // An attempt that has ended before this is known is not the worker's any more when the time is over.
    this.#ports.terms.of(tenant, queue, revision).then(({ timeoutMs }) => {
      if (timeoutMs !== null)
        this.#set({ id, attempt }, timeoutMs, startedAt + timeoutMs - this.#ports.now());
    }, this.#ports.failed);
  }

  forget(lease: Lease): void {
    this.#stops.get(nameOf(lease))?.();
    this.#stops.delete(nameOf(lease));
  }

  close(): void {
    this.#isClosed = true;
    for (const stop of this.#stops.values()) stop();
    this.#stops.clear();
  }

  #set(lease: Lease, timeoutMs: number, leftMs: number): void {
    if (this.#isClosed) return;
    this.forget(lease);
    const stop = this.#timers.after(Math.max(0, leftMs), () => {
      this.#stops.delete(nameOf(lease));
      this.#end(lease, timeoutMs).catch((thrown: unknown) => {
        this.#ports.failed(thrown);
        this.#set(lease, timeoutMs, AGAIN_MS);
      });
    });
    this.#stops.set(nameOf(lease), stop);
  }

  async #end({ id, attempt }: Lease, timeoutMs: number): Promise<void> {
    const message = `it took longer than ${formatDuration(timeoutMs)}`;
    const word = { kind: 'failed', failureClass: 'timeout', message, retryAfterMs: null } as const;
    if (await this.visit?.end(id, attempt, word)) this.#door.revoke({ id, attempt });
  }
}

const nameOf = ({ id, attempt }: Lease): string => `${id} ${attempt}`;
