import type { ArmSecond } from '@sluice/protocol/host/host-schema.ts';
import type { RouterLimits } from './limits.ts';
import type { Endpoint, TrackTable } from './track-table.ts';

/** All that a worker needs to know of one track. A null table routes nothing; the endpoints may come before it. */
export interface TrackState {
  readonly track: string;
  readonly table: TrackTable | null;
  readonly endpoints: readonly Endpoint[];
}

/** Whose worker it is, and where it finds the next host process when that one is gone. */
export interface WorkerHome {
  readonly host: { readonly pid: number; readonly startTicks: number };
  /** The record of who serves. */
  readonly recordFile: string;
  /** Where an orphaned worker leaves its counts for the next host process. */
  readonly spoolFile: string;
}

/** What the host process says to a router worker. `seq` counts changes; a worker confirms the latest it has applied. */
export type ToWorker =
  | {
      readonly kind: 'start';
      readonly seq: number;
      readonly limits: RouterLimits;
      readonly tracks: readonly TrackState[];
      readonly home: WorkerHome;
    }
  | { readonly kind: 'track'; readonly seq: number; readonly state: TrackState }
  | { readonly kind: 'forget'; readonly seq: number; readonly track: string }
  | { readonly kind: 'stop' };

/** Requests running now: track, revision, port, how many. Complete: what is not listed has none. */
export type InFlight = readonly (readonly [track: string, revision: string, port: number, running: number])[];

/** The counts of one finished second, of all revisions that had any. */
export interface FinishedSecond {
  readonly kind: 'second';
  /** When the second began, ms since the epoch. */
  readonly at: number;
  /** Everything that ended before this moment has been sent, ms since the epoch. */
  readonly completeUntil: number;
  readonly arms: readonly (readonly [track: string, revision: string, counts: ArmSecond])[];
  /** Requests that the router itself refused or could not place. */
  readonly refused: number;
  /** Requests that should have been mirrored and were not: body too large, upgrade, or too many running. */
  readonly unmirrored: number;
}

/** What a router worker says to the host process. */
export type FromWorker =
  | { readonly kind: 'ready'; readonly seq: number; readonly completeUntil: number }
  | { readonly kind: 'confirmed'; readonly seq: number; readonly inFlight: InFlight }
  | { readonly kind: 'in-flight'; readonly inFlight: InFlight }
  | FinishedSecond;
