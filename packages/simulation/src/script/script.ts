import type { ArrivalPolicy, RolloutCommand } from '@sluice/core/rollout/commands.ts';
import type { RolloutLane } from '@sluice/core/rollout/plan.ts';
import type { StrategySpec } from '@sluice/core/rollout/strategy-spec.ts';

/** What a version is like in truth; the control plane can only find out. */
export interface Quality {
  readonly kind: 'good' | 'failing' | 'slow' | 'crash-looping' | 'never-ready' | 'failing-check';
  /** The part of its requests that fail, 0 to 1. */
  readonly errorRate: number;
  /** The part of its requests that are slow, 0 to 1. */
  readonly slowRate: number;
  /** How long an instance takes to become ready, in milliseconds. */
  readonly startMs: number;
  /** The part of its visitors who reach the goal, 0 to 1. */
  readonly goalRate: number;
}

/** A version that is released in a script. */
export interface VersionScript {
  readonly version: string;
  readonly instances: number;
  readonly quality: Quality;
  readonly strategy: StrategySpec;
}

/** Something that an operator does, at a moment in milliseconds after the beginning. */
export type OperatorAct =
  | {
      readonly kind: 'release';
      readonly atMs: number;
      readonly version: string;
      readonly lane: RolloutLane;
      readonly arrival: ArrivalPolicy;
    }
  | { readonly kind: 'command'; readonly atMs: number; readonly command: RolloutCommand }
  | {
      readonly kind: 'vote';
      readonly atMs: number;
      /** Whoever asks for releases is `operator`. */
      readonly by: string;
      readonly decision: 'approve' | 'reject';
    }
  | { readonly kind: 'break-glass'; readonly atMs: number };

/** A step of a replica's work before which it can be stopped. */
export type WorkStep = 'observe' | 'decide' | 'commit' | 'perform' | 'record';

interface Spell {
  readonly atMs: number;
  readonly forMs: number;
}

/** Something that goes wrong, from a moment on and mostly for a time, in milliseconds after the beginning. */
export type Fault = Spell &
  (
    | { readonly kind: 'replica-crash'; readonly replica: number; readonly before: WorkStep }
    /** The replica stands still in the middle of its work and then goes on as if nothing had been. */
    | { readonly kind: 'replica-stall'; readonly replica: number; readonly before: WorkStep }
    /** Nobody's claim on the track is respected: every replica believes that it leads. */
    | { readonly kind: 'split-brain' }
    | { readonly kind: 'host-down' }
    | { readonly kind: 'orders-lost' | 'replies-lost' | 'orders-doubled' | 'orders-late' }
    | { readonly kind: 'slow-router'; readonly worker: number }
    | {
        readonly kind: 'instance-crash' | 'instances-unready';
        readonly version: string;
        readonly count: number;
      }
    | {
        readonly kind:
          | 'metrics-down'
          | 'metrics-late'
          | 'metrics-vanish'
          | 'metrics-repeat'
          /** Errors of the candidate are reported that never were. */
          | 'metrics-slander'
          /** The candidate's errors are kept silent. */
          | 'metrics-flatter';
      }
    | { readonly kind: 'no-traffic' }
    | { readonly kind: 'results-lost' }
    /** Somebody else puts an old split in force by hand. */
    | { readonly kind: 'router-reset' }
    /** Nothing may begin; nothing may get more; nobody knows what may. */
    | { readonly kind: 'frozen' | 'line-stopped' | 'gates-unknown' }
  );

/** A whole story before it is told: everything that will be done and will go wrong, and the seed of the rest. */
export interface Script {
  readonly seed: number;
  readonly replicas: number;
  readonly workers: number;
  readonly requestsPerSecond: number;
  /** The version that is stable when the story begins; null starts with nothing. */
  readonly stable: VersionScript | null;
  readonly versions: readonly VersionScript[];
  readonly acts: readonly OperatorAct[];
  readonly faults: readonly Fault[];
}

/** When the last fault is over and the last act done, in milliseconds after the beginning. */
export const calmAfterMs = ({ acts, faults }: Script): number =>
  Math.max(0, ...acts.map(({ atMs }) => atMs), ...faults.map(({ atMs, forMs }) => atMs + forMs));
