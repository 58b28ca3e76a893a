import type { RevisionId, TrackId } from '@sluice/core/kernel/ids.ts';

/** Who connects, and what for. */
export interface WorkerHello {
  readonly tenant: string;
  /** Its own name, unique, and the same when it comes back. */
  readonly worker: string;
  readonly queue: TrackId;
  readonly revision: RevisionId;
  readonly abilities: readonly string[];
}
