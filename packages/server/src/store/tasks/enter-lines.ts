import type { TrackId } from '@sluice/core/kernel/ids.ts';
import { type RawBuilder, sql } from 'kysely';

/** For a statement in which `taken` names tasks with the revision and the lane whose line they enter. */
export interface EnteredLines {
  /** Makes the lines that are not there, as one more part of its `with`. */
  readonly lines: RawBuilder<unknown>;
  /** Where they stand: at what their line has served, which is its head. */
  readonly tag: RawBuilder<unknown>;
}

/** How tasks that come from elsewhere stand in the lines of a queue. */
export const enterLines = (tenant: string, queue: TrackId): EnteredLines => ({
  lines: sql`lines as (
      insert into task_lines (tenant, queue, revision, lane)
      select distinct ${tenant}, ${queue}::text, revision, lane from taken order by revision, lane
      on conflict do nothing)`,
  tag: sql`coalesce((select served from task_lines as line where line.tenant = ${tenant} and line.queue = ${queue}
        and line.revision = taken.revision and line.lane = taken.lane), 0)`,
});
