import { byteQuantity, cpuQuantity } from '@sluice/kubernetes/render/quantities.ts';
import type { Fault } from '../../diagnostics/diagnostic.ts';
import { blockPath, mergedKubernetes } from '../../resolve/merged-kubernetes.ts';
import { type PlacedComponent, decided, decidedWorkload } from '../../resolve/placed-component.ts';
import { clusterPlaces } from '../../resolve/placed-target.ts';
import type { EnvironmentRule } from '../rule.ts';

const AMOUNTS = [
  { key: 'cpu', words: cpuQuantity },
  { key: 'memory', words: byteQuantity },
] as const;

/** What is set aside for a pod is not more than what it may use, or the API server refuses every pod. */
export const requestsFit: EnvironmentRule = (components) =>
  components
    .filter(
      (component) => clusterPlaces(component).length > 0 && decidedWorkload(component)?.key !== 'manifests',
    )
    .flatMap(requestFaults);

function requestFaults(component: PlacedComponent): readonly Fault[] {
  const { requests } = mergedKubernetes(component);
  const limits = decided(component, 'resources')?.value;
  return AMOUNTS.flatMap(({ key, words }): readonly Fault[] => {
    const [asked, most] = [requests?.[key], limits?.[key]];
    if (asked === undefined || most === undefined || asked <= most) return [];
    const says = `is ${words(asked)}, but component ${component.name} may use only ${words(most)} (resources.${key}) in ${component.environment}; request at most that, or raise the limit`;
    return [
      { path: blockPath(component, 'requests', key), at: 'value', says, expected: `at most ${words(most)}` },
    ];
  });
}
