import type { KubernetesObject } from '../objects/kubernetes-object.ts';
import { revisionName } from '../objects/names.ts';
import { revisionMetadata } from './object-metadata.ts';
import { podBounds, scalingBehavior } from './render-autoscaler.ts';
import type { RenderedRevision, RevisionOrder } from './rendered-revision.ts';

/** How often KEDA asks for the number of workers, in seconds: a pool that sleeps wakes no faster. */
const POLLING_SECONDS = 5;
/**
 * Between none and `minReplicaCount` there is nothing, so that who wakes is at once as many as were ordered. KEDA warns of
 * polling and cooling down where there is no such step.
 */
const SLEEPING = {
  idleReplicaCount: 0,
  pollingInterval: POLLING_SECONDS,
  // The pool has waited already before it wants none.
  cooldownPeriod: 0,
};
/** Annotation by which KEDA holds a number of pods whatever it measures. */
const PAUSED = 'autoscaling.keda.sh/paused-replicas';

/**
 * The ScaledObject (keda.sh/v1alpha1) of a revision of agents, or none. KEDA asks the control plane how many workers the pool
 * wants, and makes a HorizontalPodAutoscaler of the revision's name with the labels of the ScaledObject, so that it is seen as
 * one of ours. It has no fallback: while the control plane is away the pods stay as they are, and finish what they have.
 */
export function renderScaledObject(of: RenderedRevision, order: RevisionOrder): KubernetesObject[] {
  const { autoscaling } = of.settings;
  if (autoscaling?.pool?.scaler !== 'keda') return [];
  const name = revisionName(of.track, of.revision);
  const { min, max } = podBounds(of, order.instances);
  const metadata = revisionMetadata(of, name, order.generation);
  return [
    {
      apiVersion: 'keda.sh/v1alpha1',
      kind: 'ScaledObject',
      metadata:
        order.instances > 0
          ? metadata
          : { ...metadata, annotations: { ...metadata.annotations, [PAUSED]: '0' } },
      spec: {
        scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name },
        minReplicaCount: min,
        maxReplicaCount: Math.max(1, max),
        ...(autoscaling.pool.sleeps && min > 0 ? SLEEPING : {}),
        advanced: { horizontalPodAutoscalerConfig: { name, behavior: scalingBehavior(autoscaling) } },
        triggers: [
          {
            type: 'metrics-api',
            metricType: 'AverageValue',
            metadata: { url: poolUrl(of), valueLocation: 'items.0.workers', targetValue: '1' },
          },
        ],
      },
    },
  ];
}

/** Where the control plane tells how many workers the revision is to have. */
function poolUrl({ component: { agents }, track, revision }: RenderedRevision): string {
  const query = `track=${encodeURIComponent(track)}&revision=${encodeURIComponent(revision)}`;
  return `${agents?.server ?? ''}/api/v1/pools?${query}`;
}
