import { logChoose } from './log-gamma.ts';
import type { Batch } from './batch.ts';

/** Terms smaller than this part of the largest one are left out. */
const NEGLIGIBLE = 1e-17;

/**
 * ln E[odds^k] for the candidate's events k when both arms fail alike: the normaliser of Fisher's noncentral
 * hypergeometric distribution, exact to about 1e-10. Summed outwards from its largest term.
 */
export function logFisherNormaliser(batch: Batch, odds: number): number {
  const { candidateTrials: n1, stableTrials: n0 } = batch;
  const events = batch.candidateEvents + batch.stableEvents;
  if (events === 0 || odds === 1) return 0;
  if (events === 1) return Math.log1p((n1 / (n1 + n0)) * (odds - 1));
  const lowest = Math.max(0, events - n0);
  const highest = Math.min(n1, events);
  const mode = Math.min(highest, Math.max(lowest, Math.floor(fisherMode(n1, n0, events, odds))));
  let sum = 1;
  let term = 1;
  for (let k = mode; k < highest && term > NEGLIGIBLE * sum; k++) {
    term *= (((n1 - k) * (events - k)) / ((k + 1) * (n0 - events + k + 1))) * odds;
    sum += term;
  }
  term = 1;
  for (let k = mode; k > lowest && term > NEGLIGIBLE * sum; k--) {
    term *= (k * (n0 - events + k)) / ((n1 - k + 1) * (events - k + 1) * odds);
    sum += term;
  }
  const logLargest = logChoose(n1, mode) + logChoose(n0, events - mode) - logChoose(n1 + n0, events);
  return logLargest + mode * Math.log(odds) + Math.log(sum);
}

/** Where the ratio of neighbouring terms is 1; Liao and Rosen, The American Statistician 2001. */
function fisherMode(n1: number, n0: number, events: number, odds: number): number {
  const a = odds - 1;
  const b = -((n1 + events + 2) * odds + n0 - events);
  const c = (n1 + 1) * (events + 1) * odds;
  return (2 * c) / (-b + Math.sqrt(Math.max(0, b * b - 4 * a * c)));
}
