import type { Instant } from '@sluice/core/kernel/instant.ts';
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

/** One process or pod of a revision. */
export interface TargetInstance {
  readonly revision: RevisionId;
  /** Its number on a machine, the name of its pod in a cluster. */
  readonly name: string;
  readonly state: 'starting' | 'ready' | 'unready' | 'backoff' | 'draining' | 'stopped';
  /** Why it is not ready, or how it ended last; null when there is nothing to say. */
  readonly reason: string | null;
  /** `127.0.0.1:4100`; null while it has none. */
  readonly address: string | null;
  /** Null in a cluster, and while it does not run. */
  readonly pid: number | null;
  /** Of a cluster; null on a machine, and before it has one. */
  readonly node: string | null;
  readonly startedAt: Instant | null;
  /** Starts after the first that nobody ordered. */
  readonly restarts: number;
  /** Thousandths of a processor; null where nobody measures it. */
  readonly cpuMillis: number | null;
  readonly memoryBytes: number | null;
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
  /** Every instance of a track, with what it uses; for people who look, not for decisions. */
  instances(track: TrackId): Promise<readonly TargetInstance[]>;
  /** The last lines that a revision's instances wrote, or one of them by its name; `not-found` without any. */
  logs(track: TrackId, revision: RevisionId, lines: number, instance?: string): Promise<string>;
}
