import type { CondemnedRevision } from '@sluice/server/store/tasks/condemned-tasks.ts';
import type { Chance } from '../clock/chance.ts';
import type { EventQueue } from '../clock/event-queue.ts';
import type { Story } from '../story/story.ts';
import type { MemoryTasks } from './memory-tasks.ts';
import type { ServerInStory } from './story-of-tasks.ts';
import type { TaskFaults } from './task-faults.ts';
import type { TaskScript } from './task-script.ts';
import type { TaskWatch } from './task-watch.ts';

/** What everybody in a world of tasks may use. */
export interface TaskSurroundings {
  readonly script: TaskScript;
  readonly queue: EventQueue;
  readonly chance: Chance;
  readonly story: Story;
  readonly store: MemoryTasks;
  readonly faults: TaskFaults;
  readonly watch: TaskWatch;
  readonly servers: readonly ServerInStory[];
  /** Tells the other servers that something waits. */
  readonly ring: (by: number) => void;
  /** The release that was taken back last; null when a newer one has begun. */
  readonly takenBack: () => CondemnedRevision | null;
  /** An id by time and chance. */
  readonly newId: (at: number) => string;
}
