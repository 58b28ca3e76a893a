import { expect, test } from 'vitest';
import { figuresOf } from './figures.ts';
import { learnedScheduling, shortestFirst } from './learned-scheduling.ts';
import { MIXES, type Mix } from './mixes.ts';
import { type MakeScheduling, playMix } from './play-mix.ts';
import { playedTasks } from './played-tasks.ts';
import { plainScheduling } from './scheduling.ts';

const plain: MakeScheduling = (board) => plainScheduling(board);
const mixOf = (name: string, more: Partial<Mix> = {}): Mix => {
  const found = MIXES.find((mix) => mix.name === name && mix.workers === 8);
  if (found === undefined) throw new Error(`no mix ${name}`);
  return { ...found, ...more };
};

test('every task of every mix ends once, whatever the policy', () => {
  const learned: MakeScheduling = (board, peers, clock) =>
    learnedScheduling(board, { boost: { steps: 8, knee: 1, most: 16 }, places: true }, peers, clock);
  for (const mix of MIXES.filter(({ utilisation }) => utilisation === 0.8))
    for (const make of [plain, learned]) {
      const tasks = playedTasks(mix, 300, 1);
      const outcomes = playMix(mix, tasks, make);
      expect(outcomes.map(({ task }) => task.nth)).toEqual(tasks.map(({ nth }) => nth));
    }
});

test('the fleet is as busy as the mix says', () => {
  const mix = mixOf('even', { utilisation: 0.8 });
  const tasks = playedTasks(mix, 4_000, 2);
  const last = playMix(mix, tasks, plain).reduce((latest, { endedAt }) => Math.max(latest, endedAt ?? 0), 0);
  const work = tasks.reduce((sum, { workMs }) => sum + workMs, 0);
  expect(work / last / mix.workers).toBeCloseTo(0.8, 1);
});

test('one worker with tasks at random takes as long as queueing theory says', () => {
  // M/G/1, by Pollaczek and Khinchine: the mean wait is load / (1 - load) × (1 + c²) / 2 durations.
  const mix: Mix = { ...mixOf('even'), workers: 1, utilisation: 0.5, spread: 0.5 };
  const means = [1, 2, 3, 4].map(
    (seed) => figuresOf(playMix(mix, playedTasks(mix, 8_000, seed), plain)).meanMs,
  );
  const mean = means.reduce((sum, each) => sum + each, 0) / means.length;
  expect(mean / 10_000 / (1 + Math.exp(0.25) / 2)).toBeCloseTo(1, 1);
});

test('cores that are shared make tasks slower, and an attempt that fails is tried again elsewhere', () => {
  const shared = mixOf('shared cores', { utilisation: 0.95 });
  const alone: Mix = { ...shared, coresPerWorker: 4 };
  const tasks = playedTasks(shared, 2_000, 3);
  expect(figuresOf(playMix(shared, tasks, plain)).meanMs).toBeGreaterThan(
    1.3 * figuresOf(playMix(alone, tasks, plain)).meanMs,
  );
  const failing = mixOf('one failing', { failing: 0.9 });
  expect(figuresOf(playMix(failing, playedTasks(failing, 1_000, 3), plain)).givenUp).toBeLessThan(10);
});

test('the shortest first takes less time on average, and leaves long tasks behind', () => {
  const mix = mixOf('heavy, R² 0', { utilisation: 0.95 });
  const tasks = playedTasks(mix, 3_000, 4);
  const [fair, short] = [plain, (board: Parameters<MakeScheduling>[0]) => shortestFirst(board)].map((make) =>
    figuresOf(playMix(mix, tasks, make)),
  );
  expect(short?.meanMs).toBeLessThan(0.8 * (fair?.meanMs ?? 0));
  expect(short?.mostOvertaken).toBeGreaterThan(fair?.mostOvertaken ?? 0);
});
