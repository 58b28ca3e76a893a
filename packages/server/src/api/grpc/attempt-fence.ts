import type { AttemptFence } from '@sluice/protocol/generated/sluice/agents/v1/memory_pb.js';
import { ok, refuse, type Result } from '@sluice/core/kernel/result.ts';
import type { AttemptHolder } from '@sluice/core/tasks/attempt-holder.ts';
import { isTaskId } from '../../tasks/task-id.ts';

/** What a column of attempts holds. */
const MOST_ATTEMPTS = 2 ** 31 - 1;

/** Who speaks, and of which attempt, in a call of a worker. */
export function fenceIn(said: AttemptFence | undefined): Result<AttemptHolder> {
  const { taskId = '', attempt = 0, worker = '' } = said ?? {};
  if (isTaskId(taskId) && attempt <= MOST_ATTEMPTS && worker !== '' && !worker.includes('\0'))
    return ok({ id: taskId, attempt, worker });
  return refuse(
    'invalid-attempt',
    'The call does not say of which attempt it is.',
    'Send the name of the worker, and id and attempt of the task as they were assigned.',
  );
}
