import type { Instant } from '../kernel/instant.ts';
import type { Permission } from './permissions.ts';

/** Stands for every project, or every environment. */
export const EVERY = '*';

/** What a role allows, and where. */
export interface Grant {
  /** The role that it came with, for explanations. */
  readonly role: string;
  readonly permissions: readonly Permission[];
  /** The name of a project, or `*`. */
  readonly project: string;
  /** The name of an environment, or `*`. */
  readonly environment: string;
}

/** Who makes a request, once it is known. */
export interface Caller {
  readonly tenant: string;
  /** `person:ada@example.com`, `token:ci`, `workload:github`, `worker:shop/production/triage`, `anonymous`. */
  readonly subject: string;
  /** What people call it. */
  readonly name: string;
  /** Groups of the identity provider that it belongs to. */
  readonly groups: readonly string[];
  readonly grants: readonly Grant[];
  /** Of a worker: the one track whose tasks it serves, whatever its grants say of others; left out for everybody else. */
  readonly track?: string;
  /** When what let it in ends, and with it everything that it may; left out of people, and where it never does. */
  readonly until?: Instant;
}

/** The subject of the workers of a track. */
export const workerSubject = (track: string): string => `${WORKER}${track}`;

/** The track of a worker by its subject; null for the subject of somebody else. */
export const trackOfWorker = (subject: string): string | null =>
  subject.startsWith(WORKER) ? subject.slice(WORKER.length) : null;

const WORKER = 'worker:';

/** The subject of whoever has shown nothing. */
export const ANONYMOUS = 'anonymous';
