import { type TrackId, trackId } from '@sluice/core/kernel/ids.ts';
import type { TaskRegistry } from '@sluice/server/tasks/task-registry.ts';
import type { LeaseFence } from '@sluice/server/store/tasks/settle-tasks.ts';
import type { WorkSessions } from '@sluice/server/api/grpc/work-sessions.ts';
import type { TrafficRouter } from '@sluice/server/routing/traffic-router.ts';
import type { Dispatcher } from '@sluice/server/tasks/dispatcher.ts';
import type { WorkerDesk } from '@sluice/server/tasks/worker-desk.ts';

/** The tenant of all stories. */
export const TENANT = 'default';
/** The one queue. */
export const QUEUE: TrackId = trackId('shop', 'production', 'agent');
/** How long a worker may be silent, in ms: shorter than in production, so that stories are. */
export const LEASE_MS = 1_500;

/** An attempt at a task. */
export type AttemptName = Pick<LeaseFence, 'id' | 'attempt'>;

/** What an attempt is answered with by who really made it. */
export const resultOf = (worker: string, attempt: number): string => `${worker}#${attempt}`;
/** What a liar says. */
export const LIE = 'a lie';

/** What a server that is up is asked. */
export interface ServerParts {
  readonly registry: TaskRegistry;
  readonly router: TrafficRouter;
  readonly workers: WorkerDesk;
  readonly sessions: WorkSessions;
  readonly dispatcher: Dispatcher;
}

/** A server, for those who speak to it. */
export interface ServerInStory {
  readonly name: string;
  /** Null while it is down. */
  readonly parts: ServerParts | null;
  /** Calls back when it dies; gives what takes that back. */
  mournedBy(mourner: () => void): () => void;
  /** Lets something happen in this life of the server, once it is awake. */
  happens(happen: () => void): void;
  /** Lets something happen later in this life, after so many ms. */
  later(delayMs: number, happen: () => void): void;
}
