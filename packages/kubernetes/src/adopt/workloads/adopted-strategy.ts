import { DEFAULT_JUDGE_SPEC } from '@sluice/core/analysis/judge-spec.ts';
import type { Amount, AnalysisSpec, StrategySpec } from '@sluice/core/rollout/strategy-spec.ts';

/** How long a rollout may be held for one reason before a person is asked, in ms; as in `sluice.yaml`. */
const HOLD_LIMIT_MS = 3_600_000;
/** Fewest requests of a phase in the presets; as in `sluice.yaml`. */
const PRESET_MIN_REQUESTS = 20;
const PRESET_KEEP_OLD_MS = 600_000;

/** Which time of a step counts where requests are counted; a part of a sentence. */
export const COUNTED_TIME = `from the candidate’s first request on, without the first ${DEFAULT_JUDGE_SPEC.warmUpMs / 1000} s of a new pod and without the time in which the metrics do not answer`;

/**
 * What is demanded of an adopted component: Sluice's judge where somebody counts its requests, otherwise nothing of figures.
 *
 * @param minRequests fewest requests of the candidate in a step that is judged
 */
export const adoptedAnalysis = (traffic: AnalysisSpec['traffic'], minRequests: number): AnalysisSpec => ({
  traffic,
  judge: DEFAULT_JUDGE_SPEC,
  criteria: [],
  expressions: [],
  measurements: [],
  on: {
    fail: 'rollback',
    inconclusive: 'promote',
    noData: 'hold',
    providerError: 'hold',
    holdLimitMs: HOLD_LIMIT_MS,
    atLimit: 'ask-human',
  },
  minRequests: traffic === 'counted' ? minRequests : 0,
});

/** The preset canary: 5 %, 25 %, 75 % and all requests, as `strategy: canary` in `sluice.yaml`. */
export function presetCanary(traffic: AnalysisSpec['traffic'], progressDeadlineMs: number): StrategySpec {
  const phases = [
    [500, 600_000],
    [2500, 1_200_000],
    [7500, 1_800_000],
    [10_000, 600_000],
  ] as const;
  return {
    ...base('canary', traffic, progressDeadlineMs),
    keepOldMs: PRESET_KEEP_OLD_MS,
    kind: 'canary',
    phases: phases.map(([shareBasisPoints, holdMs]) => ({
      shareBasisPoints,
      holdMs,
      matches: [],
      criteria: [],
    })),
    early: false,
  };
}

/** Rolling in batches, with nothing judged but readiness. */
export function rollingBy(
  amounts: { readonly maxSurge: Amount; readonly maxUnavailable: Amount },
  progressDeadlineMs: number,
): Extract<StrategySpec, { kind: 'rolling' }> {
  return { ...base('rolling', 'uncounted', progressDeadlineMs), kind: 'rolling', ...amounts, holdMs: 0 };
}

const base = (name: string, traffic: AnalysisSpec['traffic'], progressDeadlineMs: number) => ({
  name,
  analysis: adoptedAnalysis(traffic, PRESET_MIN_REQUESTS),
  checks: [],
  afterChecks: [],
  keepOldMs: 0,
  progressDeadlineMs,
  sticky: null,
});
