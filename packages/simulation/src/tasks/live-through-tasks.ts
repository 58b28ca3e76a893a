import { Story } from '../story/story.ts';
import type { TaskScript } from './task-script.ts';
import { type TaskOutcome, TaskWorld } from './task-world.ts';

/** Lives through a script without writing anything down. */
export const liveThroughTasks = (script: TaskScript): Promise<TaskOutcome> =>
  new TaskWorld(script, new Story(false)).run();

/** Lives through a script and writes the story down. */
export async function tellTasks(
  script: TaskScript,
): Promise<{ readonly outcome: TaskOutcome; readonly text: string }> {
  const story = new Story(true);
  const outcome = await new TaskWorld(script, story).run();
  return { outcome, text: story.text };
}
