import type { Criterion } from '@sluice/core/analysis/thresholds.ts';
import type { ExpressionCriterion } from '@sluice/core/rollout/strategy-spec.ts';
import {
  CRITERION_METRICS,
  type CriteriaInput,
  type ExpressionInput,
} from '../language/criteria-language.ts';
import { DEFAULTS } from '../language/defaults.ts';
import type { Loose } from '../reading/loose.ts';

/** Longest window that is chosen without being asked for, in ms. */
const LONGEST_DEFAULT_WINDOW_MS = 60_000;
/** Windows that fit into a time when none is asked for: with two failures allowed, three of five must fail. */
const DEFAULT_WINDOWS = 5;
/** The traffic is counted by the second. */
const SHORTEST_WINDOW_MS = 1000;

/** A criterion or expression of which only the limit may be known. */
export interface WindowInput {
  readonly window?: number | undefined;
  readonly failures?: number | undefined;
}

/** Window and failures with their defaults for a time of watching: a fifth of it, from 1 s to 1 m; 2 failures. */
export function windowOf(
  input: WindowInput,
  timeMs: number,
): { readonly windowMs: number; readonly failureLimit: number } {
  const fifth = Math.floor(timeMs / DEFAULT_WINDOWS);
  return {
    windowMs: input.window ?? Math.max(SHORTEST_WINDOW_MS, Math.min(LONGEST_DEFAULT_WINDOW_MS, fifth)),
    failureLimit: input.failures ?? DEFAULTS.criterion.failures,
  };
}

/** Puts criteria over others, metric by metric. */
export const overlaid = (
  under: CriteriaInput | undefined,
  over: CriteriaInput | undefined,
): CriteriaInput => ({
  ...under,
  ...over,
});

/** Criteria with their windows for a time of watching, in a fixed order. */
export function resolveCriteria(input: CriteriaInput | undefined, timeMs: number): readonly Criterion[] {
  return CRITERION_METRICS.flatMap((metric) => {
    const written = input?.[metric];
    if (written === undefined) return [];
    const { op, value } = 'limit' in written ? written.limit : written;
    return [{ metric, op, value, ...windowOf('limit' in written ? written : {}, timeMs) }];
  });
}

/** Expressions with their windows for a time of watching. */
export function resolveExpressions(
  input: readonly ExpressionInput[] | undefined,
  timeMs: number,
): readonly ExpressionCriterion[] {
  return (input ?? []).map((written) => {
    const expression = typeof written === 'string' ? written : written.expression;
    return { expression, ...windowOf(typeof written === 'string' ? {} : written, timeMs) };
  });
}

/** A criterion as far as it could be read. */
export interface WrittenCriterion {
  readonly metric: (typeof CRITERION_METRICS)[number];
  readonly window: WindowInput;
  /** A fraction or milliseconds; undefined when it could not be read. */
  readonly limit: number | undefined;
}

/** Every criterion that is there, as far as it could be read. */
export function writtenCriteria(input: Loose<CriteriaInput> | undefined): readonly WrittenCriterion[] {
  return CRITERION_METRICS.flatMap((metric): readonly WrittenCriterion[] => {
    const written = input?.[metric];
    if (written === undefined) return [];
    if ('limit' in written) return [{ metric, window: written, limit: written.limit?.value }];
    return [{ metric, window: {}, limit: 'value' in written ? written.value : undefined }];
  });
}
