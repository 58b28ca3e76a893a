import type { Instant } from '../kernel/instant.ts';
import { type Batch, addBatches, isClosed } from './batch.ts';
import { addRatioBatch, freshBets } from './ratio-evidence.ts';

/** RATIO on one kind of event. */
export interface RatioStream {
  /** ln of the evidence of each bet in `RATIO_BETS`. */
  readonly bets: readonly number[];
  /** The batch that waits until both arms have a trial; null when nothing waits. */
  readonly pending: Batch | null;
  readonly pendingSince: Instant | null;
}

/** Evidence of 1, and nothing that waits. */
export const FRESH_STREAM: RatioStream = { bets: freshBets(), pending: null, pendingSince: null };

/** How a batch is weighed. */
export interface BatchTerms {
  /** The ratio that is still acceptable, at least 1. */
  readonly margin: number;
  /** A batch that has waited longer is dropped: it would compare different times. In milliseconds. */
  readonly batchMaxAgeMs: number;
  /** What counts are divided by, at least 1. */
  readonly dispersion: number;
}

/** Adds a tick to the open batch of a stream, and judges the batch once both arms have a trial. */
export function observeBatch(
  stream: RatioStream,
  batch: Batch,
  at: Instant,
  terms: BatchTerms,
): { readonly stream: RatioStream; readonly closed: Batch | null } {
  if (batch.candidateTrials + batch.stableTrials === 0) return { stream, closed: null };
  const isStale = stream.pendingSince !== null && at - stream.pendingSince > terms.batchMaxAgeMs;
  const pending = isStale || stream.pending === null ? batch : addBatches(stream.pending, batch);
  if (!isClosed(pending)) {
    const pendingSince = isStale ? at : (stream.pendingSince ?? at);
    return { stream: { ...stream, pending, pendingSince }, closed: null };
  }
  if (pending.candidateEvents + pending.stableEvents === 0) {
    return { stream: { bets: stream.bets, pending: null, pendingSince: null }, closed: pending };
  }
  const bets = [...stream.bets];
  addRatioBatch(bets, pending, terms.margin, terms.dispersion);
  return { stream: { bets: bets.map(shortened), pending: null, pendingSince: null }, closed: pending };
}

/** Rounds to a millionth of a nat, which no verdict can feel, so that the stored state is half as long. */
export const shortened = (log: number): number => Math.round(log * 1e6) / 1e6;
