import type { Fault } from '../../diagnostics/diagnostic.ts';
import type { SourcePath } from '../../document/source-value.ts';
import { DEFAULTS } from '../../language/defaults.ts';
import type { AutoscaleInput } from '../../language/kubernetes/scaling-language.ts';
import type { Loose } from '../../reading/loose.ts';
import { measuresOf } from '../../resolve/kubernetes/resolve-scaling.ts';
import { blockPath, mergedKubernetes } from '../../resolve/merged-kubernetes.ts';
import { type PlacedComponent, decided, decidedWorkload } from '../../resolve/placed-component.ts';
import { clusterPlaces } from '../../resolve/placed-target.ts';
import type { EnvironmentRule } from '../rule.ts';

/** An autoscaler has room to grow and something that it can measure. */
export const autoscalersScale: EnvironmentRule = (components) =>
  components
    .filter(
      (component) => clusterPlaces(component).length > 0 && decidedWorkload(component)?.key !== 'manifests',
    )
    .flatMap((component) => {
      const { autoscale } = mergedKubernetes(component);
      if (typeof autoscale !== 'object') return [];
      const path = blockPath(component, 'autoscale');
      return [...roomFaults(component, autoscale, path), ...measureFaults(component, autoscale, path)];
    });

function roomFaults(
  component: PlacedComponent,
  autoscale: Loose<AutoscaleInput>,
  path: SourcePath,
): readonly Fault[] {
  if (!('max' in autoscale))
    return [
      {
        path,
        at: 'key',
        says: 'needs the key "max": the most pods at the whole of the traffic',
        lacks: ['max'],
      },
    ];
  const instances = (decided(component, 'instances') ?? { value: DEFAULTS.instances }).value;
  const { max } = autoscale;
  if (max === undefined || instances === undefined || max >= instances) return [];
  const says = `is ${max}, but component ${component.name} has at least ${instances} instances in ${component.environment}`;
  return [
    { path: blockPath(component, 'autoscale', 'max'), at: 'value', says, expected: `at least ${instances}` },
  ];
}

/** A share of what is requested is no number where nothing is requested; the autoscaler would stand still. */
function measureFaults(
  component: PlacedComponent,
  autoscale: Loose<AutoscaleInput>,
  path: SourcePath,
): readonly Fault[] {
  const { cpuPercent, memoryPercent } = measuresOf(autoscale);
  const metrics = Object.keys(autoscale.metrics ?? {}).length;
  if (cpuPercent === null && memoryPercent === null && metrics === 0)
    return [{ path, at: 'key', says: 'measures nothing; give it cpu, memory or metrics' }];
  return [
    ...(cpuPercent === null ? [] : requestFault(component, 'cpu', '250m', path)),
    ...(memoryPercent === null ? [] : requestFault(component, 'memory', '128Mi', path)),
  ];
}

function requestFault(
  component: PlacedComponent,
  key: 'cpu' | 'memory',
  example: string,
  path: SourcePath,
): readonly Fault[] {
  const { requests, limits } = mergedKubernetes(component);
  const resources = decided(component, 'resources');
  const isKnown =
    (requests && key in requests) ||
    (resources && (resources.value === undefined || key in resources.value)) ||
    key in (limits?.container?.request ?? {}) ||
    key in (limits?.container?.default ?? {});
  if (isKnown) return [];
  const says = `aims at a share of the requested ${key}, but component ${component.name} requests none; give it "requests: { ${key}: ${example} }" or "resources: { ${key}: ... }"`;
  return [{ path, at: 'key', says }];
}
