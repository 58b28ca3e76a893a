import { kubernetesSettings } from '@sluice/kubernetes/settings/read-settings.ts';
import type { ClusterClient } from '../../kubernetes/cluster-client.ts';
import type { RevisionRecord } from '../revision-record.ts';

const METRICS = { apiVersion: 'external.metrics.k8s.io/v1beta1', kind: 'ExternalMetricValueList' } as const;

/**
 * Says when an autoscaler would hear nothing of what a pool of agents wants: it would only complain among the events of its
 * namespace, and leave the pods as few as they are.
 *
 * @returns sentences; none where somebody answers, or nobody asks
 */
export async function rehearsePool(
  client: ClusterClient,
  { component }: RevisionRecord,
): Promise<readonly string[]> {
  const { autoscaling } = kubernetesSettings(component);
  if (autoscaling?.pool?.scaler !== 'hpa') return [];
  // One that is registered and does not answer at this moment is of as little use.
  const isServed = await client.serves(METRICS.apiVersion, METRICS.kind).catch(() => false);
  if (isServed) return [];
  return [
    `Nobody answers for external metrics in the cluster ${client.name}, so that the autoscaler of ${component.name} does not hear what its pool wants and keeps ${component.instances} of ${autoscaling.maxInstances} pods. Register Sluice or an adapter as ${METRICS.apiVersion}, or use "scaler: keda"; the guide "Scaling agents" says how.`,
  ];
}
