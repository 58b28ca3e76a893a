import { assert, boolean, constantFrom, integer, oneof, property, record } from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatShare, WHOLE_BASIS_POINTS } from '../kernel/share.ts';
import { requiredInstances } from '../traffic/capacity.ts';
import { describeStep } from './describe-step.ts';
import { compilePlan, type Plan, sharesAlong } from './plan.ts';
import type { Step } from './step.ts';
import type { Amount, StrategySpec } from './strategy-spec.ts';
import { SAMPLE_ANALYSIS, SAMPLE_BASE, SAMPLE_CANARY, sampleComponent } from './testing/sample-component.ts';

const limits = { metric: 'errors', op: '<', value: 0.01, windowMs: 60_000, failureLimit: 2 } as const;
const analysis = { ...SAMPLE_ANALYSIS, criteria: [limits] };
const beta = { conditions: [{ on: 'header', name: 'x-beta', equals: '1' }] } as const;

const ROLLING: StrategySpec = {
  ...SAMPLE_BASE,
  kind: 'rolling',
  maxSurge: { basisPoints: 2500 },
  maxUnavailable: { instances: 0 },
  holdMs: 0,
};
const BLUE_GREEN: StrategySpec = { ...SAMPLE_BASE, kind: 'blue-green', bakeMs: 300_000, analysis };
const PRESET_CANARY: StrategySpec = {
  ...SAMPLE_BASE,
  kind: 'canary',
  analysis,
  early: true,
  phases: (
    [
      [500, 600_000],
      [2500, 1_200_000],
      [7500, 1_800_000],
      [10_000, 600_000],
    ] as const
  ).map(([shareBasisPoints, holdMs]) => ({ shareBasisPoints, holdMs, matches: [], criteria: [] })),
};
const AB: StrategySpec = {
  ...SAMPLE_BASE,
  kind: 'ab',
  matches: [],
  goal: { path: '/checkout', method: 'POST', from: '/cart' },
  significance: 0.95,
  maxSamples: 20_000,
  limitMs: 14 * 86_400_000,
  winner: 'automatic',
};
const IMMUTABLE: StrategySpec = { ...SAMPLE_BASE, kind: 'immutable', keepOldMs: 0 };
const SHADOW: StrategySpec = {
  ...SAMPLE_BASE,
  kind: 'shadow',
  shareBasisPoints: 1000,
  holdMs: 600_000,
  then: 'retire',
};
const OWN_STEPS: StrategySpec = {
  ...SAMPLE_BASE,
  kind: 'steps',
  steps: [
    { kind: 'provision', candidate: 1, stable: 4, dedicatedPorts: false },
    { kind: 'shift', shareBasisPoints: 100, matches: [beta], mirrorBasisPoints: 0, sticky: null },
    { kind: 'hold', durationMs: 90_000 },
    { kind: 'approve', prompt: 'Has support been told?' },
  ],
};

const normal = { first: false, lane: 'normal' } as const;
const planOf = (strategy: StrategySpec, instances = 4): Plan =>
  compilePlan(sampleComponent(strategy, instances), normal);

/** A plan as a person reads it: the steps, and the candidate's share after each. */
function printed(title: string, plan: Plan): string {
  const shares = sharesAlong(plan.steps);
  const lines = plan.steps.map((step, index) => {
    const share = `${formatShare(shares[index] ?? 0)}`.padStart(6);
    return `${String(index + 1).padStart(3)}. ${share}  ${describeStep(step)}`;
  });
  const end = plan.promotes ? 'the candidate becomes stable' : 'stable stays, the candidate goes';
  return [`${title}\n`, ...lines, `            ${end}\n`].join('\n');
}

describe('plans in words', () => {
  test.each([
    [
      'rolling',
      [
        printed('rolling, 4 instances, one more at a time', planOf(ROLLING)),
        printed(
          'rolling, 4 instances, none more, one may be missing, each batch judged for 30 s',
          planOf({
            ...ROLLING,
            maxSurge: { instances: 0 },
            maxUnavailable: { instances: 1 },
            holdMs: 30_000,
          }),
        ),
        printed('rolling, 1 instance', planOf(ROLLING, 1)),
        printed(
          'rolling, 10 instances, half more, a fifth may be missing',
          planOf({ ...ROLLING, maxSurge: { basisPoints: 5000 }, maxUnavailable: { basisPoints: 2000 } }, 10),
        ),
      ],
    ],
    ['blue-green', [printed('blue-green, 4 instances, baked for 5 minutes', planOf(BLUE_GREEN))]],
    [
      'canary',
      [
        printed('canary by preset, 4 instances', planOf(PRESET_CANARY)),
        printed('canary that ends at a half, 10 instances', planOf(SAMPLE_CANARY, 10)),
        printed('canary without checks, 1 instance', planOf({ ...SAMPLE_CANARY, checks: [] }, 1)),
      ],
    ],
    [
      'ab',
      [
        printed('A/B over half of the visitors, 4 instances', planOf(AB)),
        printed('A/B by header, decided by a person', planOf({ ...AB, matches: [beta], winner: 'manual' })),
      ],
    ],
    ['immutable', [printed('immutable, 4 instances', planOf(IMMUTABLE))]],
    [
      'shadow',
      [
        printed('shadow test, 4 instances', planOf(SHADOW)),
        printed('shadow and then switch', planOf({ ...SHADOW, then: 'switch' })),
      ],
    ],
    ['steps', [printed('own steps, without the end that every plan needs', planOf(OWN_STEPS))]],
    [
      'direct',
      [
        printed('the first release', compilePlan(sampleComponent(PRESET_CANARY), { ...normal, first: true })),
        printed('a hot-fix', compilePlan(sampleComponent(PRESET_CANARY), { first: false, lane: 'hotfix' })),
        printed('an undo', compilePlan(sampleComponent(PRESET_CANARY), { first: false, lane: 'undo' })),
      ],
    ],
  ])('%s reads as in its golden file', async (name, plans) => {
    await expect(plans.join('\n')).toMatchFileSnapshot(`goldens/${name}.golden.txt`);
  });
});

const amount = oneof(
  record({ instances: integer({ min: 0, max: 30 }) }),
  record({ basisPoints: integer({ min: 0, max: WHOLE_BASIS_POINTS }) }),
);
const rolling = record({ maxSurge: amount, maxUnavailable: amount, instances: integer({ min: 1, max: 40 }) });

const counted = (value: Amount, instances: number, round: (value: number) => number): number =>
  'instances' in value
    ? Math.min(value.instances, instances)
    : round((value.basisPoints * instances) / WHOLE_BASIS_POINTS);

describe('rolling', () => {
  test('never goes below what must stay available, nor above the surge, whatever the numbers', () => {
    assert(
      property(rolling, ({ maxSurge, maxUnavailable, instances }) => {
        const plan = planOf({ ...ROLLING, maxSurge, maxUnavailable }, instances);
        const missing = counted(maxUnavailable, instances, Math.floor);
        const surge = Math.max(counted(maxSurge, instances, Math.ceil), missing === 0 ? 1 : 0);
        for (const step of plan.steps) {
          if (step.kind !== 'provision') continue;
          expect(step.candidate + step.stable).toBeGreaterThanOrEqual(
            Math.min(instances - missing, instances),
          );
          expect(step.candidate + step.stable).toBeLessThanOrEqual(instances + surge);
        }
      }),
    );
  });

  test('old instances go only after the traffic has left them', () => {
    assert(
      property(rolling, ({ maxSurge, maxUnavailable, instances }) => {
        const plan = planOf({ ...ROLLING, maxSurge, maxUnavailable }, instances);
        let share = 0;
        for (const step of plan.steps) {
          if (step.kind === 'shift') share = step.shareBasisPoints;
          if (step.kind === 'switch') share = WHOLE_BASIS_POINTS;
          if (step.kind !== 'provision' || share === 0) continue;
          const stableNeeds = requiredInstances(WHOLE_BASIS_POINTS - share, plan.fullInstances);
          expect(step.stable).toBeGreaterThanOrEqual(stableNeeds);
        }
      }),
    );
  });

  test('takes at most one batch per instance', () => {
    assert(
      property(rolling, ({ maxSurge, maxUnavailable, instances }) => {
        const plan = planOf({ ...ROLLING, maxSurge, maxUnavailable }, instances);
        const moves = plan.steps.filter(({ kind }) => kind === 'shift' || kind === 'switch').length;
        expect(moves).toBeLessThanOrEqual(instances);
      }),
    );
  });
});

const share = integer({ min: 1, max: WHOLE_BASIS_POINTS });
const strategies = oneof(
  rolling.map(({ maxSurge, maxUnavailable }): StrategySpec => ({ ...ROLLING, maxSurge, maxUnavailable })),
  record({ shares: share.chain((last) => integer({ min: 1, max: last }).map((first) => [first, last])) }).map(
    ({ shares }): StrategySpec => ({
      ...SAMPLE_CANARY,
      kind: 'canary',
      early: false,
      phases: shares.map((shareBasisPoints) => ({
        shareBasisPoints,
        holdMs: 1000,
        matches: [],
        criteria: [],
      })),
    }),
  ),
  record({ then: constantFrom('retire' as const, 'switch' as const), shareBasisPoints: share }).map(
    (part): StrategySpec => ({ ...SAMPLE_BASE, kind: 'shadow', holdMs: 1000, ...part }),
  ),
  constantFrom(BLUE_GREEN, IMMUTABLE, AB, OWN_STEPS),
);
const circumstances = record({ first: boolean(), lane: constantFrom('normal', 'hotfix', 'undo') } as const);

describe('every plan', () => {
  const anyPlan = (holds: (plan: Plan, instances: number) => void): void =>
    assert(
      property(strategies, circumstances, integer({ min: 1, max: 40 }), (strategy, how, instances) => {
        holds(compilePlan(sampleComponent(strategy, instances), how), instances);
      }),
    );

  test('never shrinks the share on its way, and ends at 100 % when it promotes', () => {
    anyPlan((plan) => {
      const shares = sharesAlong(plan.steps);
      expect(shares).toEqual([...shares].sort((a, b) => a - b));
      if (plan.promotes) expect(shares.at(-1)).toBe(WHOLE_BASIS_POINTS);
    });
  });

  test('gives no share before the instances that carry it', () => {
    anyPlan((plan) => {
      let candidate = 0;
      for (const step of plan.steps) {
        if (step.kind === 'provision') candidate = step.candidate;
        const given = shareGiven(step);
        expect(candidate).toBeGreaterThanOrEqual(requiredInstances(given, plan.fullInstances));
      }
    });
  });

  test('checks the candidate before it has any request', () => {
    anyPlan((plan) => {
      if (plan.kind === 'undo' || plan.kind === 'steps') return;
      const verified = plan.steps.findIndex(({ kind }) => kind === 'verify');
      const reached = plan.steps.findIndex((step) => shareGiven(step) > 0);
      expect(verified).toBeGreaterThanOrEqual(0);
      expect(verified).toBeLessThan(reached);
    });
  });

  test('ends with the retirement of the old copy when it promotes', () => {
    anyPlan((plan) => {
      if (plan.promotes) expect(plan.steps.at(-1)?.kind).toBe('retire');
    });
  });

  test('is the same whenever it is compiled', () => {
    assert(
      property(strategies, circumstances, (strategy, how) => {
        const component = sampleComponent(strategy);
        expect(compilePlan(component, how)).toEqual(compilePlan(component, how));
      }),
    );
  });
});

const shareGiven = (step: Step): number => {
  if (step.kind === 'switch') return WHOLE_BASIS_POINTS;
  if (step.kind !== 'shift') return 0;
  const reached = step.matches.length > 0 || step.mirrorBasisPoints > 0 ? 1 : 0;
  return Math.max(step.shareBasisPoints, step.mirrorBasisPoints, reached);
};

test('a plan carries the whole with what may be missing left out', () => {
  const missing: StrategySpec = { ...ROLLING, maxUnavailable: { basisPoints: 2500 } };
  expect(planOf(missing, 4).fullInstances).toBe(3);
  expect(planOf(BLUE_GREEN, 4).fullInstances).toBe(4);
});

test('only a shadow test that retires its candidate does not promote', () => {
  expect(planOf(SHADOW).promotes).toBe(false);
  expect(planOf({ ...SHADOW, then: 'switch' }).promotes).toBe(true);
  expect(compilePlan(sampleComponent(SHADOW), { first: true, lane: 'normal' }).promotes).toBe(true);
});

test('a step that only lasts as long as its measurements is called after them', () => {
  const measurements = [{ name: 'errors' }, { name: 'p99' }] as never;
  const settle = { kind: 'settle', durationMs: 0, criteria: [], measurements } as const;
  expect(describeStep(settle)).toBe('measure errors, p99');
  expect(describeStep({ ...settle, durationMs: 60_000 })).toBe('settle 1m, measuring errors, p99');
  expect(describeStep({ ...settle, measurements: [] })).toBe('settle 0ms');
  expect(describeStep({ ...settle, kind: 'judge', early: false, winner: null })).toBe('measure errors, p99');
});
