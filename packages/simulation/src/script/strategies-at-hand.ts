import { DEFAULT_JUDGE_SPEC } from '@sluice/core/analysis/judge-spec.ts';
import type { Criterion } from '@sluice/core/analysis/thresholds.ts';
import type { ComponentSpec } from '@sluice/core/rollout/component-spec.ts';
import type { AnalysisSpec, StrategyBase, StrategySpec } from '@sluice/core/rollout/strategy-spec.ts';

/** The strategies by the names that scripts use. */
export type StrategyName = StrategySpec['kind'];

/** Parts of an analysis that a script changes. */
export type AnalysisChange = Partial<AnalysisSpec['on']> & {
  readonly criteria?: readonly Criterion[];
  readonly warmUpMs?: number;
};

/** Parts of a strategy that a script changes. */
export type StrategyChange = Partial<Omit<StrategyBase, 'name' | 'analysis'>> & {
  readonly analysis?: AnalysisChange;
};

/** At most one failed request in ten, in windows of six seconds, twice. */
export const ERRORS_BELOW_TENTH: Criterion = {
  metric: 'errors',
  op: '<',
  value: 0.1,
  windowMs: 6000,
  failureLimit: 1,
};

/** An analysis at a pace at which a story takes minutes and not hours. */
export function analysisAtHand({ criteria = [], warmUpMs = 0, ...on }: AnalysisChange = {}): AnalysisSpec {
  return {
    traffic: 'counted',
    judge: { ...DEFAULT_JUDGE_SPEC, warmUpMs, noDataAfterMs: 12_000 },
    criteria,
    expressions: [],
    measurements: [],
    on: {
      fail: 'rollback',
      inconclusive: 'promote',
      noData: 'hold',
      providerError: 'hold',
      holdLimitMs: 60_000,
      atLimit: 'ask-human',
      ...on,
    },
    minRequests: 10,
  };
}

/** A strategy of each kind at the same pace. */
export function strategyAtHand(name: StrategyName, change: StrategyChange = {}): StrategySpec {
  const { analysis, ...rest } = change;
  const base: StrategyBase = {
    name,
    analysis: analysisAtHand(analysis),
    checks: ['smoke'],
    afterChecks: [],
    keepOldMs: 20_000,
    progressDeadlineMs: 60_000,
    sticky: null,
    ...rest,
  };
  switch (name) {
    case 'rolling':
      return {
        ...base,
        kind: 'rolling',
        maxSurge: { instances: 1 },
        maxUnavailable: { instances: 0 },
        holdMs: 6000,
      };
    case 'blue-green':
      return { ...base, kind: 'blue-green', bakeMs: 18_000 };
    case 'canary':
      return { ...base, kind: 'canary', phases: [2500, 5000, 10_000].map(phase), early: false };
    case 'ab':
      return {
        ...base,
        kind: 'ab',
        matches: [],
        goal: { path: '/buy', method: null, from: '/' },
        significance: 0.95,
        maxSamples: 4000,
        limitMs: 60_000,
        winner: 'automatic',
      };
    case 'immutable':
      return { ...base, kind: 'immutable' };
    case 'shadow':
      return { ...base, kind: 'shadow', shareBasisPoints: 2000, holdMs: 15_000, then: 'switch' };
    case 'steps':
      return { ...base, kind: 'steps', steps: OWN_STEPS };
  }
}

const phase = (shareBasisPoints: number): Extract<StrategySpec, { kind: 'canary' }>['phases'][number] => ({
  shareBasisPoints,
  holdMs: 15_000,
  matches: [],
  criteria: [],
});

const OWN_STEPS: Extract<StrategySpec, { kind: 'steps' }>['steps'] = [
  {
    kind: 'shift',
    shareBasisPoints: 0,
    matches: [{ conditions: [{ on: 'header', name: 'x-beta', equals: '1' }] }],
    mirrorBasisPoints: 0,
    sticky: null,
  },
  { kind: 'hold', durationMs: 6000 },
  { kind: 'approve', prompt: 'Has support been told?' },
  { kind: 'shift', shareBasisPoints: 5000, matches: [], mirrorBasisPoints: 0, sticky: null },
  { kind: 'judge', durationMs: 12_000, criteria: [], early: true, winner: null, measurements: [] },
];

/** The component of every story, with a strategy and a number of instances. */
export const componentAtHand = (strategy: StrategySpec, instances: number): ComponentSpec => ({
  name: 'web',
  workload: { on: 'machine', run: 'serve', source: '/web' },
  instances,
  route: { host: null, path: '/' },
  request: { protocol: 'http1', timeoutMs: 60_000, maxBodyBytes: 0 },
  health: { path: '/health', withinMs: 30_000, intervalMs: 1000, timeoutMs: 1000, failures: 2 },
  env: {},
  secrets: {},
  needs: [],
  resources: { cpuMillis: 0, memoryBytes: 0 },
  drainMs: 2000,
  user: { by: 'cookie', name: 'visitor' },
  strategy,
});
