import type { RevisionId, TrackId } from '@sluice/core/kernel/ids.ts';
import type { ObservedRevision } from '@sluice/core/rollout/observation.ts';
import type { RevisionRecord } from './revision-record.ts';

/** An order to run a revision. */
export interface CapacityRequest {
  readonly revision: RevisionRecord;
  readonly instances: number;
  readonly dedicatedPorts: boolean;
  /** The fencing generation of the commit that this rests on; a target refuses one lower than it has seen. */
  readonly generation: number;
  /**
   * The generation of the commit that decided it, at most `generation`, under which it may be given again. Of two revisions
   * that contend for one place the one that was decided on later has it. As `generation` when absent.
   */
  readonly decidedIn?: number;
}

/** What runs of one revision, with the addresses of its ready instances, and their names where they have some. */
export interface TargetRevision extends ObservedRevision {
  readonly endpoints: readonly { readonly host: string; readonly port: number; readonly name?: string }[];
}

/**
 * Where revisions run. Every call is idempotent; failures are `SluiceError`s. The cause of one that is
 * `refused-as-stale` for its generation is a `HeldGeneration`.
 */
export interface Target {
  /** Brings a revision to a number of instances; returns when that is ordered, not when they are ready. */
  apply(request: CapacityRequest): Promise<void>;
  /** What runs for a track, by revision id; a revision that is absent does not run at all. */
  observe(track: TrackId): Promise<Readonly<Record<string, TargetRevision>>>;
  /** Drains, stops and forgets a revision; one that is not there counts as retired. */
  retire(track: TrackId, revision: RevisionId, generation: number): Promise<void>;
  /** The tracks that have anything here. */
  inventory(): Promise<readonly TrackId[]>;
  /** The last lines that a revision's instances wrote. */
  logs(track: TrackId, revision: RevisionId, lines: number): Promise<string>;
}
