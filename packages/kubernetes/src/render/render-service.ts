import type { TrackId } from '@sluice/core/kernel/ids.ts';
import { revisionSelector, trackSelector, type Labels } from '../objects/labels.ts';
import type { KubernetesObject, ObjectMetadata } from '../objects/kubernetes-object.ts';
import { objectName, revisionName } from '../objects/names.ts';
import type { KubernetesSettings } from '../settings/kubernetes-settings.ts';
import type { AdoptedService } from '../settings/workload-settings.ts';
import { revisionMetadata, trackMetadata } from './object-metadata.ts';
import { isInPlace, type RenderedRevision } from './rendered-revision.ts';

/** The port of every Service that was not adopted, so that an address needs none; pods listen on the component's own. */
const SERVICE_PORT = 80;

/** The name of the Service that callers use: the one that was adopted with the workload, or that of the track. */
export const trackServiceName = (track: TrackId, settings: KubernetesSettings): string =>
  adoptedService(settings)?.name ?? objectName(track);

/** The port under which the Services of a component serve; routes point to it. */
export const servicePort = (settings: KubernetesSettings): number =>
  adoptedService(settings)?.ports[0]?.port ?? SERVICE_PORT;

/**
 * The Service in front of the pods of one revision, to which routes point and by which metrics are found; none where the
 * workload has a port for neither.
 */
export function renderRevisionService(of: RenderedRevision, generation: number): KubernetesObject[] {
  if (servicePorts(of).length === 0) return [];
  const metadata = revisionMetadata(of, revisionName(of.track, of.revision), generation);
  return [service(of, metadata, revisionSelector(of.track, of.revision))];
}

/**
 * The Service that callers in the cluster use; none where the workload serves no port. It stands over the pods of all
 * revisions, for meshes to split (a parent of a GAMMA route, the host of a VirtualService); who calls it past every router
 * reaches revisions by their numbers of pods. With a `service` router it has no selector here: that router applies the
 * selector, under a field manager of its own, and this one would take it away again.
 */
export function renderTrackService(of: RenderedRevision, generation: number): KubernetesObject[] {
  if (of.settings.workload.port === null) return [];
  const bySelector = of.settings.routers.some(({ kind }) => kind === 'service') && !isInPlace(of);
  const metadata = trackMetadata(of, trackServiceName(of.track, of.settings), generation);
  return [service(of, metadata, bySelector ? undefined : trackSelector(of.track))];
}

/** The name of the Service port that metrics are scraped from; undefined where the workload has no port at all. */
export function monitorPortName(of: RenderedRevision): string | undefined {
  const ports = servicePorts(of);
  const metrics = monitorPort(of);
  const scraped = ports.find(
    ({ name, port }) => metrics !== null && (port === metrics || name === 'metrics'),
  );
  return (scraped ?? ports[0])?.name;
}

/** The port that only metrics are scraped from; null: there is none, or they come from the component's own. */
export function monitorPort({ settings }: RenderedRevision): number | null {
  const port = settings.monitor?.port ?? 0;
  return port === 0 || port === settings.workload.port ? null : port;
}

interface ServicePort {
  readonly name: string;
  readonly port: number;
  readonly targetPort: number | string;
  readonly protocol: 'TCP';
  readonly appProtocol: string | undefined;
}

const service = (
  of: RenderedRevision,
  metadata: ObjectMetadata,
  selector: Labels | undefined,
): KubernetesObject => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata,
  spec: { type: 'ClusterIP', selector, ports: servicePorts(of).map((port) => ({ ...port })) },
});

function servicePorts(of: RenderedRevision): readonly ServicePort[] {
  const serving = adoptedPorts(of.settings) ?? ownPorts(of);
  const metrics = monitorPort(of);
  // An adopted Service may have a port of that name or number already, and then it is the one that is scraped.
  const scraped = serving.some(({ name, port }) => name === 'metrics' || port === metrics);
  if (metrics === null || scraped) return serving;
  return [
    ...serving,
    { name: 'metrics', port: metrics, targetPort: metrics, protocol: 'TCP', appProtocol: 'http' },
  ];
}

function ownPorts(of: RenderedRevision): readonly ServicePort[] {
  const appProtocol = of.component.request.protocol === 'h2c' ? 'kubernetes.io/h2c' : 'http';
  const targetPort = of.settings.workload.port;
  if (targetPort === null) return [];
  return [{ name: 'http', port: SERVICE_PORT, targetPort, protocol: 'TCP', appProtocol }];
}

/** Every port gets a name, which it needs as soon as there are two. */
const adoptedPorts = (settings: KubernetesSettings): readonly ServicePort[] | undefined =>
  adoptedService(settings)?.ports.map(({ name, port, targetPort, appProtocol }, index) => ({
    name: name || (index === 0 ? 'http' : `port-${port}`),
    port,
    targetPort,
    protocol: 'TCP',
    appProtocol: appProtocol ?? undefined,
  }));

const adoptedService = ({ workload }: KubernetesSettings): AdoptedService | undefined =>
  workload.kind === 'template' ? workload.service : undefined;
