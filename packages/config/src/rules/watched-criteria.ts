import { formatDuration } from '@sluice/core/kernel/duration.ts';
import type { Fault } from '../diagnostics/diagnostic.ts';
import type { SourcePath } from '../document/source-value.ts';
import type { CriteriaInput, ExpressionInput } from '../language/criteria-language.ts';
import type { Loose } from '../reading/loose.ts';
import type { PlacedStrategy } from '../resolve/placed-strategy.ts';
import { type WindowInput, windowOf, writtenCriteria } from '../resolve/resolve-criteria.ts';
import { baseOf, bodyOf, stepsOf } from '../resolve/strategy-body.ts';
import { watchTimes } from '../resolve/watch-times.ts';
import type { StrategyRule } from './rule.ts';

/** Something demanded of a candidate, its place, and the longest time in which it is measured. */
interface Demand {
  readonly path: SourcePath;
  readonly window: WindowInput;
  readonly timeMs: number;
}

/** Whatever is demanded is measured for long enough that it can fail. */
export const criteriaAreWatched: StrategyRule = (strategy) =>
  demandsOf(strategy).flatMap(({ path, window, timeMs }): readonly Fault[] => {
    if (timeMs === 0) return [{ path, at: 'key', says: unwatched(strategy) }];
    const { windowMs, failureLimit } = windowOf(window, timeMs);
    const needed = windowMs * (failureLimit + 1);
    if (needed <= timeMs) return [];
    const windows = failureLimit === 0 ? 'a window' : `${failureLimit + 1} windows`;
    const says = `could never fail: ${windows} of ${formatDuration(windowMs)} do not fit into ${formatDuration(timeMs)}`;
    return [{ path, at: 'key', says }];
  });

function unwatched(strategy: PlacedStrategy): string {
  if (strategy.kind === 'immutable')
    return 'would never be measured: immutable switches at once; blue-green bakes';
  return 'would never be measured: there is no time in which the candidate is watched';
}

function demandsOf(strategy: PlacedStrategy): readonly Demand[] {
  const times = watchTimes(strategy);
  const { base, path } = baseOf(strategy);
  const longest = Math.max(0, ...times.map(({ timeMs }) => timeMs ?? Number.POSITIVE_INFINITY));
  return [
    ...criteriaDemands(base.criteria, [...path, 'criteria'], longest),
    ...expressionDemands(base.expressions, [...path, 'expressions'], longest),
    ...partDemands(strategy),
  ];
}

/** Criteria of single phases and steps. */
function partDemands(strategy: PlacedStrategy): readonly Demand[] {
  const phases = (bodyOf(strategy, 'canary').phases ?? []).flatMap((phase, index) => {
    const path = [...strategy.path, 'canary', 'phases', index, 'criteria'];
    return criteriaDemands(phase?.criteria, path, phase?.hold ?? Number.POSITIVE_INFINITY);
  });
  const plan = stepsOf(strategy);
  const steps = plan.steps.flatMap((step, index) => {
    if (typeof step !== 'object') return [];
    return (['judge', 'settle'] as const).flatMap((key) => {
      const part = step[key];
      if (typeof part !== 'object') return [];
      return criteriaDemands(
        part.criteria,
        [...plan.path, index, key, 'criteria'],
        part.for ?? Number.POSITIVE_INFINITY,
      );
    });
  });
  return [...phases, ...steps];
}

const criteriaDemands = (
  criteria: Loose<CriteriaInput> | undefined,
  path: SourcePath,
  timeMs: number,
): readonly Demand[] =>
  writtenCriteria(criteria).map(({ metric, window }) => ({ path: [...path, metric], window, timeMs }));

const expressionDemands = (
  expressions: readonly (Loose<ExpressionInput> | undefined)[] | undefined,
  path: SourcePath,
  timeMs: number,
): readonly Demand[] =>
  (expressions ?? []).map((written, index) => ({
    path: [...path, index],
    window: typeof written === 'object' ? written : {},
    timeMs,
  }));
