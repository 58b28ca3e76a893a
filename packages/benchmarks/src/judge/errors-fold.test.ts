import { startJudge, observeTicks } from '@sluice/core/analysis/judge.ts';
import { randomBinomial, randomPoisson } from '@sluice/core/analysis/random-counts.ts';
import { type Random, seededRandom } from '@sluice/core/kernel/prng.ts';
import { expect, test } from 'vitest';
import { emptyCounts, foldErrors, isShippedRollback, startErrorsFold } from './errors-fold.ts';
import { drawBaseline, independentErrors, specOf } from './errors-rollout.ts';
import { ALPHA } from './traffic-cell.ts';

interface Rollout {
  readonly share: number;
  readonly candidateRate: number;
  readonly dispersion: number;
  readonly seed: number;
}

/** The second of the shipped rollback by the benchmark's fold and by the judge itself, from the same counts. */
function bothSeconds({ share, candidateRate, dispersion, seed }: Rollout): readonly (number | null)[] {
  const random = seededRandom(seed);
  const scenario = independentErrors({ requestsPerSecond: 20, share }, candidateRate);
  const baseline = { ...drawBaseline(random, scenario), dispersion };
  const fold = startErrorsFold(specOf(scenario), baseline);
  let state = startJudge(specOf(scenario), baseline);
  let byFold: number | null = null;
  for (let second = 1; second <= 300; second++) {
    const counts = drawCounts(random, share, candidateRate);
    const warmingUp = second <= 10;
    foldErrors(fold, counts, warmingUp);
    if (byFold === null && isShippedRollback(fold, ALPHA, share)) byFold = second;
    const tick = {
      at: (second - 1) * 1000,
      durationMs: 1000,
      candidate: { requests: counts.candidateTrials, errors: counts.candidateEvents, latency: [] },
      stable: { requests: counts.stableTrials, errors: counts.stableEvents, latency: [] },
      warmingUp,
    };
    state = observeTicks(state, [tick], { shareBasisPoints: Math.round(share * 10_000) });
  }
  return [byFold, state.failedAt === null ? null : state.failedAt / 1000];
}

function drawCounts(random: Random, share: number, candidateRate: number) {
  const counts = emptyCounts();
  counts.candidateTrials = randomPoisson(random, 20 * share);
  counts.stableTrials = randomPoisson(random, 20 * (1 - share));
  counts.candidateEvents = randomBinomial(random, counts.candidateTrials, candidateRate);
  counts.stableEvents = randomBinomial(random, counts.stableTrials, 0.02);
  return counts;
}

test('the fold of the benchmark and the judge that ships roll back in the same second', () => {
  let rolledBack = 0;
  for (let seed = 1; seed <= 40; seed++) {
    for (const share of [0.05, 0.4, 0.9]) {
      const rollout = { share, candidateRate: seed % 2 === 0 ? 0.1 : 0.03, dispersion: 1 + (seed % 3), seed };
      const [byFold, byJudge] = bothSeconds(rollout);
      expect(byFold).toBe(byJudge);
      if (byFold !== null) rolledBack += 1;
    }
  }
  expect(rolledBack).toBeGreaterThan(20);
  expect(rolledBack).toBeLessThan(120);
});
