import type { Logger } from 'pino';
import type { TrackId } from '@sluice/core/kernel/ids.ts';
import type { Instant } from '@sluice/core/kernel/instant.ts';
import type { Result } from '@sluice/core/kernel/result.ts';
import type { Database } from '../store/database/open-database.ts';
import type { TaskDesk } from '../tasks/task-desk.ts';

/** What workflows are moved with. */
export interface WorkflowPorts {
  readonly db: Database;
  /** Makes a task of what is asked, dealt by a split. */
  readonly make: TaskDesk['make'];
  /** An id for a task, or a workflow, that comes in now. */
  readonly newId: () => string;
  readonly now: () => Instant;
  /** Keeps payloads that inputs stand for; refused when one is not there. Nobody does without. */
  readonly hold?: (
    db: Database,
    tenant: string,
    uses: readonly { readonly payload: string; readonly task: string }[],
  ) => Promise<Result<null>>;
  /** Told that something waits in a queue. */
  readonly taken: (tenant: string, queue: TrackId) => void;
  /** Told that a task was taken away from whoever has it. */
  readonly revoked: (id: string) => void;
  readonly log: Logger;
}

/** What others are told once a transaction stands. */
export interface WorkflowEffects {
  readonly queues: Set<TrackId>;
  readonly revoked: Set<string>;
}

/** Nothing to tell yet. */
export const noEffects = (): WorkflowEffects => ({ queues: new Set(), revoked: new Set() });

/** Tells them all at once. */
export function tellEffects(
  ports: WorkflowPorts,
  tenant: string,
  { queues, revoked }: WorkflowEffects,
): void {
  for (const queue of queues) ports.taken(tenant, queue);
  for (const id of revoked) ports.revoked(id);
}
