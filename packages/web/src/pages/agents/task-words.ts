import type { TaskStateView } from '@sluice/protocol/http/tasks.ts';
import type { TaskEventView } from '@sluice/protocol/http/task-events.ts';
import type { IconName } from '../../parts/icon.tsx';
import type { Tone } from '../../parts/mark.tsx';

/** Where the tasks of an agent are shown. */
export const tasksAddress = (track: string): string =>
  `/agents/${track.split('/').map(encodeURIComponent).join('/')}`;

/** Where a task is shown. */
export const taskAddress = (task: string): string => `/tasks/${encodeURIComponent(task)}`;

/** How each state looks, in the order of a task's life. */
export const TASK_LOOKS: Readonly<Record<TaskStateView, readonly [Tone, IconName, string]>> = {
  blocked: ['idle', 'lock', 'Blocked'],
  scheduled: ['idle', 'waiting', 'Scheduled'],
  waiting: ['idle', 'waiting', 'Waiting'],
  running: ['moving', 'moving', 'Running'],
  succeeded: ['good', 'good', 'Succeeded'],
  dead: ['bad', 'bad', 'Dead'],
  cancelled: ['warn', 'held', 'Cancelled'],
};

/** Whether nothing becomes of a task any more unless somebody asks for it. */
export const isOver = (state: TaskStateView): boolean => ['succeeded', 'dead', 'cancelled'].includes(state);

/** What a worker told, in a line. */
export function eventWords({ event }: TaskEventView): string {
  switch (event.kind) {
    case 'log':
      return `${event.level}: ${event.message}`;
    case 'progress':
      return `${Math.round(event.part * 100)} % ${event.message}`;
    case 'output':
      return event.text;
    case 'tool-call':
      return `${event.tool} ${event.state}${event.error === null ? '' : `: ${event.error}`}`;
    case 'usage':
      return `${event.inputTokens} tokens in, ${event.outputTokens} out`;
  }
}
