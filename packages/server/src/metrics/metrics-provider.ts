import type { SparseHistogram } from '@sluice/core/analysis/histogram.ts';
import type { EventCount } from '@sluice/core/analysis/tick.ts';
import type { Instant } from '@sluice/core/kernel/instant.ts';
import type { TrackId } from '@sluice/core/kernel/ids.ts';

/** Counters of one revision in one tick. */
export interface ArmCounts {
  readonly requests: number;
  readonly errors: number;
  readonly latency: SparseHistogram;
  readonly trials: number;
  readonly goals: number;
  readonly mirrorMismatches: number;
  /** What requests cost, of those that cost anything; left out where nobody counts it. */
  readonly cost?: SparseHistogram;
  /** Bad events of metrics that are judged beside errors and latency, by their names. */
  readonly custom?: Readonly<Record<string, EventCount>>;
}

/** Counters of all revisions of a track in one tick. */
export interface TrafficTick {
  readonly at: Instant;
  readonly durationMs: number;
  readonly arms: Readonly<Record<string, ArmCounts>>;
}

/** What a provider answers: silence is an empty list, an outage is a value and not an exception. */
export type TrafficObservation =
  | {
      readonly kind: 'ticks';
      readonly ticks: readonly TrafficTick[];
      /** The first moment that the next observation has to ask for. */
      readonly cursor: Instant;
    }
  | { readonly kind: 'provider-error'; readonly message: string };

/** Where traffic evidence comes from. */
export interface MetricsProvider {
  /** Complete ticks that began at or after `since`, oldest first; asking again from the same moment is harmless. */
  observe(track: TrackId, since: Instant): Promise<TrafficObservation>;
}
