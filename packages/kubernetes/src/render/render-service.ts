import type { JsonObject } from '@sluice/core/kernel/json.ts';
import { revisionSelector, trackSelector, type Labels } from '../objects/labels.ts';
import type { KubernetesObject, ObjectMetadata } from '../objects/kubernetes-object.ts';
import { objectName, revisionName } from '../objects/names.ts';
import { revisionMetadata, trackMetadata } from './object-metadata.ts';
import { isInPlace, type RenderedRevision } from './rendered-revision.ts';

/** The port of every Service that Sluice makes, so that an address needs none; pods listen on the component's own. */
export const SERVICE_PORT = 80;

/** The Service in front of the pods of one revision, to which routes point; none where the workload serves no port. */
export function renderRevisionService(of: RenderedRevision, generation: number): KubernetesObject[] {
  const { port } = of.settings.workload;
  if (port === null) return [];
  const metadata = revisionMetadata(of, revisionName(of.track, of.revision), generation);
  return [service(of, metadata, port, revisionSelector(of.track, of.revision))];
}

/**
 * The Service that callers in the cluster use; none where the workload serves no port. It stands over the pods of all
 * revisions, for meshes to split (a parent of a GAMMA route, the host of a VirtualService); who calls it past every router
 * reaches revisions by their numbers of pods. With a `service` router it has no selector here: that router applies the
 * selector, under a field manager of its own, and this one would take it away again.
 */
export function renderTrackService(of: RenderedRevision, generation: number): KubernetesObject[] {
  const { port } = of.settings.workload;
  if (port === null) return [];
  const bySelector = of.settings.routers.some(({ kind }) => kind === 'service') && !isInPlace(of);
  const metadata = trackMetadata(of, objectName(of.track), generation);
  return [service(of, metadata, port, bySelector ? undefined : trackSelector(of.track))];
}

/** The name of the Service port that metrics are scraped from. */
export const monitorPortName = (of: RenderedRevision): 'http' | 'metrics' =>
  monitorPort(of) === null ? 'http' : 'metrics';

/** The port that only metrics are scraped from; null: there is none, or they come from the component's own. */
export function monitorPort({ settings }: RenderedRevision): number | null {
  const port = settings.monitor?.port ?? 0;
  return port === 0 || port === settings.workload.port ? null : port;
}

function service(
  of: RenderedRevision,
  metadata: ObjectMetadata,
  port: number,
  selector: Labels | undefined,
): KubernetesObject {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata,
    spec: { type: 'ClusterIP', selector, ports: servicePorts(of, port) },
  };
}

function servicePorts(of: RenderedRevision, port: number): JsonObject[] {
  const metrics = monitorPort(of);
  const appProtocol = of.component.request.protocol === 'h2c' ? 'kubernetes.io/h2c' : 'http';
  return [
    { name: 'http', port: SERVICE_PORT, targetPort: port, protocol: 'TCP', appProtocol },
    ...(metrics === null
      ? []
      : [{ name: 'metrics', port: metrics, targetPort: metrics, protocol: 'TCP', appProtocol: 'http' }]),
  ];
}
