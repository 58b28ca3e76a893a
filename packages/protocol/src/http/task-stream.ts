import type { ApiConnection, ApiFailure } from './api-call.ts';
import { followFrames, type StreamedFrame } from './event-source.ts';
import { type TaskEventView, taskEventSchema } from './task-events.ts';
import { type TaskView, taskSchema } from './tasks.ts';

/** What becomes of a task, word by word. */
export type TaskWordView =
  /** It stands otherwise than before; how, the task says. */
  | { readonly kind: 'status' }
  | { readonly kind: 'event'; readonly event: TaskEventView }
  /** The last word. */
  | { readonly kind: 'ended'; readonly task: TaskView };

/** From where on a task is followed. */
export interface TaskFollowing {
  /** Only events after this sequence; 0 for all. */
  readonly after: number;
  readonly signal: AbortSignal;
}

/** Follows a task until it has ended, under the rules of `followEvents`; null without `ended` means: follow on. */
export async function* followTask(
  connection: ApiConnection,
  id: string,
  { after, signal }: TaskFollowing,
): AsyncGenerator<TaskWordView, ApiFailure | null> {
  const path = `/api/v1/tasks/${encodeURIComponent(id)}/stream?after=${after}`;
  const frames = followFrames(connection, path, signal);
  for (let step = await frames.next(); ; step = await frames.next()) {
    if (step.done) return step.value;
    const word = wordIn(step.value);
    if (word) yield word;
  }
}

function wordIn({ event: kind, data }: StreamedFrame): TaskWordView | undefined {
  if (kind === 'status') return { kind };
  if (kind === 'event') {
    const event = taskEventSchema.safeParse(data).data;
    return event && { kind, event };
  }
  const task = kind === 'ended' ? taskSchema.safeParse(data).data : undefined;
  return task && { kind: 'ended', task };
}
