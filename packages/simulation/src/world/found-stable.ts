import { rolloutId } from '@sluice/core/kernel/ids.ts';
import type { Instant } from '@sluice/core/kernel/instant.ts';
import { EMPTY_BASELINE } from '@sluice/core/rollout/evidence.ts';
import type { TrackEvent } from '@sluice/core/rollout/events.ts';
import { compilePlan } from '@sluice/core/rollout/plan.ts';
import { wholeTo } from '@sluice/core/traffic/split.ts';
import type { Engine } from '../engine/engine.ts';
import { revisionOf } from '../operators/operator.ts';
import type { VersionScript } from '../script/script.ts';
import { componentAtHand } from '../script/strategies-at-hand.ts';
import type { SimulatedHost } from './simulated-host.ts';
import type { SimulatedStore } from './simulated-store.ts';

/** Puts a version in place as stable, with all requests, before the story begins. */
export function foundStable(
  { version, instances, strategy }: VersionScript,
  world: { readonly host: SimulatedHost; readonly store: SimulatedStore; readonly engine: Engine },
  at: Instant,
): void {
  const { host, store, engine } = world;
  const before = store.track;
  const id = revisionOf(version);
  const plan = compilePlan(componentAtHand(strategy, instances), { first: true, lane: 'normal' });
  const revision = { id, version, instances, fullInstances: plan.fullInstances };
  const order = { instances, dedicatedPorts: false, retiring: false, generation: 1, certain: 0 };
  const events: readonly TrackEvent[] = [
    {
      kind: 'rolloutRequested',
      at,
      id: rolloutId('ro-1'),
      lane: 'normal',
      revision,
      plan,
      by: 'operator',
      first: false,
    },
    { kind: 'rolloutPlanned', at },
    { kind: 'rolloutStarted', at, baseline: EMPTY_BASELINE, stable: null },
    { kind: 'capacityOrdered', at, revision: id, order },
    { kind: 'splitOrdered', at, split: wholeTo(id) },
    { kind: 'splitConfirmed', at },
    { kind: 'promotionBegun', at, by: 'plan' },
    { kind: 'rolloutSucceeded', at, note: `${version} is stable` },
  ];
  store.commit({
    before,
    events,
    after: events.reduce(engine.transition, before),
    nextWakeAt: at,
    by: 'founder',
  });
  host.establish(id, instances, { split: wholeTo(id), generation: store.track.version });
}
