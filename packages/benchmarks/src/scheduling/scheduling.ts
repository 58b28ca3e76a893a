import { FormerWeights } from './former-weights.ts';
import type { WorkerBoard } from '@sluice/server/tasks/worker-board.ts';
import type { WorkerHello } from '@sluice/server/tasks/worker-hello.ts';
import type { PlayedTask } from './played-tasks.ts';

/** How an attempt ended, for whoever learns. */
export interface PlayedEnd {
  readonly now: number;
  readonly worker: WorkerHello;
  readonly task: PlayedTask;
  readonly hasFailed: boolean;
  readonly tookMs: number;
}

/** A policy of who is next and who gets it. */
export interface Scheduling {
  /** How many steps of its line a task stands before where it would else stand. */
  boostOf(task: PlayedTask): number;
  roomOf(hello: WorkerHello, wanted: number, waiting: number): number;
  weightOf(hello: WorkerHello, capacity: number): number;
  ended(end: PlayedEnd): void;
}

/** Without anything learned: fair tags, and workers weighed by the mean of their last durations. */
export function plainScheduling(board: WorkerBoard): Scheduling {
  const weights = new FormerWeights();
  return {
    boostOf: () => 0,
    roomOf: (hello, wanted) => board.roomOf(hello, wanted),
    weightOf: (hello, capacity) => weights.weightOf(hello, capacity),
    ended: ({ worker, hasFailed, tookMs }) => {
      if (!hasFailed) weights.took(worker, tookMs);
    },
  };
}

/** As in production: the board weighs workers by their pace. */
export const pacedScheduling = (board: WorkerBoard): Scheduling => ({
  boostOf: () => 0,
  roomOf: (hello, wanted) => board.roomOf(hello, wanted),
  weightOf: (hello, capacity) => board.weightOf(hello, capacity),
  ended: () => undefined,
});
