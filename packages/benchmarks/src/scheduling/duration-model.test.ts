import { expect, test } from 'vitest';
import { DurationModel } from './duration-model.ts';
import { MIXES, type Mix } from './mixes.ts';
import { playedTasks } from './played-tasks.ts';

const mixOf = (name: string): Mix => {
  const found = MIXES.find((mix) => mix.name === name && mix.workers === 8);
  if (found === undefined) throw new Error(`no mix ${name}`);
  return found;
};

function taught(name: string, count: number): DurationModel {
  const model = new DurationModel();
  for (const task of playedTasks(mixOf(name), 4_000, 7).slice(0, count)) model.learn(task, task.workMs, 0);
  return model;
}

test('most of what can be known of durations is learned within a thousand tasks', () => {
  expect(taught('heavy, R² 0.7', 1_000).skill).toBeGreaterThan(0.6);
  expect(taught('heavy, R² 0.3', 1_000).skill).toBeGreaterThan(0.15);
});

test('where nothing can be known all tasks are taken for equally long', () => {
  const model = taught('heavy, R² 0', 2_000);
  for (const task of playedTasks(mixOf('heavy, R² 0'), 200, 8)) expect(model.ratioOf(task)).toBeCloseTo(1, 1);
});

test('what has changed is learned anew', () => {
  expect(taught('kinds drift', 2_000).skill).toBeGreaterThan(0.6);
  expect(taught('kinds drift', 2_300).skill).toBeLessThan(0.5);
  expect(taught('kinds drift', 4_000).skill).toBeGreaterThan(0.6);
});

test('a model that has seen next to nothing says nothing', () => {
  const model = taught('heavy, R² 0.7', 20);
  const [task] = playedTasks(mixOf('heavy, R² 0.7'), 1, 9);
  expect(task && model.ratioOf(task)).toBe(1);
  expect(task && model.expectedLog(task)).toBeNull();
});
