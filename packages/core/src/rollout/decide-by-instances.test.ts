import { describe, expect, it } from 'vitest';
import { compilePlan } from './plan.ts';
import { rolloutId } from '../kernel/ids.ts';
import { requestRollout } from './commands.ts';
import { SAMPLE_CANARY, sampleComponent } from './testing/sample-component.ts';
import { idOf, stableWorld, type TameWorld } from './testing/tame-world.ts';

const STRATEGY = { ...SAMPLE_CANARY, checks: [] };

/** Asks for a version where nobody splits requests. */
function releaseByInstances(world: TameWorld, version: string): void {
  const component = sampleComponent(STRATEGY, 4);
  const plan = compilePlan(component, { first: false, lane: 'normal', shares: 'by-instances' });
  const revision = { id: idOf(version), version, instances: 4, fullInstances: plan.fullInstances };
  const request = { id: rolloutId(`ro-${version}`), lane: 'normal', revision, plan, by: 'ann' } as const;
  const asked = requestRollout(world.track, { ...request, arrival: 'supersede' }, world.now);
  if (asked.ok) world.commit(asked.value);
}

describe('an old copy that is kept where shares follow the instances', () => {
  it('is retired before two others share, because it would get a part as well', () => {
    const world = stableWorld('v1', { strategy: STRATEGY });
    world.release('v2', { strategy: STRATEGY });
    world.lookUntil(() => world.track.stable === idOf('v2'));
    expect(world.track.retained.map(({ revision }) => revision)).toEqual([idOf('v1')]);
    releaseByInstances(world, 'v3');
    world.lookUntil(() => world.share('v3') > 0);
    expect(world.revisions[idOf('v1')]).toBeUndefined();
  });

  it('keeps the requests where they are for as long as it does not go', () => {
    const world = stableWorld('v1', { strategy: STRATEGY });
    world.release('v2', { strategy: STRATEGY });
    world.lookUntil(() => world.track.stable === idOf('v2'));
    world.ignored = ['retireRevision'];
    releaseByInstances(world, 'v3');
    for (let look = 0; look < 30; look++) world.look();
    expect(world.share('v3')).toBe(0);
    expect(world.last?.explanation.waitingFor).toContain('the old copy web-v1 to go');
  });
});
