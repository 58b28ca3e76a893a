import { DEFAULT_JUDGE_SPEC } from '../../analysis/judge-spec.ts';
import type { ComponentSpec } from '../component-spec.ts';
import type { AnalysisSpec, StrategyBase, StrategySpec } from '../strategy-spec.ts';

/** The analysis of the samples: hold on silence and outage, go on when nothing is proven. */
export const SAMPLE_ANALYSIS: AnalysisSpec = {
  traffic: 'counted',
  judge: { ...DEFAULT_JUDGE_SPEC, warmUpMs: 0, noDataAfterMs: 10_000 },
  criteria: [],
  expressions: [],
  measurements: [],
  on: {
    fail: 'rollback',
    inconclusive: 'promote',
    noData: 'hold',
    providerError: 'hold',
    holdLimitMs: 3_600_000,
    atLimit: 'ask-human',
  },
  minRequests: 20,
};

/** What every sample strategy has. */
export const SAMPLE_BASE: StrategyBase = {
  name: 'sample',
  analysis: SAMPLE_ANALYSIS,
  checks: ['smoke'],
  afterChecks: [],
  keepOldMs: 600_000,
  progressDeadlineMs: 600_000,
  sticky: null,
};

/** A canary over 25 % and 50 %, each judged for a minute. */
export const SAMPLE_CANARY: StrategySpec = {
  ...SAMPLE_BASE,
  kind: 'canary',
  phases: [2500, 5000].map((shareBasisPoints) => ({
    shareBasisPoints,
    holdMs: 60_000,
    matches: [],
    criteria: [],
  })),
  early: false,
};

/** A component with a strategy and a number of instances. */
export const sampleComponent = (strategy: StrategySpec, instances = 4): ComponentSpec => ({
  name: 'web',
  workload: { on: 'machine', run: 'node server.js', source: '/app' },
  instances,
  route: { host: null, path: '/' },
  request: { protocol: 'http1', timeoutMs: 60_000, maxBodyBytes: 0 },
  health: { path: '/health', withinMs: 60_000, intervalMs: 2000, timeoutMs: 2000, failures: 3 },
  env: {},
  secrets: {},
  needs: [],
  resources: { cpuMillis: 0, memoryBytes: 0 },
  drainMs: 30_000,
  user: { by: 'cookie', name: 'visitor' },
  strategy,
});
