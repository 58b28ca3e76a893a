import type { Baseline } from '../analysis/baseline.ts';
import type { Vote } from '../gates/approval-rule.ts';
import type { RevisionId, RolloutId } from '../kernel/ids.ts';
import type { Instant } from '../kernel/instant.ts';
import type { Split } from '../traffic/split.ts';
import type { EvidenceBatch } from './evidence.ts';
import type { Plan, RolloutLane } from './plan.ts';
import type { ReleaseSource } from './release-source.ts';
import type {
  CapacityOrder,
  HoldReason,
  Retained,
  RevisionSummary,
  RollbackReason,
  ToldGate,
} from './state.ts';

/** Past facts about a track. Folding them over a state is the only way in which it changes. */
export type TrackEvent =
  | {
      readonly kind: 'rolloutRequested';
      readonly at: Instant;
      readonly id: RolloutId;
      readonly lane: RolloutLane;
      readonly revision: RevisionSummary;
      readonly plan: Plan;
      readonly by: string;
      /** Stands before everything that waits. */
      readonly first: boolean;
      /** The trace of whoever asked, as a W3C `traceparent`; nothing here depends on it. */
      readonly trace?: string;
      /** Where the code comes from; nothing here depends on it. */
      readonly source?: ReleaseSource;
    }
  | {
      readonly kind: 'queuedRolloutDropped';
      readonly at: Instant;
      readonly id: RolloutId;
      readonly reason: RollbackReason;
    }
  | {
      readonly kind: 'capacityOrdered';
      readonly at: Instant;
      readonly revision: RevisionId;
      readonly order: CapacityOrder;
    }
  | { readonly kind: 'revisionRetired'; readonly at: Instant; readonly revision: RevisionId }
  | { readonly kind: 'revisionRetained'; readonly at: Instant; readonly retained: Retained }
  | { readonly kind: 'retentionEnded'; readonly at: Instant; readonly revision: RevisionId }
  | { readonly kind: 'splitOrdered'; readonly at: Instant; readonly split: Split }
  | { readonly kind: 'splitConfirmed'; readonly at: Instant }
  | { readonly kind: 'splitLost'; readonly at: Instant }
  /** Somebody approved or rejected a rollout that is under way or waits. */
  | { readonly kind: 'voteGiven'; readonly at: Instant; readonly id: RolloutId; readonly vote: Vote }
  /** Somebody lets a rollout pass every gate. */
  | {
      readonly kind: 'glassBroken';
      readonly at: Instant;
      readonly id: RolloutId;
      readonly by: string;
      readonly reason: string;
    }
  | RolloutEvent;

/** Facts about the active rollout; `transition` has a row for each with every phase. */
export type RolloutEvent =
  | { readonly kind: 'rolloutPlanned'; readonly at: Instant }
  /** It waits for gates before it begins, or before its promotion; those of a running rollout hold it. */
  | {
      readonly kind: 'gatesClosed';
      readonly at: Instant;
      readonly key: string;
      readonly gates: readonly ToldGate[];
    }
  | { readonly kind: 'gatesOpened'; readonly at: Instant }
  | {
      readonly kind: 'rolloutStarted';
      readonly at: Instant;
      readonly baseline: Baseline;
      readonly stable: RevisionId | null;
    }
  | { readonly kind: 'stepFinished'; readonly at: Instant; readonly step: number; readonly note: string }
  | { readonly kind: 'evidenceObserved'; readonly at: Instant; readonly batch: EvidenceBatch }
  | {
      readonly kind: 'checksOrdered';
      readonly at: Instant;
      readonly key: string;
      readonly revision: RevisionId;
      readonly names: readonly string[];
    }
  | {
      readonly kind: 'checkFinished';
      readonly at: Instant;
      readonly key: string;
      readonly name: string;
      readonly passed: boolean;
      readonly message: string;
    }
  | { readonly kind: 'candidateUnhealthy'; readonly at: Instant }
  | { readonly kind: 'candidateHealthy'; readonly at: Instant }
  | { readonly kind: 'rolloutHeld'; readonly at: Instant; readonly reason: HoldReason }
  | { readonly kind: 'holdEnded'; readonly at: Instant; readonly by: string }
  | { readonly kind: 'promotionBegun'; readonly at: Instant; readonly by: string }
  | { readonly kind: 'rollbackBegun'; readonly at: Instant; readonly reason: RollbackReason }
  | { readonly kind: 'rollbackBlocked'; readonly at: Instant; readonly obstacle: string }
  | { readonly kind: 'rollbackResumed'; readonly at: Instant; readonly by: string }
  | { readonly kind: 'rolloutSucceeded'; readonly at: Instant; readonly note: string }
  | { readonly kind: 'rolloutRolledBack'; readonly at: Instant };

/** The kinds of rollout event. */
export type RolloutEventKind = RolloutEvent['kind'];

/** Events that are folded into the state and not kept one by one: they come every second. */
export const isTransient = (event: TrackEvent): boolean => event.kind === 'evidenceObserved';
