/** Attempts that ended in the last while. */
export interface AttemptCount {
  readonly attempts: number;
  readonly failures: number;
}

/** Fewer attempts, or failures, say nothing of a worker. */
const LEAST = { attempts: 5, failures: 3 } as const;
/** By chance alone a worker is taken for an outlier once in so many looks. */
const CHANCE = 1 / 10_000;
/** Of so many workers one may be left out. */
const ONE_OF = 3;

/** How many workers of so many may be left out at the same time. */
export const mostEjected = (workers: number): number => Math.floor(workers / ONE_OF);

/** Whether there is enough of a worker to look at its peers. */
export const mayStandOut = ({ attempts, failures }: AttemptCount): boolean =>
  attempts >= LEAST.attempts && failures >= LEAST.failures;

/**
 * Whether the failures of a worker stand out from those of its peers: so many would come about by chance once in ten thousand
 * times if it failed as often as they do (the tail of a binomial distribution, with Laplace's rule of succession for what the
 * peers do). When everything fails nobody stands out.
 */
export function standsOut(own: AttemptCount, peers: AttemptCount): boolean {
  if (!mayStandOut(own) || peers.attempts < LEAST.attempts) return false;
  const usual = (peers.failures + 1) / (peers.attempts + 2);
  if (own.failures <= usual * own.attempts) return false;
  return binomialTail(own.attempts, own.failures, usual) < CHANCE;
}

/** The chance of `least` or more out of `many` where each happens with a probability between 0 and 1. */
function binomialTail(many: number, least: number, probability: number): number {
  let logChoose = 0;
  for (let taken = 1; taken <= least; taken++) logChoose += Math.log((many - least + taken) / taken);
  let term = Math.exp(logChoose + least * Math.log(probability) + (many - least) * Math.log1p(-probability));
  let tail = 0;
  for (let count = least; count <= many; count++) {
    tail += term;
    term *= ((many - count) / (count + 1)) * (probability / (1 - probability));
  }
  return tail;
}
