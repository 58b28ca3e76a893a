import type { RevisionId, TrackId } from '@sluice/core/kernel/ids.ts';
import type { Instant } from '@sluice/core/kernel/instant.ts';
import type { Effect } from '@sluice/core/rollout/effects.ts';
import type { TrackEvent } from '@sluice/core/rollout/events.ts';
import type { Rollout, TrackState } from '@sluice/core/rollout/state.ts';
import type { Stock } from '../store/stock/take-stock.ts';
import type { RevisionRecord } from '../targets/revision-record.ts';

/** A track that this replica may work on until its claim ends. */
export interface ClaimedTrack {
  readonly tenant: string;
  readonly track: TrackState;
  /** When it was due; the distance to its commit is the loop's lag. */
  readonly dueAt: Instant;
  /** When it was last worked on, by the store's clock. */
  readonly lookedAt: Instant;
}

/** Who did what, for the ledger. */
export interface LedgerNote {
  readonly at: Instant;
  readonly actor: string;
  readonly action: string;
  readonly subject: string;
  readonly detail: Readonly<Record<string, unknown>>;
  /** Digests of the track before and after (`trackDigest`). */
  readonly before?: string;
  readonly after?: string;
  readonly reason?: string;
  /** Who had approved it. */
  readonly approvals?: readonly { readonly by: string; readonly at?: Instant; readonly reason?: string }[];
}

/** Everything that one decision changes; it is written whole or not at all. */
export interface TrackCommit {
  readonly tenant: string;
  /** The state after the events; its version is one above `expectedVersion`. */
  readonly track: TrackState;
  /** Nothing but the active rollout's evidence has changed, as at most looks; the store need not write the rest again. */
  readonly evidenceOnly: boolean;
  /** 0 creates the track. */
  readonly expectedVersion: number;
  /** Decided under this replica's claim: it holds only as long as the claim does. */
  readonly isClaimed?: boolean;
  readonly nextWakeAt: Instant;
  readonly events: readonly { readonly event: TrackEvent; readonly rollout: string | null }[];
  /** What is written beside the events, for those who read them; it changes no state. */
  readonly facts?: readonly {
    readonly event: { readonly kind: string; readonly at: Instant };
    readonly rollout: string;
  }[];
  /** Rollouts whose row has to be written again. */
  readonly rollouts: readonly Rollout[];
  readonly revisions: readonly RevisionRecord[];
  readonly ledger: readonly LedgerNote[];
  readonly effects: readonly Effect[];
}

/** Where tracks live. Guarded by version: of two writers that saw the same state, one is told `conflict`. */
export interface TrackStore {
  /** Claims tracks that are due, for this holder alone, until the lease ends. */
  claim(holder: string, limit: number, leaseMs: number): Promise<readonly ClaimedTrack[]>;
  load(tenant: string, track: TrackId): Promise<TrackState | null>;
  /** Writes a decision and ends the claim. */
  commit(commit: TrackCommit): Promise<'committed' | 'conflict'>;
  /** Ends this holder's claim of a version without a change and says when to look again; not once it was changed. */
  reschedule(tenant: string, track: Pick<TrackState, 'id' | 'version'>, nextWakeAt: Instant): Promise<void>;
  /** Makes every track due, one after the other at so many milliseconds from now on; none later than it would be. */
  wakeAll(apartMs: number): Promise<void>;
  /** Counts what is there, for figures. */
  stock(): Promise<Stock>;
  revision(tenant: string, track: TrackId, revision: RevisionId): Promise<RevisionRecord | null>;
}
