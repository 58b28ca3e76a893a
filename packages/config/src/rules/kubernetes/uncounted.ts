import type { Fault } from '../../diagnostics/diagnostic.ts';
import { countsTraffic } from '../../resolve/merged-kubernetes.ts';
import { clusterPlaces } from '../../resolve/placed-target.ts';
import { baseOf, bodyOf, stepsOf } from '../../resolve/strategy-body.ts';
import type { SourcePath } from '../../document/source-value.ts';
import type { PlacedStrategy } from '../../resolve/placed-strategy.ts';
import type { PairRule } from '../rule.ts';

/** What counts requests is demanded only of components whose requests somebody counts. */
export const demandsAreCounted: PairRule = (component, strategy) => {
  const uncounted = clusterPlaces(component).some((place) => !countsTraffic(component, place));
  if (!uncounted) return [];
  return countedDemands(strategy).map((path): Fault => {
    const says = `can never be measured: nobody counts the requests of component ${component.name} in ${component.environment}; give it kubernetes.metrics, or use measurements`;
    return { path, at: 'key', says };
  });
};

/** Criteria, expressions and A/B tests of a strategy; the judge alone merely has nothing to say. */
function countedDemands(strategy: PlacedStrategy): readonly SourcePath[] {
  const { base, path } = baseOf(strategy);
  const own = (['criteria', 'expressions'] as const)
    .filter((key) => key in base)
    .map((key) => [...path, key]);
  const phases = (bodyOf(strategy, 'canary').phases ?? []).flatMap((phase, index) =>
    phase && 'criteria' in phase ? [[...path, 'phases', index, 'criteria']] : [],
  );
  const plan = stepsOf(strategy);
  const steps = plan.steps.flatMap((step, index) => {
    const judge = typeof step === 'object' && typeof step.judge === 'object' ? step.judge : {};
    const settle = typeof step === 'object' && typeof step.settle === 'object' ? step.settle : {};
    return [
      ...(['criteria', 'winner'] as const)
        .filter((key) => key in judge)
        .map((key) => [...plan.path, index, 'judge', key]),
      ...('criteria' in settle ? [[...plan.path, index, 'settle', 'criteria']] : []),
    ];
  });
  return [...(strategy.kind === 'ab' ? [path] : []), ...own, ...phases, ...steps];
}
