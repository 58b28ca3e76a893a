import type { Baseline } from '../analysis/baseline.ts';
import type { Tick } from '../analysis/tick.ts';
import type { ObservedGates } from '../gates/gate.ts';
import type { Instant } from '../kernel/instant.ts';
import type { Split } from '../traffic/split.ts';
import type { MeasurementResult } from './measurement-state.ts';

/** What a target says of one revision. */
export interface ObservedRevision {
  /** Instances it was last told to run, and the generation of the order that said so. */
  readonly ordered: number;
  readonly generation: number;
  readonly ready: number;
  /** Instances that an autoscaler of the target wants for the present load; null where the order alone decides. */
  readonly wanted: number | null;
  /** Instances are missing through no fault of the revision: a node was drained, a pod was evicted. */
  readonly disrupted: boolean;
  readonly crashLooping: boolean;
  /** Why instances are not ready, in words. */
  readonly reason: string | null;
  /** When the youngest running instance was started. */
  readonly youngestStartAt: Instant | null;
}

/** A part of the world that could not be asked. */
export interface Unreachable {
  readonly kind: 'unreachable';
  readonly message: string;
}

/** What runs, by revision id; a revision that is absent does not run at all. */
export type ObservedTarget =
  | { readonly kind: 'observed'; readonly revisions: Readonly<Record<string, ObservedRevision>> }
  | Unreachable;

/** The split that every router has confirmed. */
export type ObservedRouter =
  | {
      readonly kind: 'observed';
      /** Null before the first. */
      readonly inForce: Split | null;
      /** The generation of the order that brought the split in force; 0 before the first. */
      readonly generation: number;
    }
  | Unreachable;

/** The result of one CEL expression over the latest window. */
export interface ExpressionResult {
  /** Which of the analysis spec's expressions. */
  readonly index: number;
  readonly outcome: 'ok' | 'violated' | 'no-data';
  readonly detail: string;
}

/** Traffic evidence since the cursor; silence and outage are values. */
export type ObservedMetrics =
  | {
      readonly kind: 'ticks';
      readonly ticks: readonly Tick[];
      /** From where the next observation goes on. */
      readonly cursor: Instant;
      readonly expressions: readonly ExpressionResult[];
    }
  | { readonly kind: 'provider-error'; readonly message: string }
  /** Nobody asked: the rollout does not need evidence now. */
  | { readonly kind: 'not-asked' };

/** A snapshot of the world around one track. It holds what was seen and decides nothing. */
export interface Observation {
  readonly now: Instant;
  readonly target: ObservedTarget;
  readonly router: ObservedRouter;
  readonly metrics: ObservedMetrics;
  /** Answers to measurements that were due. */
  readonly measured: readonly MeasurementResult[];
  /** What is known of the stable revision, for a rollout about to start, or why it is not; null when nobody asked. */
  readonly baseline: Baseline | Unreachable | null;
  /** What of freezes, windows and the like holds here; left out where there can be none, or no rollout asks for them. */
  readonly gates?: ObservedGates;
}
