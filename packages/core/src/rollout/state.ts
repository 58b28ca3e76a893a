import type { Vote } from '../gates/approval-rule.ts';
import type { GateKind } from '../gates/gate.ts';
import type { RevisionId, RolloutId, TrackId } from '../kernel/ids.ts';
import type { Instant } from '../kernel/instant.ts';
import type { Split } from '../traffic/split.ts';
import type { Evidence } from './evidence.ts';
import type { Plan, RolloutLane } from './plan.ts';
import type { ReleaseSource } from './release-source.ts';

/** What a track remembers of a revision; the whole specification is in the store. */
export interface RevisionSummary {
  readonly id: RevisionId;
  readonly version: string;
  /** Instances when it is stable. */
  readonly instances: number;
  /** Instances that carry the whole of the traffic. */
  readonly fullInstances: number;
}

/** Why a rollout waits. */
export type HoldReason =
  | { readonly kind: 'paused'; readonly by: string }
  | { readonly kind: 'approval'; readonly prompt: string }
  | { readonly kind: 'no-data' | 'provider-error' | 'inconclusive' | 'suspicious'; readonly detail: string }
  /** The judge or a limit says fail, and the policy for fail is to hold. */
  | { readonly kind: 'failing'; readonly detail: string }
  | { readonly kind: 'winner'; readonly detail: string }
  /** What keeps every rollout from a larger share now, or this one; it goes on by itself. */
  | { readonly kind: 'gate'; readonly detail: string };

/** Why a rollout is taken back. */
export interface RollbackReason {
  readonly kind:
    | 'judge'
    | 'limit'
    | 'check'
    | 'health'
    | 'crash-loop'
    | 'deadline'
    | 'verdict-policy'
    | 'aborted'
    | 'superseded'
    | 'rejected'
    | 'not-the-winner';
  readonly detail: string;
}

/** The state of a rollout; fields exist only where they mean something. */
export type Phase =
  | { readonly name: 'queued' }
  | { readonly name: 'planned'; readonly since: Instant }
  | { readonly name: 'running'; readonly step: number; readonly since: Instant }
  | {
      readonly name: 'held';
      readonly step: number;
      /** When the step was entered. */
      readonly stepSince: Instant;
      readonly since: Instant;
      readonly reason: HoldReason;
    }
  | { readonly name: 'promoting'; readonly since: Instant }
  | { readonly name: 'succeeded'; readonly at: Instant }
  | { readonly name: 'rolling-back'; readonly since: Instant; readonly reason: RollbackReason }
  | { readonly name: 'rolled-back'; readonly at: Instant; readonly reason: RollbackReason }
  | {
      readonly name: 'stuck';
      readonly since: Instant;
      readonly reason: RollbackReason;
      readonly obstacle: string;
    };

/** The names of the phases. */
export type PhaseName = Phase['name'];

/** Checks ordered for one step; a name without a result is still running. */
export interface CheckRound {
  /** Idempotency key: the same key is never run for two different things. */
  readonly key: string;
  readonly revision: RevisionId;
  readonly orderedAt: Instant;
  readonly names: readonly string[];
  readonly results: Readonly<Record<string, { readonly passed: boolean; readonly message: string }>>;
}

/** One release of one component, from request to its end. */
export interface Rollout {
  readonly id: RolloutId;
  readonly number: number;
  readonly lane: RolloutLane;
  readonly candidate: RevisionId;
  readonly version: string;
  readonly stable: RevisionId | null;
  readonly plan: Plan;
  readonly requestedAt: Instant;
  readonly requestedBy: string;
  /** Where its code comes from; left out where nobody said. */
  readonly source?: ReleaseSource;
  readonly startedAt: Instant | null;
  readonly phase: Phase;
  readonly evidence: Evidence | null;
  readonly checks: CheckRound | null;
  /** When the candidate first had what the present step waits for; for grace periods. */
  readonly unhealthySince: Instant | null;
  /** When a verdict or a person ended the rollout's forward way. */
  readonly verdictAt: Instant | null;
  /** What people said of it, in the order in which they did; nobody has where it is left out. */
  readonly votes?: readonly Vote[];
  /** What it waits for before it begins, or before its promotion; left out while it does not. */
  readonly waits?: GateWait;
  /** Somebody let it pass every gate. */
  readonly glass?: BrokenGlass;
}

/** That a rollout waits at closed gates. */
export interface GateWait {
  readonly since: Instant;
  /** The kinds and names of the gates: another wait has others. */
  readonly key: string;
  readonly words: string;
}

/** A gate for which a rollout waits, as it is told to people. */
export interface ToldGate {
  readonly kind: GateKind;
  readonly words: string;
  readonly opensAt: Instant | null;
}

/** Who let a rollout pass every gate, and why. */
export interface BrokenGlass {
  readonly by: string;
  readonly at: Instant;
  readonly reason: string;
}

/** What a revision was ordered to have. */
export interface CapacityOrder {
  readonly instances: number;
  readonly dedicatedPorts: boolean;
  /** Ordered to be drained, stopped and forgotten. */
  readonly retiring: boolean;
  /** The generation of the commit that ordered it; a target that shows it or a later one has obeyed. */
  readonly generation: number;
  /** Instances that are left whichever of the orders that may still be on their way arrives last. */
  readonly certain: number;
}

/** An old revision that is kept running for a while after a promotion. */
export interface Retained {
  readonly revision: RevisionId;
  readonly until: Instant;
}

/**
 * The line of releases of one component in one environment. It is the unit of decision and of commit.
 *
 * Invariants, checked by `invariants.ts`: at most one rollout is active; `stable` is changed by promotion only;
 * everything that was ordered and not yet retired stands in `capacity`.
 */
export interface TrackState {
  readonly id: TrackId;
  /** Counts commits; it is the generation that fences effects. */
  readonly version: number;
  readonly stable: RevisionId | null;
  /** Promoted revisions, oldest first, at most `HISTORY_LIMIT`. */
  readonly history: readonly RevisionId[];
  readonly revisions: Readonly<Record<string, RevisionSummary>>;
  readonly retained: readonly Retained[];
  readonly capacity: Readonly<Record<string, CapacityOrder>>;
  readonly split: Split;
  /**
   * The generation of the commit that ordered the split. Only a router that had an order of this generation or a
   * later one has confirmed it: before that, an older order that is still on its way could undo it.
   */
  readonly splitGeneration: number;
  /** Whether the router has confirmed the split. */
  readonly splitConfirmed: boolean;
  readonly active: Rollout | null;
  readonly queue: readonly Rollout[];
  /** The last rollout that ended, for explanations. */
  readonly last: Rollout | null;
  readonly nextNumber: number;
}

/** Revisions that can be brought back by `rollback --to`. */
export const HISTORY_LIMIT = 10;
/** Rollouts that may wait behind the active one. */
export const QUEUE_LIMIT = 10;
