import { expect, test } from 'vitest';
import { seededRandom } from '../kernel/prng.ts';
import { randomBinomial } from './random-counts.ts';
import { DEFAULT_WINNER_SPEC, type WinnerState, observeWinner, startWinner, winner } from './winner.ts';

const planned = { ...DEFAULT_WINNER_SPEC, maxSamples: 20_000 };

interface Experiment {
  readonly candidateRate: number;
  readonly stableRate: number;
  readonly seed: number;
}

/** Runs to the end of the plan in steps of 200 trials. */
function runPlanned({ candidateRate, stableRate, seed }: Experiment, spec = planned): WinnerState {
  const random = seededRandom(seed);
  let state = startWinner(spec);
  for (let trials = 0; trials < 20_000 && state.outcome === 'undecided'; trials += 200) {
    state = observeWinner(state, {
      candidate: { trials: 100, events: randomBinomial(random, 100, candidateRate) },
      stable: { trials: 100, events: randomBinomial(random, 100, stableRate) },
    });
  }
  return state;
}

test('a clearly better candidate wins before the planned end, and a clearly worse one loses', () => {
  const better = winner(runPlanned({ candidateRate: 0.13, stableRate: 0.1, seed: 1 }));
  expect(better.winner).toBe('candidate');
  expect(better.difference).toBeCloseTo(0.03, 1);
  expect(better.sentences[0]).toBe('The candidate wins at significance 95 %.');
  const state = runPlanned({ candidateRate: 0.1, stableRate: 0.13, seed: 2 });
  expect(state.outcome).toBe('stable');
  expect(state.candidate.trials + state.stable.trials).toBeLessThan(20_000);
});

test('where fewer events are wanted the arm with fewer wins', () => {
  const spec = { ...planned, goal: 'fewer-events' as const };
  expect(runPlanned({ candidateRate: 0.1, stableRate: 0.13, seed: 2 }, spec).outcome).toBe('candidate');
});

test('equal arms end without a winner, with at most 5 % false ones and ten looks', () => {
  let named = 0;
  for (let seed = 1; seed <= 30; seed++) {
    const state = runPlanned({ candidateRate: 0.1, stableRate: 0.1, seed });
    if (state.outcome !== 'none') named += 1;
    expect(state.looks.length).toBeLessThanOrEqual(10);
  }
  expect(named).toBeLessThanOrEqual(5);
});

test('no winner is named before each arm has thirty events', () => {
  const state = observeWinner(startWinner(planned), {
    candidate: { trials: 10_000, events: 29 },
    stable: { trials: 10_000, events: 400 },
  });
  expect(winner(state).winner).toBe('undecided');
  expect(winner(state).sentences[0]).toContain('30 events');
});

test('without a planned end a big difference is found and an equal pair stays undecided', () => {
  const counts = (events: number) => ({
    candidate: { trials: 5000, events },
    stable: { trials: 5000, events: 500 },
  });
  expect(observeWinner(startWinner(DEFAULT_WINNER_SPEC), counts(650)).outcome).toBe('candidate');
  expect(observeWinner(startWinner(DEFAULT_WINNER_SPEC), counts(520)).outcome).toBe('undecided');
});

test('the state survives being stored', () => {
  const state = runPlanned({ candidateRate: 0.11, stableRate: 0.1, seed: 3 });
  expect(JSON.parse(JSON.stringify(state))).toEqual(state);
});
