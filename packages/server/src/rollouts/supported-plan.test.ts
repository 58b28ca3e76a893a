import { describe, expect, it } from 'vitest';
import type { ComponentSpec } from '@sluice/core/rollout/component-spec.ts';
import { compilePlan } from '@sluice/core/rollout/plan.ts';
import { SAMPLE_BASE, sampleComponent } from '@sluice/core/rollout/testing/sample-component.ts';
import type { UserMatch } from '@sluice/core/rollout/step.ts';
import type { StrategySpec } from '@sluice/core/rollout/strategy-spec.ts';
import type { StickyKey } from '@sluice/core/traffic/split.ts';
import type { RouterCapabilities } from '../routing/traffic-router.ts';
import type { RevisionRecord } from '../targets/revision-record.ts';
import { clusterRevision, testSettings } from '../targets/testing/cluster-revision.ts';
import { testComponent, testRevision, testTrack } from '../targets/testing/test-revision.ts';
import { planView } from './plan-view.ts';
import { otherPlace, unsharableRoute, unsupportedVerb } from './supported-plan.ts';
import { ABLE_ROUTER } from './testing/control-plane-rig.ts';

const RECORD = testRevision(2, { directory: '/nowhere' });

function refusal(strategy: StrategySpec, router: Partial<RouterCapabilities>): string | undefined {
  const plan = compilePlan(sampleComponent(strategy), { first: false, lane: 'normal' });
  return unsupportedVerb(plan, RECORD, { ...ABLE_ROUTER, ...router })?.refusal.detail;
}

const canary = (
  shareBasisPoints: number,
  { matches = [], sticky = null }: { matches?: readonly UserMatch[]; sticky?: StickyKey | null } = {},
): StrategySpec => ({
  ...{ ...SAMPLE_BASE, kind: 'canary', early: false, sticky },
  phases: [{ shareBasisPoints, holdMs: 1_000, matches, criteria: [] }],
});
const shadow: StrategySpec = {
  ...SAMPLE_BASE,
  ...{ kind: 'shadow', shareBasisPoints: 1_000, holdMs: 1_000, then: 'retire' },
};
const ab: StrategySpec = {
  ...{ ...SAMPLE_BASE, kind: 'ab', matches: [], significance: 0.95, maxSamples: 1_000, limitMs: 1_000 },
  ...{ goal: { path: '/done', method: null, from: '/' }, winner: 'automatic' },
};
const BETA: UserMatch = { conditions: [{ on: 'cookie', name: 'beta', equals: '1' }] };

describe('a plan is refused to a router that cannot', () => {
  it.each<[string, StrategySpec, Partial<RouterCapabilities>]>([
    ['mirrors requests', shadow, { mirror: false }],
    ['shifts to 12.5 % (steps of 1 % are possible)', canary(1_250), { granularityBasisPoints: 100 }],
    [
      'keeps users by cookie',
      canary(500, { sticky: { by: 'cookie', name: 'uid' } }),
      { sticky: ['address'] },
    ],
    ['matches on cookie', canary(500, { matches: [BETA] }), { matchOn: ['header', 'path'] }],
    ['counts goals', ab, { goals: false }],
  ])('%s', (verb, strategy, missing) => {
    expect(refusal(strategy, {})).toBeUndefined();
    expect(refusal(strategy, missing)).toBe(
      `The strategy sample of shop/test/web ${verb}, which the router of this environment cannot do.`,
    );
  });

  it('unless it does not need it', () => {
    const least = {
      shares: 'exact' as const,
      granularityBasisPoints: 100,
      matchOn: [],
      mirror: false,
      sticky: [],
      goals: false,
    };
    expect(refusal(canary(2_500), least)).toBeUndefined();
  });
});

describe('a workload that is changed in place', () => {
  const inPlace = (strategy: StrategySpec, instances = 3) => {
    const component = sampleComponent(strategy, instances);
    const plan = compilePlan(component, { first: false, lane: 'normal', shares: 'in-place' });
    return { plan, fault: unsupportedVerb(plan, { ...RECORD, component }, ABLE_ROUTER)?.refusal.detail };
  };
  const rolling: StrategySpec = {
    ...{ ...SAMPLE_BASE, kind: 'rolling', holdMs: 1_000 },
    ...{ maxSurge: { basisPoints: 2_500 }, maxUnavailable: { basisPoints: 2_500 } },
  };
  const blueGreen: StrategySpec = { ...SAMPLE_BASE, kind: 'blue-green', bakeMs: 1_000 };

  it('is refused what needs two revisions beside each other', () => {
    expect(inPlace(canary(2_500)).fault).toContain('each new pod takes the place of an old one');
    expect(inPlace(blueGreen).fault).toContain('each new pod takes the place of an old one');
    expect(inPlace(rolling).fault).toBeUndefined();
  });

  it('is told of what its shares are worth', () => {
    const warnings = (instances: number) => planView(inPlace(rolling, instances).plan, null).warnings;
    expect(warnings(3)).toEqual([
      expect.stringContaining(
        '1 of 3 instances at a time. Nothing splits requests: each ready instance gets its part',
      ),
    ]);
    expect(warnings(1)).toEqual([expect.stringContaining('has one instance: nothing is left')]);
  });
});

describe('a plan that serves both revisions at once', () => {
  const STABLE = testRevision(1, { directory: '/nowhere' });
  const detail = (
    strategy: StrategySpec,
    changes: Partial<ComponentSpec>,
    besides: readonly RevisionRecord[] = [STABLE],
  ) => {
    const plan = compilePlan(sampleComponent(strategy), { first: false, lane: 'normal' });
    const record = testRevision(2, { directory: '/nowhere', component: testComponent(changes) });
    return unsharableRoute(plan, record, besides)?.refusal.detail;
  };
  const blueGreen: StrategySpec = { ...SAMPLE_BASE, kind: 'blue-green', bakeMs: 1_000 };
  const moved = { route: { host: null, path: '/shop' } };

  it.each<[string, Partial<ComponentSpec>]>([
    ['route', moved],
    ['protocol', { request: { ...testComponent().request, protocol: 'h2c' } }],
  ])('is refused when its %s changes, which both would have to share', (_, changes) => {
    expect(detail(canary(500), changes)).toContain(
      'declares another route or protocol than v1, which is stable',
    );
  });

  it('is taken when neither changes, when it switches at once, and when nothing is stable', () => {
    expect(detail(canary(500), { instances: 9 })).toBeUndefined();
    expect(detail(blueGreen, moved)).toBeUndefined();
    expect(detail(canary(500), moved, [])).toBeUndefined();
  });
});

describe('a line of releases stays in one place', () => {
  const on = (namespace: string, changes = {}) =>
    clusterRevision(testTrack('web'), 1, testSettings(namespace, changes));

  it('is refused another namespace, a machine instead of a cluster, and other routers', () => {
    expect(otherPlace(on('shop'), [on('other')])?.refusal.detail).toMatch(
      /namespace shop .* namespace other/,
    );
    expect(otherPlace(RECORD, [on('shop')])?.refusal.detail).toMatch(/this machine/);
    const istio = { routers: [{ kind: 'gateway-api' }] };
    expect(otherPlace(on('shop', istio), [on('shop')])?.refusal.detail).toMatch(/split by other routers/);
  });

  it('may change everything else', () => {
    expect(otherPlace(on('shop', { labels: { team: 'a' } }), [on('shop')])).toBeUndefined();
    expect(otherPlace(RECORD, [RECORD])).toBeUndefined();
  });
});
