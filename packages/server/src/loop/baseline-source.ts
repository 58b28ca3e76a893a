import type { Baseline } from '@sluice/core/analysis/baseline.ts';
import type { RevisionId, TrackId } from '@sluice/core/kernel/ids.ts';

/** Where the judge's baseline comes from when a rollout starts. */
export interface BaselineSource {
  /** What is known of the stable revision now; rejects when the metrics cannot be read. */
  freeze(tenant: string, track: TrackId, stable: RevisionId): Promise<Baseline>;
}
