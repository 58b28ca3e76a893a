import { seededRandom, type Random } from '@sluice/core/kernel/prng.ts';
import type { FailureClass } from '@sluice/core/tasks/failure-class.ts';
import { isOdd, type Mix } from './mixes.ts';

/** What is known of a task when it comes in. */
export interface TaskShape {
  readonly kind: number;
  readonly bytes: number;
  readonly key: string;
  readonly priority: number;
}

/** A task that is going to come in; the same whatever the policy. */
export interface PlayedTask extends TaskShape {
  readonly nth: number;
  /** In ms of virtual time. */
  readonly at: number;
  /** How long it takes a worker of the usual speed, in ms. */
  readonly workMs: number;
  /** From 0 to 1, one for each attempt that may fail. */
  readonly luck: readonly number[];
}

/** How an attempt fails that fails. */
export const FAILS_WITH: FailureClass = 'transient';
/** The mean of all durations, in ms. */
export const MEAN_MS = 10_000;
const KINDS = 12;
/** How much of what can be known lies in the kind, the rest in the size. */
const OF_KIND = 0.7;

/** The tasks of one seed. */
export function playedTasks(mix: Mix, count: number, seed: number): readonly PlayedTask[] {
  const random = seededRandom(seed);
  const levels = shuffled(
    Array.from({ length: KINDS }, (_, nth) => quantile((nth + 0.5) / KINDS)),
    random,
  );
  const moved = shuffled(levels, random);
  const perMs = (mix.utilisation * capacityOf(mix)) / (MEAN_MS * factorOf(mix));
  const size = Math.max(1, mix.burstPerWorker * mix.workers);
  let at = 0;
  return Array.from({ length: count }, (_, nth) => {
    if (nth % size === 0) at += (-Math.log(1 - random()) * size) / perMs;
    const kind = Math.floor(random() * KINDS);
    const hasMoved = mix.drift === 'kinds' && nth >= count / 2;
    const large = normal(random);
    const known =
      Math.sqrt(OF_KIND) * ((hasMoved ? moved : levels)[kind] ?? 0) + Math.sqrt(1 - OF_KIND) * large;
    const { explained, spread } = mix;
    const log = spread * (Math.sqrt(explained) * known + Math.sqrt(1 - explained) * normal(random));
    return {
      ...{
        nth,
        at,
        kind,
        bytes: Math.round(1024 * 4 ** large),
        workMs: MEAN_MS * Math.exp(log - spread ** 2 / 2),
      },
      ...{ key: keyOf(mix, known, random), priority: random() < mix.urgent ? 8 : 5 },
      luck: mix.failing > 0 ? [random(), random(), random(), random()] : [],
    };
  });
}

/** Tasks of the usual duration that the fleet does at the same time. */
const capacityOf = ({ workers, places, coresPerWorker, slowness }: Mix): number =>
  Array.from({ length: workers }, (_, nth) => (isOdd(nth) ? 1 / slowness : 1)).reduce((a, b) => a + b, 0) *
  Math.min(places, coresPerWorker);

/** How much more work there is than tasks say: half an attempt for each that fails, and caches that are cold. */
const factorOf = ({ failing, coldness }: Mix): number => 1 + failing / 16 + (coldness - 1) * 0.8;

function keyOf({ keys }: Mix, known: number, random: Random): string {
  const draw = random();
  if (keys === 'even') return `key-${Math.floor(draw * 4)}`;
  // Whatever is long is more often of the large key.
  const large = known > 0 ? 0.9 : 0.5;
  return draw < large ? 'key-0' : `key-${1 + Math.floor(((draw - large) / (1 - large)) * 3)}`;
}

function shuffled(values: readonly number[], random: Random): readonly number[] {
  return values
    .map((value) => ({ value, place: random() }))
    .toSorted((a, b) => a.place - b.place)
    .map(({ value }) => value);
}

/** By Box and Muller. */
const normal = (random: Random): number =>
  Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());

/** Of the normal distribution, by bisection of its tail (Abramowitz and Stegun 7.1.26). */
function quantile(part: number): number {
  let [low, high] = [-6, 6];
  for (let step = 0; step < 50; step++) {
    const middle = (low + high) / 2;
    if (below(middle) < part) low = middle;
    else high = middle;
  }
  return low;
}

function below(value: number): number {
  const t = 1 / (1 + (0.3275911 * Math.abs(value)) / Math.SQRT2);
  const series =
    t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
  const tail = (series * Math.exp(-(value ** 2) / 2)) / 2;
  return value < 0 ? tail : 1 - tail;
}
