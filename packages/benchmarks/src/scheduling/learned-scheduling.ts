import { mostEjected } from '@sluice/core/tasks/outlier.ts';
import type { WorkerBoard } from '@sluice/server/tasks/worker-board.ts';
import type { WorkerHello } from '@sluice/server/tasks/worker-hello.ts';
import { DurationModel } from './duration-model.ts';
import { MEAN_MS, type PlayedTask } from './played-tasks.ts';
import { plainScheduling, type PlayedEnd, type Scheduling } from './scheduling.ts';
import { WorkerModel } from './worker-model.ts';

/** How far short tasks stand before where they would else stand. */
export interface BoostShape {
  /** Steps of the line that one natural logarithm is worth. */
  readonly steps: number;
  /** What is longer than so many times the mean is not moved. */
  readonly knee: number;
  /** Nothing stands further ahead than so many steps. */
  readonly most: number;
}

/**
 * Steps that a task stands ahead, by how long it takes beside the mean: the boost function of Yu and Scully, Strongly
 * Tail-Optimal Scheduling in the Light-Tailed M/G/1 (2024), with an end.
 */
export const boostSteps = ({ steps, knee, most }: BoostShape, ratio: number): number =>
  Math.min(most, -steps * Math.log(-Math.expm1(-ratio / knee)));

/** What of what is learned is used. */
export interface LearnedOptions {
  readonly boost: BoostShape | null;
  readonly places: boolean;
}

/** A worker whose tasks cost this much less is waited for, if it is free soon enough. */
const BETTER = 0.8;

/** Whoever uses what was learned: short tasks first within their key and priority, or no task to whom it is better to wait for. */
export function learnedScheduling(
  board: WorkerBoard,
  { boost, places }: LearnedOptions,
  peers: readonly { readonly hello: WorkerHello; readonly places: number }[],
  clock: { readonly now: number },
): Scheduling & { readonly durations: DurationModel } {
  const durations = new DurationModel();
  const workers = new WorkerModel();
  const plain = plainScheduling(board);
  const fewest = peers.length - mostEjected(peers.length);
  const costOf = (hello: WorkerHello): number => workers.costOf(hello.worker, clock.now, durations.spread);
  let costs = { at: -1, costs: [] as readonly { readonly cost: number; readonly places: number }[] };
  const waitedFor = (hello: WorkerHello, waiting: number): boolean => {
    if (costs.at !== clock.now)
      costs = {
        at: clock.now,
        costs: peers.map((peer) => ({ cost: costOf(peer.hello), places: peer.places })),
      };
    const cost = costOf(hello);
    const better = costs.costs.filter((peer) => peer.cost < BETTER * cost);
    if (better.length < fewest) return false;
    const best = Math.min(...better.map((peer) => peer.cost));
    const perMean = better.reduce((sum, peer) => sum + peer.places / peer.cost, 0);
    return cost > best + (waiting + 1) / perMean;
  };
  return {
    durations,
    boostOf: (task) => (boost === null ? 0 : boostSteps(boost, durations.ratioOf(task))),
    roomOf: (hello, wanted, waiting) => {
      const room = plain.roomOf(hello, wanted, waiting);
      return places && room > 0 && waitedFor(hello, waiting) ? 0 : room;
    },
    weightOf: (hello, capacity) => (places ? capacity / costOf(hello) : plain.weightOf(hello, capacity)),
    ended: ({ now, worker, task, hasFailed, tookMs }: PlayedEnd) => {
      const expected = durations.expectedLog(task);
      const effect = expected === null ? 0 : Math.log(Math.max(1, tookMs)) - expected;
      workers.learn(worker.worker, now, { hasFailed, effect });
      plain.ended({ now, worker, task, hasFailed, tookMs });
      if (!hasFailed) durations.learn(task, tookMs, workers.effectOf(worker.worker, now));
    },
  };
}

/** Whoever knows what each task takes, and orders by it as the learned policy orders by what it expects. */
export const knowingScheduling = (board: WorkerBoard, boost: BoostShape): Scheduling => ({
  ...plainScheduling(board),
  boostOf: ({ workMs }: PlayedTask) => boostSteps(boost, workMs / MEAN_MS),
});

/** The shortest first, whoever sent it: what it would come to if nobody asked for fairness. */
export const shortestFirst = (board: WorkerBoard): Scheduling => ({
  ...plainScheduling(board),
  boostOf: ({ workMs }: PlayedTask) => 1e12 - workMs,
});
