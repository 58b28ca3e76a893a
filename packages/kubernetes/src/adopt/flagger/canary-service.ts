import type { AdoptedService } from '../../settings/workload-settings.ts';
import { refuseOtherTypes } from '../workloads/adopt-services.ts';
import { findManifest } from '../workloads/find-manifest.ts';
import { containerPort } from '../workloads/instance-facts.ts';
import type { PodTemplate } from '../workloads/pod-template.ts';
import type { CanaryReading } from './canary-reading.ts';
import type { CanaryService } from './canary-spec.ts';

/** The Service that callers use, and the container port behind it. */
export interface CanaryAddress {
  readonly service: AdoptedService;
  readonly port: number;
}

/** `spec.service` as the Service that goes on under the same name and port; undefined after a fault. */
export function canaryAddress(
  reading: CanaryReading,
  service: CanaryService,
  template: PodTemplate,
): CanaryAddress | undefined {
  const { notes, document, documents, settings, namespace, names } = reading;
  const targetPort = service.targetPort ?? service.port;
  const port = containerPort(template, targetPort);
  if (port === undefined) {
    notes.fault(
      document,
      ['spec', 'service', 'targetPort'],
      `No container declares a port named ${targetPort}.`,
    );
    return undefined;
  }
  tellOfService(reading, service);
  const own = findManifest(documents, { kind: 'Service', name: names.apex, namespace }, settings.namespace);
  if (own) {
    notes.use(own);
    refuseOtherTypes(notes, own);
  }
  const declared = template.containers.flatMap((container) =>
    (container.ports ?? []).map((other, index) => ({ ...other, by: `tcp-${container.name}-${index}` })),
  );
  const others = service.portDiscovery
    ? declared.filter(({ containerPort, name }) => containerPort !== port && name !== targetPort)
    : [];
  return {
    port,
    service: {
      name: names.apex,
      ports: [
        {
          name: service.portName ?? 'http',
          port: service.port,
          targetPort,
          appProtocol: service.appProtocol ?? null,
        },
        ...others.map(({ containerPort, name, by }) => ({
          name: name ?? by,
          port: containerPort,
          targetPort: containerPort,
          appProtocol: null,
        })),
      ],
    },
  };
}

/** What of a Service is nobody's business but the cluster's, and what Sluice does not set. */
function tellOfService({ notes, document }: CanaryReading, service: CanaryService): void {
  const differ = (key: string, message: string): void =>
    notes.differ(document, ['spec', 'service', key], message);
  if (service.headless)
    differ('headless', 'Sluice makes Services with an address; a headless one cannot follow a split.');
  if (service.trafficDistribution !== undefined)
    differ('trafficDistribution', 'Sluice leaves the choice among zones as the cluster has it.');
  for (const key of ['apex', 'primary', 'canary', 'unmanagedMetadata'])
    if (service[key] !== undefined) differ(key, 'Sluice adds no labels or annotations to Services by this.');
  for (const key of ['meshName', 'backends'])
    if (service[key] !== undefined) differ(key, 'Only App Mesh reads it.');
}
