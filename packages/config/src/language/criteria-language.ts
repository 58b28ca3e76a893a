import { parseDuration } from '@sluice/core/kernel/duration.ts';
import { z } from 'zod';
import { DEFAULTS } from './defaults.ts';
import {
  choice,
  decimal,
  definition,
  freeText,
  list,
  optional,
  record,
  required,
  textLeaf,
  whole,
} from './leaf.ts';
import { measurementsAbout, measurementsLanguage } from './measurement-language.ts';
import { duration, fraction } from './quantities.ts';

/** What a criterion may look at. */
export const CRITERION_METRICS = ['errors', 'p50', 'p90', 'p95', 'p99', 'mean'] as const;

/** Longest latency that can be a limit: above, requests have long timed out. */
const MAX_LATENCY_MS = 3_600_000;

/** A limit as written, in the unit of its metric. */
export interface LimitInput {
  readonly op: '<' | '<=';
  /** A fraction for errors, milliseconds for latencies. */
  readonly value: number;
}

const errorLimit = () =>
  textLeaf({
    expects: 'a limit on the share of failed requests, such as "< 0.1%"',
    pattern: /^<=?\s*\d+(\.\d+)?%$/,
    parse: (text) =>
      limitOf(text, (value) => {
        const share = Number((Number(value.slice(0, -1)) / 100).toPrecision(12));
        return share <= 1 ? share : undefined;
      }),
  });

const latencyLimit = () =>
  textLeaf({
    expects: 'a limit on a latency, such as "< 200ms"',
    pattern: /^<=?\s*(\d+(\.\d+)?(ms|s|m|h))+$/,
    parse: (text) =>
      limitOf(text, (value) => {
        const ms = parseDuration(value);
        return ms !== undefined && ms > 0 && ms <= MAX_LATENCY_MS ? ms : undefined;
      }),
  });

function limitOf(text: string, valueOf: (text: string) => number | undefined): LimitInput | undefined {
  const [, op, written] = /^(<=?)\s*(.*)$/.exec(text) ?? [];
  const value = valueOf(written ?? '');
  return value === undefined ? undefined : { op: op === '<=' ? '<=' : '<', value };
}

const windowKeys = (longest: string) => ({
  window: optional(duration('1s', longest), {
    meaning: 'Length of the windows in which it must hold.',
    otherwise: DEFAULTS.criterion.window,
    example: '30s',
  }),
  failures: optional(whole(0, 1000), {
    meaning: 'How many windows may fail; one more is a failure.',
    default: DEFAULTS.criterion.failures,
  }),
});

const criterionKeys = (limit: ReturnType<typeof errorLimit>, example: string) =>
  z.union([
    limit,
    record({ limit: required(limit, { meaning: 'The limit.', example }), ...windowKeys('1d') }),
  ]);

const errorCriterion = definition(
  'error-criterion',
  'A limit on errors. As a text: the limit alone.',
  criterionKeys(errorLimit(), '< 0.1%'),
);
const latencyCriterionLanguage = definition(
  'latency-criterion',
  'A limit on a latency. As a text: the limit alone.',
  criterionKeys(latencyLimit(), '< 200ms'),
);

const latencyCriterion = (which: string) =>
  optional(latencyCriterionLanguage, { meaning: `${which} of the candidate's answers.`, example: '< 200ms' });

/** Hard limits on the candidate. */
export const criteriaLanguage = definition(
  'criteria',
  'Hard limits on a candidate. What fails is taken back, whatever the judge says.',
  record({
    errors: optional(errorCriterion, {
      meaning: 'Share of the requests that the candidate answers with 5xx or not at all.',
      example: '< 0.1%',
    }),
    p50: latencyCriterion('Median latency'),
    p90: latencyCriterion('90th percentile of the latency'),
    p95: latencyCriterion('95th percentile of the latency'),
    p99: latencyCriterion('99th percentile of the latency'),
    mean: latencyCriterion('Mean latency'),
  }),
);

const expression = () =>
  freeText('an expression in CEL, such as "candidate.errorRate < 2.0 * stable.errorRate"');

const expressionLanguage = definition(
  'expression',
  'A condition in CEL over candidate, stable and seconds. As a text: the condition alone.',
  z.union([
    expression(),
    record({
      expression: required(expression(), {
        meaning: 'True in a window that is good.',
        example: 'candidate.errorRate < 2.0 * stable.errorRate',
      }),
      // A host keeps the seconds of a quarter of an hour.
      ...windowKeys('10m'),
    }),
  ]),
);

const weights = definition(
  'weights',
  'Shares of the evidence; together they count as the whole.',
  record({
    errors: optional(decimal(0, 1), { meaning: 'Share of the evidence from errors.', default: 0.5 }),
    latency: optional(decimal(0, 1), { meaning: 'Share of the evidence from latency.', default: 0.3 }),
    scores: optional(decimal(0, 1), {
      meaning: 'Share of the evidence from tool calls and scores together, of agents.',
      default: 0.2,
    }),
    cost: optional(decimal(0, 1), { meaning: 'Share of the evidence from cost, of agents.', default: 0.1 }),
  }),
);

const judge = definition(
  'judge',
  'Settings of the judge, which compares the candidate with the stable version all the time.',
  record({
    alpha: optional(fraction(0, 0.5), {
      meaning: 'Highest probability that a release which is no worse is rolled back, over the whole rollout.',
      default: '1%',
    }),
    beta: optional(fraction(0, 0.5), {
      meaning: 'Highest probability that a release `pass-ratio` times worse is passed early.',
      default: '5%',
    }),
    'pass-ratio': optional(decimal(1.01, 100), {
      meaning:
        'A pass before the time needs proof that failures are below this multiple of the stable version.',
      default: 2,
    }),
    'pass-errors': optional(z.union([choice('off'), fraction(0, 1)]), {
      meaning:
        'A pass before the time is also given for proof of an error rate below this, whatever the ratio.',
      default: '0.1%',
    }),
    slo: optional(fraction(0, 1), {
      meaning:
        'The error rate that is promised not to be exceeded: 1 % of requests, 10 % of attempts of agents.',
      otherwise: '1%, of agents 10%',
      example: '0.5%',
    }),
    'min-effect': optional(z.union([choice('auto'), decimal(1, 10)]), {
      meaning:
        'Differences up to this ratio are not held against a release; auto is 1.1 from 100 requests/s, else 1.',
      default: 'auto',
    }),
    'latency-tolerance': optional(duration('0s', '1m'), {
      meaning: "How much longer than stable's an answer of the candidate may take before it counts as slow.",
      default: '1ms',
    }),
    'cost-tolerance': optional(z.union([choice('off'), decimal(1, 100)]), {
      meaning:
        "Of agents: how many times what stable's work costs the candidate's may cost before it counts as dear; off judges no cost.",
      default: 1.25,
    }),
    'warm-up': optional(duration('0s', '1h'), {
      meaning: 'How long the requests of an instance that has just started are not compared.',
      default: '30s',
    }),
    'no-data-after': optional(duration('5s', '1h'), {
      meaning:
        'In a step that judges: after this long without a request to the candidate, or without figures from the metrics, the verdict is no data. Counted from the start of the step; a switch that is watched (settle) does not ask.',
      default: '1m',
    }),
    weights: optional(weights, {
      meaning: 'Shares of the evidence; together they count as the whole.',
      example: { errors: 0.7, latency: 0.3 },
    }),
  }),
);

const ACTIONS = ['rollback', 'hold', 'promote'] as const;
const action = (verdict: string, byDefault: string) =>
  optional(choice(...ACTIONS), {
    meaning: `What to do ${verdict}; promote goes on to the next step.`,
    default: byDefault,
  });

const on = definition(
  'on',
  'What to do on each verdict that is not a pass.',
  record({
    fail: action('when the candidate is worse', DEFAULTS.on.fail),
    inconclusive: action('when the time is over and nothing is proven', DEFAULTS.on.inconclusive),
    'no-data': action(
      'when requests or figures stay away for `no-data-after`, or a step ends with too few',
      DEFAULTS.on['no-data'],
    ),
    'provider-error': action('when the metrics cannot be read', DEFAULTS.on['provider-error']),
    limit: optional(duration('10s', '30d'), {
      meaning: 'Longest hold for one reason.',
      default: DEFAULTS.on.limit,
    }),
    then: optional(choice('ask', 'promote', 'rollback'), {
      meaning: 'What to do when the limit is reached; ask waits for a person.',
      default: DEFAULTS.on.then,
    }),
  }),
);

/** What is demanded of a candidate; at the top of a file as the default of all strategies, or in one strategy. */
export const analysisKeys = () => ({
  criteria: optional(criteriaLanguage, {
    meaning: 'Hard limits on the candidate, beside the judge that compares it with the stable version.',
    example: { errors: '< 0.1%', p95: '< 200ms' },
  }),
  expressions: optional(list(expressionLanguage, 'expressions', { from: 0, to: 50 }), {
    meaning: 'Conditions in CEL over candidate, stable and seconds.',
    example: ['candidate.errorRate < 2.0 * stable.errorRate'],
  }),
  measurements: optional(measurementsLanguage(), {
    ...measurementsAbout(
      'Questions to Prometheus or a web server that are asked beside the steps, over the whole rollout.',
    ),
  }),
  on: optional(on, {
    meaning: 'What to do on each verdict that is not a pass.',
    example: { inconclusive: 'hold', limit: '30m', then: 'rollback' },
  }),
  'min-requests': optional(whole(0, 1_000_000_000), {
    meaning:
      'Fewest requests of the candidate in a phase or judge step. When one ends with fewer, and neither pass nor fail, the verdict is no data.',
    default: DEFAULTS.minRequests,
  }),
  judge: optional(judge, { meaning: 'Settings of the judge.', example: { slo: '0.5%' } }),
});

/** Criteria as written, in numbers. */
export type CriteriaInput = z.output<typeof criteriaLanguage>;
/** An expression as written. */
export type ExpressionInput = z.output<typeof expressionLanguage>;
/** What is demanded by all strategies, unless they say otherwise. */
export const analysisLanguage = definition(
  'analysis',
  'What is demanded of candidates by all strategies. What a strategy says itself is laid over it, key by key.',
  record(analysisKeys()),
);

/** `analysis` as written. */
export type AnalysisInput = z.output<typeof analysisLanguage>;
