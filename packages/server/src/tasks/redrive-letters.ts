import type { TrackId } from '@sluice/core/kernel/ids.ts';
import { ok, type Result } from '@sluice/core/kernel/result.ts';
import { revisionAt, stickyPlace } from '@sluice/core/traffic/choose.ts';
import type { Split } from '@sluice/core/traffic/split.ts';
import type { Problem } from '@sluice/protocol/http/views.ts';
import type { TaskSummaryRow } from '../store/tasks/task-row.ts';
import type { TaskRecords } from './task-records.ts';
import { notServed, splitUnsteady } from './task-refusals.ts';

/** Dead letters of one track. */
export interface Letters {
  readonly track: TrackId;
  readonly letters: readonly Pick<TaskSummaryRow, 'id' | 'session'>[];
}

/** What letters are dealt with. */
export interface RedrivePorts {
  readonly records: Pick<TaskRecords, 'queue' | 'redrive'>;
  /** Told that something waits in a queue. */
  readonly taken: (tenant: string, queue: TrackId) => void;
}

/** So many changes of a split between two statements do not happen by chance. */
const ATTEMPTS = 10;

/** Deals dead letters by the split in force, again when that was changed meanwhile; gives the ids of those that wait again. */
export async function redriveLetters(
  tenant: string,
  { records, taken }: RedrivePorts,
  { track, letters }: Letters,
): Promise<Result<readonly string[], Problem>> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const queue = await records.queue(tenant, track);
    const { weights, salt } = (queue?.split ?? { weights: [], salt: '' }) as Split;
    if (queue === null || weights.length === 0) return notServed(track);
    const tasks = letters.flatMap(({ id, session }) => {
      const revision = revisionAt(weights, stickyPlace(session ?? id, salt));
      return revision === undefined ? [] : [{ id, revision }];
    });
    const changed = await records.redrive(tenant, { queue: track, generation: queue.generation, tasks });
    if (changed === 'split-changed') continue;
    if (changed.length > 0) taken(tenant, track);
    return ok(changed);
  }
  return splitUnsteady(track);
}
