import type { RevisionId, TrackId } from '@sluice/core/kernel/ids.ts';
import type { WorkerHello } from '../../tasks/worker-hello.ts';

/** A session of a worker, for those who want something of it from outside. */
export interface OpenSession {
  readonly hello: WorkerHello;
  /** Asks the worker to finish what it has, to want no more, and to leave. */
  drain(): void;
  /** Ends it, because its worker has come back on another connection. */
  replaced(): void;
}

/** Whose workers are meant; what is left out is any. */
export interface WorkersNamed {
  readonly tenant: string;
  readonly queue: TrackId;
  readonly revision?: RevisionId;
  readonly worker?: string;
}

/** The sessions that are open on this server: one for each worker, the latest. */
export class WorkSessions {
  readonly #open = new Map<string, OpenSession>();

  /** Notes a session; gives what to call when it ends. */
  enter(session: OpenSession): () => void {
    const key = keyOf(session.hello);
    const before = this.#open.get(key);
    this.#open.set(key, session);
    before?.replaced();
    return () => {
      if (this.#open.get(key) === session) this.#open.delete(key);
    };
  }

  /** Asks workers to finish and leave; gives how many are connected here. */
  drain({ tenant, queue, revision, worker }: WorkersNamed): number {
    const named = [...this.#open.values()].filter(
      ({ hello }) =>
        hello.tenant === tenant &&
        hello.queue === queue &&
        (revision === undefined || hello.revision === revision) &&
        (worker === undefined || hello.worker === worker),
    );
    for (const session of named) session.drain();
    return named.length;
  }
  /** Asks one worker to finish and leave; gives whether it is connected here. */
  drainWorker(tenant: string, worker: string): boolean {
    const named = [...this.#open.values()].filter(
      ({ hello }) => hello.tenant === tenant && hello.worker === worker,
    );
    for (const session of named) session.drain();
    return named.length > 0;
  }
}

/** A worker that says it has the name of one of another agent does not take its place. */
const keyOf = ({ tenant, queue, worker }: WorkerHello): string => JSON.stringify([tenant, queue, worker]);
