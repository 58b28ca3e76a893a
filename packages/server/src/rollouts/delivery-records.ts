import type { Rollout, TrackState } from '@sluice/core/rollout/state.ts';
import type { TrackEvent } from '@sluice/core/rollout/events.ts';
import type { Instant } from '@sluice/core/kernel/instant.ts';
import type { RevisionId } from '@sluice/core/kernel/ids.ts';
import type { TrafficMinute } from '../store/traffic/traffic-minutes.ts';
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

/** Whose minutes are wanted, and of when. */
export interface MinuteSpan {
  readonly revisions: readonly RevisionId[];
  readonly since: Instant;
  readonly until: Instant;
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
  /** The number of the last event; 0 before the first. */
  lastEvent(): Promise<number>;
  /** What some revisions of a track answered in each minute of a time. */
  trafficMinutes(track: string, span: MinuteSpan): Promise<readonly TrafficMinute[]>;
  /** Resolves when something may have been written, or when the time is over. */
  nextWrite(longestMs: number, signal: AbortSignal): Promise<void>;
}
