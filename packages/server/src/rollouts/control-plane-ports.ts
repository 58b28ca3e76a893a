import type { ApprovalRule } from '@sluice/core/gates/approval-rule.ts';
import type { RolloutId, TrackId } from '@sluice/core/kernel/ids.ts';
import type { Instant } from '@sluice/core/kernel/instant.ts';
import type { BundleStore } from '../bundles/bundle-store.ts';
import type { CheckRunner } from '../checks/check-runner.ts';
import type { ReleaseRehearsal } from '../clusters/release-rehearsal.ts';
import type { BaselineSource } from '../loop/baseline-source.ts';
import type { TrackStore } from '../loop/track-store.ts';
import type { World } from '../loop/world.ts';
import type { MetricsProvider } from '../metrics/metrics-provider.ts';
import type { CheckDestination } from '../outgoing/guarded-outgoing.ts';
import type { PolicyGate } from '../policies/policy-gate.ts';
import type { Placed } from '../places/places.ts';
import type { TrafficRouter } from '../routing/traffic-router.ts';
import type { Target } from '../targets/target.ts';
import type { DeliveryRecords } from './delivery-records.ts';
import type { RefusedOrders } from './refused-orders.ts';
import type { RouteClaims } from './route-claims.ts';

/** What the control plane works with. */
export interface ControlPlanePorts {
  readonly tenant: string;
  /** The machine of the control plane is not the tenant's: nothing of a release runs or is read there. */
  readonly isForeign?: boolean;
  /** Judges whether the control plane may call what a release names. */
  readonly check: CheckDestination;
  readonly store: TrackStore;
  readonly records: DeliveryRecords;
  readonly routes: RouteClaims;
  readonly world: World;
  readonly orders: Pick<RefusedOrders, 'among'>;
  readonly places: {
    of(revision: Placed): {
      readonly metrics: MetricsProvider;
      readonly target: Pick<Target, 'instances' | 'logs'>;
      readonly router: Pick<TrafficRouter, 'capabilities'>;
    };
  };
  readonly baselines: BaselineSource;
  readonly checks: Pick<CheckRunner, 'reach'>;
  readonly rehearse: ReleaseRehearsal;
  /** Without it no policy is asked. */
  readonly policies?: PolicyGate;
  readonly bundles: BundleStore;
  /** Takes out of logs what nobody should see: words in which one of the patterns is found, and tokens. */
  readonly mask?: (text: string, patterns: readonly string[]) => string;
  /** Whether somebody has registered an agent of this id, whose workers connect by themselves. */
  readonly isRegisteredAgent: (id: TrackId) => Promise<boolean>;
  /** The W3C `traceparent` of the request that is being answered, where it brought one. */
  readonly currentTrace?: () => string | undefined;
  /** The approvals that are demanded of every release of a track; none without. */
  readonly approvalRules?: (track: TrackId, project?: string) => Promise<readonly ApprovalRule[]>;
  readonly now: () => Instant;
  /** A fresh name for a rollout, unique in the store. */
  readonly newRolloutId: () => Promise<RolloutId>;
  /** Lets the loop look for due tracks at once. */
  readonly wakeLoop: () => void;
}
