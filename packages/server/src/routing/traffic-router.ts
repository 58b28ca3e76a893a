import type { TrackId } from '@sluice/core/kernel/ids.ts';
import type { RequestPolicy, RouteSpec } from '@sluice/core/rollout/component-spec.ts';
import type { ShareMaking } from '@sluice/core/rollout/plan.ts';
import type { GoalSpec } from '@sluice/core/traffic/goal.ts';
import type { Split } from '@sluice/core/traffic/split.ts';

/** What a router can do; a plan that needs more is refused before it starts. */
export interface RouterCapabilities {
  /** Whether it makes shares exactly, or leaves them to the numbers of ready instances. */
  readonly shares: ShareMaking;
  /** The finest step of a weight, in basis points. */
  readonly granularityBasisPoints: number;
  readonly matchOn: readonly ('header' | 'cookie' | 'path')[];
  readonly mirror: boolean;
  readonly sticky: readonly ('header' | 'cookie' | 'address')[];
  /** Counts goals and trials for A/B tests. */
  readonly goals: boolean;
}

/** An order to split a track's requests. */
export interface SplitRequest {
  readonly track: TrackId;
  readonly split: Split;
  readonly route: RouteSpec;
  readonly request: RequestPolicy;
  readonly goal: GoalSpec | null;
  /** The fencing generation of the commit that this rests on. */
  readonly generation: number;
}

/** A split as the router has it, under the generation of the order that brought it. */
export interface SplitInForce {
  readonly split: Split;
  readonly generation: number;
}

/**
 * Who sends requests to revisions. Calls are idempotent; failures are `SluiceError`s. The cause of one that is
 * `refused-as-stale` is a `HeldGeneration`.
 */
export interface TrafficRouter {
  capabilities(): RouterCapabilities;
  /** Returns when every part of the router has confirmed the split. */
  apply(request: SplitRequest): Promise<void>;
  /** The split that every part of the router really has in force; null before the first. */
  observe(track: TrackId): Promise<SplitInForce | null>;
}
