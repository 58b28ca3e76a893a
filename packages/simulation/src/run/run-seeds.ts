import { isFalseAlarm, isUndisturbedGood } from '../checkers/explanations.ts';
import { type Engine, REAL_ENGINE } from '../engine/engine.ts';
import { scriptOfSeed } from '../script/script-of-seed.ts';
import { liveThrough } from './tell-story.ts';

/** How often progress is told, in stories. */
const TOLD_EVERY = 1000;

/** What many stories came to together. */
export interface SeedSums {
  readonly broken: readonly number[];
  readonly looks: number;
  readonly rollouts: number;
  /** Good releases beside a good stable version, with nothing to mislead the judge. */
  readonly goodReleases: number;
  /** Those of them that the judge took back. */
  readonly falseAlarms: number;
}

/** Lives through the stories of consecutive seeds. */
export function runSeeds(
  from: number,
  count: number,
  progress: (done: number, broken: number) => void = () => undefined,
  engine: Engine = REAL_ENGINE,
): SeedSums {
  const broken: number[] = [];
  let [looks, rollouts, goodReleases, falseAlarms] = [0, 0, 0, 0];
  for (let seed = from; seed < from + count; seed++) {
    const outcome = liveThrough(scriptOfSeed(seed), engine);
    if (outcome.broken) broken.push(seed);
    looks += outcome.looks;
    rollouts += outcome.ends.length;
    goodReleases += outcome.ends.filter(isUndisturbedGood).length;
    falseAlarms += outcome.ends.filter(isFalseAlarm).length;
    if ((seed - from + 1) % TOLD_EVERY === 0) progress(seed - from + 1, broken.length);
  }
  return { broken, looks, rollouts, goodReleases, falseAlarms };
}
