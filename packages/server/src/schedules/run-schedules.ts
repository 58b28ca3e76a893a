import type { Logger } from 'pino';
import type { RevisionId, TrackId } from '@sluice/core/kernel/ids.ts';
import type { Instant } from '@sluice/core/kernel/instant.ts';
import type { ScheduleSpec } from '@sluice/core/tasks/schedule-spec.ts';
import type { Database } from '../store/database/open-database.ts';
import type { TaskDesk } from '../tasks/task-desk.ts';
import { fileSchedules } from './file-schedules.ts';
import { scheduleClock } from './schedule-clock.ts';
import type { ScheduleRegistry } from './schedule-registry.ts';
import { storedSchedules } from './stored-schedules.ts';

/** What schedules run over. */
export interface ScheduleParts {
  readonly db: Database;
  readonly tenant: string;
  readonly log: Logger;
  readonly now: () => Instant;
  readonly desk: Pick<TaskDesk, 'submit'>;
  /** The tracks of agents, each with its stable revision. */
  readonly tracks: () => Promise<readonly { readonly id: TrackId; readonly stable: RevisionId | null }[]>;
  /** What a revision declares. */
  readonly declared: (track: TrackId, revision: RevisionId) => Promise<readonly ScheduleSpec[]>;
}

/** Schedules that run. */
export interface RunningSchedules {
  readonly registry: ScheduleRegistry;
  close(): Promise<void>;
}

/** Starts everything that schedules need; any number of servers may do it over one database. */
export function runSchedules(parts: ScheduleParts): RunningSchedules {
  const clock = scheduleClock(parts);
  const files = fileSchedules(parts);
  return {
    registry: storedSchedules(parts.db, parts.tenant, parts.now),
    close: async () => {
      await Promise.all([clock.stop(), files.stop()]);
    },
  };
}
