import { observeTicks, startJudge } from '@sluice/core/analysis/judge.ts';
import { DEFAULT_JUDGE_SPEC } from '@sluice/core/analysis/judge-spec.ts';
import { randomBinomial, randomPoisson } from '@sluice/core/analysis/random-counts.ts';
import { type Random, seededRandom } from '@sluice/core/kernel/prng.ts';
import { expect, it } from 'vitest';
import { testRevisionId, testTrack } from '../../targets/testing/test-revision.ts';
import { providerOver } from './testing/provider-over.ts';
import { RememberedScrapes } from './testing/remembered-scrapes.ts';

const [STABLE, CANDIDATE] = [testRevisionId(1), testRevisionId(2)];
const START = 100 * 24 * 3_600_000;
const SCRAPE_S = 15;
const SECONDS = 480;
const RUNS = 100;
const NOTHING = { requests: 0, errors: 0, latency: [] };
const BASELINE = {
  requestsPerSecond: 100,
  errorRate: 0.001,
  historyRequests: 8_640_000,
  historyErrors: 8_640,
  dispersion: 1,
  latencyThresholdsMs: [],
  latencySpreads: [],
};

/** A pod with 20 requests a second, of which so many fail; scraped at moments of its own. */
function scrapePod(
  scrapes: RememberedScrapes,
  target: string,
  random: Random,
  failing: (second: number) => number,
) {
  const offset = random() * SCRAPE_S;
  let [ok, failed, done] = [0, 0, -60];
  for (let second = offset - 60; second < SECONDS; second += SCRAPE_S) {
    for (; done < second; done++) {
      const requests = randomPoisson(random, 20);
      const errors = randomBinomial(random, requests, failing(done));
      ok += requests - errors;
      failed += errors;
    }
    const at = START + Math.round(second * 1000);
    scrapes.add({ at, target, values: { 'requests{status="200"}': ok, 'requests{status="500"}': failed } });
  }
}

/** Whether the judge rolls a candidate back, of which one pod runs beside four of the stable revision. */
async function isRolledBack(seed: number, candidateFails: number, stableFails: number): Promise<boolean> {
  const random = seededRandom(seed);
  const begins = 120 + Math.floor(random() * 200);
  const failing = (rate: number) => (second: number) =>
    second >= begins && second < begins + 60 ? rate : 0.001;
  const scrapes = new RememberedScrapes();
  scrapePod(scrapes, `${CANDIDATE}-pod0`, random, failing(candidateFails));
  for (let pod = 0; pod < 4; pod++) scrapePod(scrapes, `${STABLE}-pod${pod}`, random, failing(stableFails));
  scrapes.now = START + SECONDS * 1000;
  const provider = providerOver(scrapes, [STABLE, CANDIDATE]);
  const observed = await provider.observe(testTrack('web'), START);
  if (observed.kind !== 'ticks') throw new Error(observed.message);
  const ticks = observed.ticks.map(({ at, durationMs, arms }) => ({
    at,
    durationMs,
    candidate: arms[CANDIDATE] ?? NOTHING,
    stable: arms[STABLE] ?? NOTHING,
    warmingUp: false,
  }));
  const judged = observeTicks(startJudge(DEFAULT_JUDGE_SPEC, BASELINE), ticks, { shareBasisPoints: 2_000 });
  return judged.failedAt !== null;
}

const rolledBack = async (candidateFails: number, stableFails: number): Promise<number> => {
  let count = 0;
  for (let seed = 1; seed <= RUNS; seed++) if (await isRolledBack(seed, candidateFails, stableFails)) count++;
  return count;
};

it('an incident that hits both is hardly ever held against the candidate, though pods are scraped at other moments', async () => {
  expect(await rolledBack(0.2, 0.2)).toBeLessThanOrEqual(2);
});

it('one that hits the candidate alone is', async () => {
  expect(await rolledBack(0.2, 0.001)).toBe(RUNS);
});
