import { revisionSelector } from '../objects/labels.ts';
import type { KubernetesObject } from '../objects/kubernetes-object.ts';
import { revisionName } from '../objects/names.ts';
import { revisionMetadata } from './object-metadata.ts';
import type { RenderedRevision, RevisionOrder } from './rendered-revision.ts';

/**
 * The disruption budget of a revision, or none. It says how many may go, not how many must stay, so it follows the order;
 * a single instance may always go, or no drain of its node would ever end. (Leaving the budget out there would not do: the
 * one of a larger order before would stand on.) Pods that do not serve anyway may go whatever the budget says.
 */
export function renderDisruptionBudget(of: RenderedRevision, order: RevisionOrder): KubernetesObject[] {
  const { maxDisrupted } = of.settings;
  if (maxDisrupted === null || order.instances === 0) return [];
  return [
    {
      apiVersion: 'policy/v1',
      kind: 'PodDisruptionBudget',
      metadata: revisionMetadata(of, revisionName(of.track, of.revision), order.generation),
      spec: {
        maxUnavailable: order.instances === 1 ? 1 : maxDisrupted,
        unhealthyPodEvictionPolicy: 'AlwaysAllow',
        selector: { matchLabels: revisionSelector(of.track, of.revision) },
      },
    },
  ];
}
