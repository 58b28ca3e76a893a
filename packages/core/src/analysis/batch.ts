/** What both arms did in one batch; all four are whole numbers, events at most trials. */
export interface Batch {
  readonly candidateTrials: number;
  readonly candidateEvents: number;
  readonly stableTrials: number;
  readonly stableEvents: number;
}

/** A batch of nothing. */
export const EMPTY_BATCH: Batch = {
  candidateTrials: 0,
  candidateEvents: 0,
  stableTrials: 0,
  stableEvents: 0,
};

/** Adds two batches. */
export function addBatches(left: Batch, right: Batch): Batch {
  return {
    candidateTrials: left.candidateTrials + right.candidateTrials,
    candidateEvents: left.candidateEvents + right.candidateEvents,
    stableTrials: left.stableTrials + right.stableTrials,
    stableEvents: left.stableEvents + right.stableEvents,
  };
}

/** A batch may be judged once both arms have a trial; arrivals alone decide that, never outcomes. */
export const isClosed = (batch: Batch): boolean => batch.candidateTrials >= 1 && batch.stableTrials >= 1;
