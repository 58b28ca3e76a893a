/** What is remembered of how events come over the ticks of one arm; plain sums, so that ticks are added one by one. */
export interface EventSpread {
  /** Ticks with at least one trial. */
  readonly ticks: number;
  readonly trials: number;
  readonly events: number;
  /** The sum of each tick's squared events over its trials. */
  readonly squares: number;
}

/** Nothing seen yet. */
export const NO_SPREAD: EventSpread = { ticks: 0, trials: 0, events: 0, squares: 0 };

/** With fewer ticks an estimate is off by a fifth and more, so it is drawn towards the highest. */
export const SPREAD_MIN_TICKS = 60;
/** Above, a judge would be deaf: counts divided by more say that the events are one event, not many. */
export const DISPERSION_CAP = 20;

/** Adds one tick's events among its trials; a tick without trials says nothing. */
export function addToSpread(spread: EventSpread, trials: number, events: number): EventSpread {
  if (trials === 0) return spread;
  return {
    ticks: spread.ticks + 1,
    trials: spread.trials + trials,
    events: spread.events + events,
    squares: spread.squares + (events * events) / trials,
  };
}

/**
 * How many events come together, 1 (independent) to 20: Pearson's statistic over its degrees of freedom for the
 * events of each tick given its trials. Given the trials, because varying traffic alone would raise variance over
 * mean where half of all requests count. What is not known yet counts as clumped as can be: with no ticks it is 20,
 * and with fewer than `SPREAD_MIN_TICKS` in between; with a lower guess a pause of one process would look like proof.
 */
export function dispersionOf(spread: EventSpread): number {
  const known = Math.min(1, spread.ticks / SPREAD_MIN_TICKS);
  return known * estimate(spread) + (1 - known) * DISPERSION_CAP;
}

function estimate({ ticks, trials, events, squares }: EventSpread): number {
  const rate = events / trials;
  if (ticks < 2 || !(rate > 0 && rate < 1)) return 1;
  return clampDispersion((squares - rate * events) / (rate * (1 - rate) * (ticks - 1)));
}

/** Keeps a dispersion between 1 and 20. */
export const clampDispersion = (value: number): number => Math.min(DISPERSION_CAP, Math.max(1, value));
