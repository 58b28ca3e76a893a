import { DEFAULT_JUDGE_SPEC, type JudgeSpec } from '@sluice/core/analysis/judge-spec.ts';
import { PAIRS_METRIC, scoreMetric, TOOLS_METRIC } from '@sluice/core/analysis/metric-words.ts';
import type { AgentsSpec } from '@sluice/core/rollout/component-spec.ts';
import type { AnalysisSpec, VerdictPolicies } from '@sluice/core/rollout/strategy-spec.ts';
import type { AnalysisInput } from '../language/criteria-language.ts';
import { DEFAULTS } from '../language/defaults.ts';
import { defaultMs } from './default-value.ts';
import { resolveMeasurements } from './resolve-measurements.ts';
import { overlaid, resolveCriteria, resolveExpressions } from './resolve-criteria.ts';

/** Time for which windows are sized when a strategy watches at no time, in ms. */
const NO_WATCH_MS = 300_000;

/** How a candidate is watched. */
export interface WatchedTraffic {
  /** The shortest time in which the strategy watches its candidate, in ms; undefined when it never does. */
  readonly watchMs: number | undefined;
  readonly baseDirectory: string;
  readonly traffic: AnalysisSpec['traffic'];
  /** Of a component of agents. */
  readonly agents: AgentsSpec | undefined;
  /** The candidate gets copies, so that both sides do the same tasks. */
  readonly isCopied: boolean;
}

/**
 * What is demanded by one strategy: its own keys over those of the file, over the defaults.
 * Criteria, measurements, verdict policies and settings of the judge are laid over each other key by key; expressions replace.
 */
export function resolveAnalysis(
  file: AnalysisInput,
  own: AnalysisInput,
  { watchMs, baseDirectory, traffic, agents, isCopied }: WatchedTraffic,
): AnalysisSpec {
  const timeMs = watchMs ?? NO_WATCH_MS;
  const measurements = resolveMeasurements(
    { ...file.measurements, ...own.measurements },
    { baseDirectory, prefix: '' },
  );
  return {
    traffic,
    judge: resolveJudge({ ...file.judge, ...own.judge }, { agents, isCopied }),
    criteria: resolveCriteria(overlaid(file.criteria, own.criteria), timeMs),
    expressions: resolveExpressions(own.expressions ?? file.expressions, timeMs),
    measurements: measurements.map((measurement) => ({ ...measurement, fromStep: 0 })),
    on: resolvePolicies({ ...file.on, ...own.on }),
    minRequests: own['min-requests'] ?? file['min-requests'] ?? DEFAULTS.minRequests,
  };
}

function resolvePolicies(on: NonNullable<AnalysisInput['on']>): VerdictPolicies {
  const atLimit = on.then ?? DEFAULTS.on.then;
  return {
    fail: on.fail ?? DEFAULTS.on.fail,
    inconclusive: on.inconclusive ?? DEFAULTS.on.inconclusive,
    noData: on['no-data'] ?? DEFAULTS.on['no-data'],
    providerError: on['provider-error'] ?? DEFAULTS.on['provider-error'],
    holdLimitMs: on.limit ?? defaultMs(DEFAULTS.on.limit),
    atLimit: atLimit === 'ask' ? 'ask-human' : atLimit,
  };
}

type JudgeInput = NonNullable<AnalysisInput['judge']>;

/** An attempt fails more often than a request, and a model is seldom as sure as a service. */
const JUDGE_OF_AGENTS: JudgeSpec = { ...DEFAULT_JUDGE_SPEC, sloErrorRate: 0.1, passErrorRate: 0.01 };
const COST_TOLERANCE = 1.25;
const COST_WEIGHT = 0.1;

function resolveJudge(
  judge: JudgeInput,
  { agents, isCopied }: Pick<WatchedTraffic, 'agents' | 'isCopied'>,
): JudgeSpec {
  const byDefault = agents === undefined ? DEFAULT_JUDGE_SPEC : JUDGE_OF_AGENTS;
  const passErrors = judge['pass-errors'];
  return {
    ...byDefault,
    alpha: judge.alpha ?? byDefault.alpha,
    beta: judge.beta ?? byDefault.beta,
    rPass: judge['pass-ratio'] ?? byDefault.rPass,
    sloErrorRate: judge.slo ?? byDefault.sloErrorRate,
    passErrorRate: passErrors === 'off' ? null : (passErrors ?? byDefault.passErrorRate),
    minEffect: judge['min-effect'] ?? byDefault.minEffect,
    latencyToleranceMs: judge['latency-tolerance'] ?? byDefault.latencyToleranceMs,
    warmUpMs: judge['warm-up'] ?? byDefault.warmUpMs,
    noDataAfterMs: judge['no-data-after'] ?? byDefault.noDataAfterMs,
    weights: {
      ...byDefault.weights,
      errors: judge.weights?.errors ?? byDefault.weights.errors,
      latency: judge.weights?.latency ?? byDefault.weights.latency,
    },
    ...(agents && judgedWork(judge, agents, isCopied)),
  };
}

/** What is judged of agents beside errors and latency. */
function judgedWork(
  { weights = {}, 'cost-tolerance': tolerance = COST_TOLERANCE }: JudgeInput,
  { evaluations = [] }: AgentsSpec,
  isCopied: boolean,
): Pick<JudgeSpec, 'custom' | 'weights' | 'costTolerance'> {
  const { weights: byDefault } = DEFAULT_JUDGE_SPEC;
  return {
    custom: [
      ...(isCopied ? [PAIRS_METRIC] : []),
      TOOLS_METRIC,
      ...evaluations.map(({ name }) => scoreMetric(name)),
    ],
    weights: {
      errors: weights.errors ?? byDefault.errors,
      latency: weights.latency ?? byDefault.latency,
      custom: weights.scores ?? byDefault.custom,
      cost: weights.cost ?? COST_WEIGHT,
    },
    ...(tolerance !== 'off' && { costTolerance: tolerance }),
  };
}
