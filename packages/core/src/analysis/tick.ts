import type { Instant } from '../kernel/instant.ts';
import type { SparseHistogram } from './histogram.ts';

/** What one arm did in one second (or one scrape). */
export interface ArmTick {
  /** Requests that were answered or failed; a whole number. */
  readonly requests: number;
  /** Those of them that failed. */
  readonly errors: number;
  /** Latency of all of them, in log buckets; may be empty when it is not measured. */
  readonly latency: SparseHistogram;
  /** What they cost, of those that cost anything, in the same buckets; left out where nobody counts it. */
  readonly cost?: SparseHistogram;
}

/** Events among trials, both whole numbers, events at most trials. */
export interface EventCount {
  readonly events: number;
  readonly trials: number;
}

/** The counters of both arms for one second (or one scrape). */
export interface Tick {
  /** The start of the tick. */
  readonly at: Instant;
  readonly durationMs: number;
  readonly candidate: ArmTick;
  readonly stable: ArmTick;
  /** Candidate instances started less than the warm-up ago: the tick counts for the SLO guard only. */
  readonly warmingUp: boolean;
  /** Bad events of custom metrics by name; a metric that is absent places no bet in this tick. */
  readonly custom?: Readonly<Record<string, { readonly candidate: EventCount; readonly stable: EventCount }>>;
}

/** An arm that saw nothing; for ticks of silence. */
export const EMPTY_ARM: ArmTick = { requests: 0, errors: 0, latency: [] };
