import { canonicalJson } from '@sluice/core/kernel/canonical-json.ts';
import { hash32 } from '@sluice/core/kernel/hash.ts';
import type { Instant } from '@sluice/core/kernel/instant.ts';
import { isTransient, type TrackEvent } from '@sluice/core/rollout/events.ts';
import type { TrackState } from '@sluice/core/rollout/state.ts';

/** One entry of the ledger; each carries the hash of the one before. */
export interface LedgerEntry {
  readonly version: number;
  readonly fact: string;
  readonly hash: number;
}

/** A change that a writer wants to make to the state that it has seen. */
export interface Change {
  readonly before: TrackState;
  readonly events: readonly TrackEvent[];
  /** The state after the events; its version is set by the store. */
  readonly after: TrackState;
  readonly nextWakeAt: Instant;
  readonly by: string;
}

/** A change as it was committed. */
export interface Committed extends Change {
  readonly version: number;
}

/** How long a claim lasts, in milliseconds. */
const LEASE_MS = 8000;

/** The store: one track, guarded by its version; every version that ever was is kept for the checkers. */
export class SimulatedStore {
  track: TrackState;
  nextWakeAt: Instant;
  claim: { readonly holder: string; readonly until: Instant } | null = null;
  readonly ledger: LedgerEntry[] = [];
  readonly #versions = new Map<number, TrackState>();
  readonly #onCommit: (committed: Committed) => void;

  constructor(track: TrackState, now: Instant, onCommit: (committed: Committed) => void) {
    this.track = track;
    this.nextWakeAt = now;
    this.#onCommit = onCommit;
    this.#versions.set(track.version, track);
  }

  /** The state that was committed as a version; undefined when there never was one. */
  committed(version: number): TrackState | undefined {
    return this.#versions.get(version);
  }

  /** Gives the track to one worker for a while. */
  take(holder: string, now: Instant): void {
    this.claim = { holder, until: now + LEASE_MS };
  }

  isClaimed(now: Instant): boolean {
    return this.claim !== null && this.claim.until > now;
  }

  /** Writes a change whole, or not at all when somebody else was first; either way the writer's claim ends. */
  commit(change: Change): number | 'conflict' {
    this.release(change.by);
    if (change.before.version !== this.track.version) return 'conflict';
    const version = this.track.version + 1;
    this.track = { ...change.after, version };
    this.#versions.set(version, this.track);
    for (const event of change.events) if (!isTransient(event)) this.#enter(version, event);
    this.nextWakeAt = change.nextWakeAt;
    this.#onCommit({ ...change, version });
    return version;
  }

  /** Ends a claim without a change. */
  reschedule(holder: string, nextWakeAt: Instant): void {
    this.release(holder);
    this.nextWakeAt = nextWakeAt;
  }

  release(holder: string): void {
    if (this.claim?.holder === holder) this.claim = null;
  }

  #enter(version: number, event: TrackEvent): void {
    const fact = canonicalJson(event);
    const hash = hash32(`${version} ${fact}`, this.ledger.at(-1)?.hash ?? 0);
    this.ledger.push({ version, fact, hash });
  }
}
