import { liveThroughTasks } from './live-through-tasks.ts';
import { taskScriptOfSeed } from './task-script-of-seed.ts';
import type { TaskSums } from './task-watch.ts';

/** How often progress is told, in stories. */
const TOLD_EVERY = 1_000;

/** What many stories of tasks came to together. */
export interface TaskSeedSums extends TaskSums {
  readonly broken: readonly number[];
}

/** Lives through the stories of consecutive seeds. */
export async function runTaskSeeds(
  from: number,
  count: number,
  progress: (done: number, broken: number) => void = () => undefined,
): Promise<TaskSeedSums> {
  const broken: number[] = [];
  const sums = {
    ...{ tasks: 0, attempts: 0, succeeded: 0, dead: 0, moved: 0 },
    ...{ leftOut: 0, copies: 0, secondChances: 0 },
  };
  for (let seed = from; seed < from + count; seed++) {
    const outcome = await liveThroughTasks(taskScriptOfSeed(seed));
    if (outcome.broken) broken.push(seed);
    for (const key of Object.keys(sums) as (keyof TaskSums)[]) sums[key] += outcome.sums[key];
    if ((seed - from + 1) % TOLD_EVERY === 0) progress(seed - from + 1, broken.length);
  }
  return { ...sums, broken };
}
