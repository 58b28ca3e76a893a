import type { PoolRow } from './pool-plan.ts';

/** What was decided of pools, for whoever asks. */
export interface PoolFigures {
  plans(): readonly PoolRow[];
}
