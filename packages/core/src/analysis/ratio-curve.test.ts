import { expect, test } from 'vitest';
import { seededRandom } from '../kernel/prng.ts';
import type { Batch } from './batch.ts';
import { randomBinomial } from './random-counts.ts';
import {
  addCurveBatch,
  curveGrid,
  likeliestRatio,
  logPassEvidence,
  lowerRatio,
  passGrid,
  upperRatio,
} from './ratio-curve.ts';

interface Run {
  readonly oddsRatio: number;
  readonly batches: number;
  readonly seed: number;
}

/** Feeds batches of 100 candidate and 300 stable requests at a stable rate of 2 %, and calls back after each. */
function run({ oddsRatio, batches, seed }: Run, look: (curve: readonly number[]) => void): void {
  const random = seededRandom(seed);
  const grid = curveGrid(2);
  const curve = grid.map(() => 0);
  const odds = (0.02 / 0.98) * oddsRatio;
  for (let i = 0; i < batches; i++) {
    const batch: Batch = {
      candidateTrials: 100,
      candidateEvents: randomBinomial(random, 100, odds / (1 + odds)),
      stableTrials: 300,
      stableEvents: randomBinomial(random, 300, 0.02),
    };
    addCurveBatch(curve, grid, batch, 1);
    look(curve);
  }
}

test('the grid holds the ratios of the pass test and the one to be excluded, ascending', () => {
  for (const grid of [curveGrid(2), curveGrid(1.9), passGrid(1.9)]) {
    expect(grid.toSorted((a, b) => a - b)).toEqual(grid);
    for (const ratio of [0.25, 0.5, 0.75, 1, 1.25]) expect(grid).toContain(ratio);
  }
  expect(curveGrid(1.9)).toContain(1.9);
  expect(passGrid(1.9).at(-1)).toBe(1.9);
});

test('with no batch nothing is excluded', () => {
  const grid = curveGrid(2);
  const curve = grid.map(() => 0);
  expect([lowerRatio(curve, grid, 0.05), upperRatio(curve, grid, 0.05)]).toEqual([0, null]);
  expect(likeliestRatio(curve, grid, 0.25)).toBeCloseTo(1, 2);
  expect(logPassEvidence(curve, grid, 2)).toBe(0);
});

test('much evidence closes in on the true ratio', () => {
  const grid = curveGrid(2);
  let ends: readonly (number | null)[] = [];
  run({ oddsRatio: 3, batches: 400, seed: 1 }, (curve) => {
    ends = [
      lowerRatio(curve, grid, 0.025),
      likeliestRatio(curve, grid, 0.25),
      upperRatio(curve, grid, 0.025),
    ];
  });
  expect(ends[0]).toBeGreaterThanOrEqual(2);
  expect(ends[1]).toBeCloseTo(3, 0);
  expect(ends[2]).toBeLessThanOrEqual(4);
});

test('at all times together the interval misses the true ratio in less than 5 % of rollouts', () => {
  const grid = curveGrid(2);
  let missed = 0;
  for (let seed = 1; seed <= 300; seed++) {
    let isMissed = false;
    run({ oddsRatio: 1.5, batches: 60, seed }, (curve) => {
      const [low, high] = [lowerRatio(curve, grid, 0.025), upperRatio(curve, grid, 0.025)];
      if (low >= 1.5 || (high !== null && high <= 1.5)) isMissed = true;
    });
    if (isMissed) missed += 1;
  }
  expect(missed / 300).toBeLessThanOrEqual(0.05);
});

test('a candidate that is twice as bad is passed in less than 5 % of rollouts, and an equal one mostly', () => {
  const passed = { equal: 0, twice: 0 };
  for (let seed = 1; seed <= 300; seed++) {
    for (const [name, oddsRatio] of [
      ['equal', 1],
      ['twice', 2],
    ] as const) {
      let isPassed = false;
      run({ oddsRatio, batches: 80, seed }, (curve) => {
        if (logPassEvidence(curve, curveGrid(2), 2) >= Math.log(20)) isPassed = true;
      });
      if (isPassed) passed[name] += 1;
    }
  }
  expect(passed.twice / 300).toBeLessThanOrEqual(0.05);
  expect(passed.equal / 300).toBeGreaterThan(0.5);
});
