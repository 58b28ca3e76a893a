import type { JsonObject } from '@sluice/core/kernel/json.ts';
import { revisionSelector } from '../objects/labels.ts';
import type { KubernetesObject } from '../objects/kubernetes-object.ts';
import { revisionName } from '../objects/names.ts';
import { revisionMetadata } from './object-metadata.ts';
import { secondsOf } from './quantities.ts';
import { isAutoscaled } from './render-autoscaler.ts';
import { renderPodTemplate } from './render-pod-template.ts';
import { secretName } from './render-secret.ts';
import { renderTemplate } from './render-template.ts';
import {
  isContainer,
  type ContainerRevision,
  type RenderedRevision,
  type RevisionOrder,
  type TemplateRevision,
} from './rendered-revision.ts';

/** What a pod may take, beside becoming ready, before its Deployment counts as stuck: a node has to be found, and images pulled. */
const SCHEDULING_AND_PULLING_MS = 300_000;

/**
 * The Deployment of a revision. Its template never changes, because another template is another revision: the update
 * strategy only matters for a restart by hand, in which no pod goes before another is ready, and no history is kept. The
 * number of pods is left out where an autoscaler owns it.
 */
export function renderDeployment(
  of: ContainerRevision | TemplateRevision,
  order: RevisionOrder,
): KubernetesObject {
  const minReadySeconds = minReady(of);
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: revisionMetadata(of, revisionName(of.track, of.revision), order.generation),
    spec: {
      replicas: isAutoscaled(of, order) ? undefined : order.instances,
      minReadySeconds: minReadySeconds === 0 ? undefined : minReadySeconds,
      progressDeadlineSeconds:
        minReadySeconds + secondsOf(of.component.health.withinMs + SCHEDULING_AND_PULLING_MS),
      revisionHistoryLimit: 0,
      selector: { matchLabels: revisionSelector(of.track, of.revision) },
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: '25%', maxUnavailable: 0 } },
      template: podTemplate(of, order),
    },
  };
}

const podTemplate = (of: ContainerRevision | TemplateRevision, order: RevisionOrder): JsonObject =>
  isContainer(of) ? renderPodTemplate(of, secretName(of, order)) : renderTemplate(of);

const minReady = ({ settings: { workload } }: RenderedRevision): number =>
  workload.kind === 'template' ? workload.minReadySeconds : 0;
