/**
 * How quick workers are, learned from how long their attempts take. Durations of agents spread over orders of magnitude, so
 * that a mean of twenty says more of the tasks than of the worker: what is learned is the mean of logarithms, and only what is
 * beyond chance counts (a soft threshold at two standard errors, with a prior for the spread).
 */

/** What is known of the attempts of a worker. */
export interface WorkerPace {
  readonly attempts: number;
  /** The moving mean of the logarithms of ms. */
  readonly meanLog: number;
  /** The moving variance of the same. */
  readonly variance: number;
}

/** A worker of which nothing is known. */
export const UNKNOWN_PACE: WorkerPace = { attempts: 0, meanLog: 0, variance: 0 };

/** The moving mean is of so many attempts, so that a worker that becomes slower is noticed. */
const REMEMBERED = 40;
/** Before anything is seen the logarithm is taken to spread by so much; it counts as so many attempts. */
const PRIOR = { variance: 1, attempts: 5 } as const;
/** Standard errors that chance explains. */
const CHANCE = 2;
/** A worker gets no more and no less than this factor beside its peers, as durations differ by tasks. */
const MOST = 4;

/** What is known after one attempt more that went well; a duration of nothing is one that is too short to be measured. */
export function paceAfter({ attempts, meanLog, variance }: WorkerPace, durationMs: number): WorkerPace {
  const log = Math.log(Math.max(1, durationMs));
  const part = 1 / Math.min(attempts + 1, REMEMBERED);
  const away = log - meanLog;
  return {
    attempts: Math.min(attempts + 1, REMEMBERED),
    meanLog: meanLog + away * part,
    variance: attempts === 0 ? 0 : (1 - part) * (variance + part * away * away),
  };
}

/**
 * How much quicker a worker is than its peers: 1 for as quick, 2 for twice, and 1 wherever it may be chance.
 *
 * @param peersLog the mean of the means of its peers; null when none is known
 */
export function paceBeside(pace: WorkerPace, peersLog: number | null): number {
  const { attempts, meanLog, variance } = pace;
  if (peersLog === null || attempts === 0) return 1;
  const known = attempts + PRIOR.attempts;
  const spread = (variance * attempts + PRIOR.variance * PRIOR.attempts) / known;
  const away = peersLog - meanLog;
  const beyond = Math.max(0, Math.abs(away) - CHANCE * Math.sqrt(spread / attempts));
  return Math.min(MOST, Math.exp(beyond)) ** Math.sign(away);
}
