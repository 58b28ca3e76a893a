import type { Fault } from '../diagnostics/diagnostic.ts';
import type { SourcePath } from '../document/source-value.ts';
import { DEFAULTS } from '../language/defaults.ts';
import type { PoolInput } from '../language/pool-language.ts';
import type { Loose } from '../reading/loose.ts';
import { blockPath, mergedKubernetes } from '../resolve/merged-kubernetes.ts';
import { decided, type PlacedComponent } from '../resolve/placed-component.ts';
import { clusterPlaces, placesOf } from '../resolve/placed-target.ts';
import { isOfAgents } from './agents.ts';
import type { EnvironmentRule } from './rule.ts';

/** Pools can do what is asked of them, and pods of agents find the control plane. */
export const poolsFit: EnvironmentRule = (components) =>
  components.filter(isOfAgents).flatMap((component) => {
    const agents = decided(component, 'agents');
    const pool = agents?.value?.pool;
    const path = [...(agents?.path ?? component.path), 'pool'];
    return [
      ...(pool ? [...roomFaults(component, pool, path), ...restFaults(component, pool, path)] : []),
      ...(clusterPlaces(component).length > 0 ? clusterFaults(component, pool) : []),
    ];
  });

function roomFaults(component: PlacedComponent, pool: Loose<PoolInput>, path: SourcePath): readonly Fault[] {
  const instances = decided(component, 'instances')?.value ?? DEFAULTS.instances;
  if (pool.max === undefined || pool.max >= instances) return [];
  const says = `is ${pool.max}, but component ${component.name} has at least ${instances} instances in ${component.environment}`;
  return [{ path: [...path, 'max'], at: 'value', says, expected: `at least ${instances}` }];
}

function restFaults(component: PlacedComponent, pool: Loose<PoolInput>, path: SourcePath): readonly Fault[] {
  const fault = (key: string, says: string): Fault => ({ path: [...path, key], at: 'key', says });
  const isOnMachine = placesOf(component).some(({ on }) => on === 'machine');
  const isInCluster = clusterPlaces(component).length > 0;
  return [
    ...(pool.sleep !== undefined && (pool.warm ?? 0) > 0
      ? [fault('sleep', 'cannot hold beside warm workers, which are there at all times; remove one of them')]
      : []),
    ...(pool.sleep !== undefined && isInCluster && pool.scaler !== 'keda'
      ? [
          fault(
            'sleep',
            'needs "scaler: keda" in a cluster: a HorizontalPodAutoscaler never takes the last pod away',
          ),
        ]
      : []),
    ...(pool.recycle !== undefined && !isOnMachine
      ? [
          fault(
            'recycle',
            'is done on a machine; in a cluster let the worker end itself, and its pod starts it again',
          ),
        ]
      : []),
  ];
}

function clusterFaults(component: PlacedComponent, pool: Loose<PoolInput> | undefined): readonly Fault[] {
  const { autoscale } = mergedKubernetes(component);
  const agents = decided(component, 'agents');
  const twice =
    pool?.max !== undefined && typeof autoscale === 'object'
      ? [
          {
            path: blockPath(component, 'autoscale'),
            at: 'key' as const,
            says: `stands beside agents.pool, and component ${component.name} can have only one autoscaler; remove one of them`,
          },
        ]
      : [];
  if (agents?.value && agents.value.server !== undefined) return twice;
  const says = `runs in a cluster, so that its pods must be told where Sluice is: add "agents: { server: http://... }"`;
  return [...twice, { path: component.path, at: 'key', says: `component ${component.name} ${says}` }];
}
