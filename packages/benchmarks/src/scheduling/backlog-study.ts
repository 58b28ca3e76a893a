/** How well the work that waits is foretold, in seconds: by its number and the mean of what ended lately, or task by task. */
import { median } from '../median.ts';
import { DurationModel } from './duration-model.ts';
import type { Mix } from './mixes.ts';
import { type PlayedTask, playedTasks } from './played-tasks.ts';

/** What a pool is told of how long attempts take: the mean of so many that ended last. */
const LATELY = 200;
/** Tasks that have ended before the first look. */
const LEARNED = 600;
const WAITING = 50;

/** How far foretold work is from true work: the median of `|ln(foretold / true)|`, as a factor. */
export interface BacklogErrors {
  readonly byNumber: number;
  readonly byTask: number;
}

/** Looks at fifty tasks that wait, again and again; `isSorted` has batches of one kind come in. */
export function backlogErrors(mix: Mix, seeds: readonly number[], isSorted: boolean): BacklogErrors {
  const looks = seeds.flatMap((seed) => looksOf(playedTasks(mix, 3_000, seed), isSorted));
  return {
    byNumber: Math.exp(median(looks.map(({ byNumber }) => Math.abs(byNumber)))),
    byTask: Math.exp(median(looks.map(({ byTask }) => Math.abs(byTask)))),
  };
}

function looksOf(tasks: readonly PlayedTask[], isSorted: boolean): readonly BacklogErrors[] {
  const model = new DurationModel();
  const looks: BacklogErrors[] = [];
  const sum = (those: readonly PlayedTask[]): number => those.reduce((all, { workMs }) => all + workMs, 0);
  for (const [nth, task] of tasks.entries()) {
    if (nth >= LEARNED && nth % WAITING === 0) {
      const next = tasks.slice(nth, nth + 4 * WAITING);
      const waiting = (isSorted ? next.filter(({ kind }) => kind === task.kind) : next).slice(0, WAITING);
      const meanMs = sum(tasks.slice(nth - LATELY, nth)) / LATELY;
      const foretold = waiting.reduce((all, each) => all + model.ratioOf(each) * meanMs, 0);
      const truth = sum(waiting);
      looks.push({
        byNumber: Math.log((waiting.length * meanMs) / truth),
        byTask: Math.log(foretold / truth),
      });
    }
    model.learn(task, task.workMs, 0);
  }
  return looks;
}
