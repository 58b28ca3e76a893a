import type { JsonObject } from '@sluice/core/kernel/json.ts';
import type { KubernetesObject } from '../objects/kubernetes-object.ts';
import { revisionName } from '../objects/names.ts';
import type { AutoscalingSettings } from '../settings/kubernetes-settings.ts';
import { revisionMetadata } from './object-metadata.ts';
import type { RenderedRevision } from './rendered-revision.ts';

const MODES = { off: 'Off', initial: 'Initial', recreate: 'Recreate' } as const;

/**
 * The VerticalPodAutoscaler of a revision, or none. What the horizontal one scales by it leaves alone, because both would
 * answer the same load and push each other; when that is processor and memory alike, it only recommends.
 */
export function renderVerticalAutoscaler(of: RenderedRevision, generation: number): KubernetesObject[] {
  const { verticalAutoscaling, autoscaling } = of.settings;
  if (verticalAutoscaling === null) return [];
  const name = revisionName(of.track, of.revision);
  const free = resourcesLeft(autoscaling);
  const mode = free.length === 0 ? 'off' : verticalAutoscaling;
  return [
    {
      apiVersion: 'autoscaling.k8s.io/v1',
      kind: 'VerticalPodAutoscaler',
      metadata: revisionMetadata(of, name, generation),
      spec: {
        targetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name },
        updatePolicy: { updateMode: MODES[mode] },
        resourcePolicy: free.length === 1 ? only(free) : undefined,
      },
    },
  ];
}

const only = (controlledResources: readonly string[]): JsonObject => ({
  containerPolicies: [{ containerName: '*', controlledResources }],
});

function resourcesLeft(autoscaling: AutoscalingSettings | null): string[] {
  // An autoscaler without any measure goes by processor use: that is the default of the API server.
  const byDefault = autoscaling !== null && measuresNothing(autoscaling);
  const cpuTaken = byDefault || (autoscaling?.cpuPercent ?? null) !== null;
  const memoryTaken = (autoscaling?.memoryPercent ?? null) !== null;
  return [...(cpuTaken ? [] : ['cpu']), ...(memoryTaken ? [] : ['memory'])];
}

const measuresNothing = ({ cpuPercent, memoryPercent, podMetrics, pool }: AutoscalingSettings): boolean =>
  pool === undefined && cpuPercent === null && memoryPercent === null && podMetrics.length === 0;
