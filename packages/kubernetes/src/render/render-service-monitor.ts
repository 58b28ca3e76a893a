import type { JsonObject } from '@sluice/core/kernel/json.ts';
import { COMPONENT_LABEL, REVISION, trackSelector, withoutOwnKeys } from '../objects/labels.ts';
import type { KubernetesObject } from '../objects/kubernetes-object.ts';
import { objectName } from '../objects/names.ts';
import { trackMetadata } from './object-metadata.ts';
import { durationText } from './quantities.ts';
import { monitorPortName } from './render-service.ts';
import { isInPlace, type RenderedRevision } from './rendered-revision.ts';

/**
 * The ServiceMonitor of a component (monitoring.coreos.com/v1, of the Prometheus operator), or none. It goes by the
 * Services of the revisions and not by the one of the component, so that no pod is scraped twice, and gives each series
 * the labels of its revision. A workload that is changed in place has only the component's Service.
 */
export function renderServiceMonitor(of: RenderedRevision, generation: number): KubernetesObject[] {
  const { monitor } = of.settings;
  const port = monitorPortName(of);
  if (monitor === null || port === undefined) return [];
  const metadata = trackMetadata(of, objectName(of.track), generation);
  return [
    {
      apiVersion: 'monitoring.coreos.com/v1',
      kind: 'ServiceMonitor',
      metadata: { ...metadata, labels: { ...withoutOwnKeys(monitor.labels), ...metadata.labels } },
      spec: {
        selector: scraped(of),
        podTargetLabels: [COMPONENT_LABEL, REVISION],
        endpoints: [{ port, path: monitor.path, interval: durationText(monitor.intervalMs) }],
      },
    },
  ];
}

const scraped = (of: RenderedRevision): JsonObject => ({
  matchLabels: trackSelector(of.track),
  matchExpressions: [{ key: REVISION, operator: isInPlace(of) ? 'DoesNotExist' : 'Exists' }],
});
