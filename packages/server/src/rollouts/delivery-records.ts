import type { Rollout, TrackState } from '@sluice/core/rollout/state.ts';
import type { TrackEvent } from '@sluice/core/rollout/events.ts';
import type { Page, PageRequest } from './control-plane.ts';
import type { GenerationRaised } from './generation-raised.ts';
import type { PoliciesJudged } from './policies-judged.ts';

/** A rollout as it was last written, with the track that it belongs to. */
export interface RecordedRollout {
  readonly track: string;
  readonly rollout: Rollout;
}

/** An event as it was written. */
export interface RecordedEvent {
  readonly sequence: number;
  readonly track: string;
  readonly rollout: string | null;
  readonly event: TrackEvent | GenerationRaised | PoliciesJudged;
}

/** What has been written and can be read again. */
export interface DeliveryRecords {
  tracks(
    filter: { application?: string; environment?: string },
    page: PageRequest,
  ): Promise<Page<TrackState>>;
  rollouts(filter: { track?: string }, page: PageRequest): Promise<Page<RecordedRollout>>;
  rollout(id: string): Promise<RecordedRollout | null>;
  rolloutEvents(id: string, page: PageRequest): Promise<Page<RecordedEvent>>;
  /** Events after a sequence number, oldest first, at most `limit`. */
  eventsAfter(sequence: number, limit: number): Promise<readonly RecordedEvent[]>;
  /** Resolves when something may have been written, or when the time is over. */
  nextWrite(longestMs: number, signal: AbortSignal): Promise<void>;
}
