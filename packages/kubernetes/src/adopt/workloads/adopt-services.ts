import type { AdoptedService } from '../../settings/workload-settings.ts';
import type { ManifestDocument } from '../adoption.ts';
import type { AdoptionNotes } from './adoption-notes.ts';
import { includesLabels, type Surroundings } from './adopt-surroundings.ts';
import { isRecord } from './check-shape.ts';
import { isUnderstood, manifestsOfKind } from './find-manifest.ts';
import { containerPort } from './instance-facts.ts';
import { listOf, objectOf, type Shape, TEXT, WHOLE } from './shape.ts';

/** A Service of the files over the pods of a workload. */
export interface FoundService {
  readonly document: ManifestDocument;
  readonly service: AdoptedService;
  /** The container port behind the first port. */
  readonly port: number;
}

const PORTS: Shape = listOf(
  objectOf(
    {
      name: TEXT,
      port: WHOLE,
      targetPort: { kind: 'number-or-text' },
      protocol: TEXT,
      nodePort: WHOLE,
      appProtocol: TEXT,
    },
    { required: ['port'] },
  ),
);

interface ServicePort {
  readonly name?: string;
  readonly port: number;
  readonly targetPort?: number | string;
  readonly appProtocol?: string;
}

/**
 * Services of the files whose selector takes the pods of a workload. The one that is named first by a route, or else the
 * first, is taken over; the others are told of, since they would send requests to candidates that nobody let in yet.
 */
export function findServices(notes: AdoptionNotes, around: Surroundings): readonly FoundService[] {
  const { documents, namespace, byDefault, template } = around;
  return manifestsOfKind(documents, 'Service', namespace, byDefault).flatMap((document) => {
    const selector = document.object.spec?.['selector'];
    if (!isRecord(selector) || !includesLabels(template.labels, selector)) return [];
    const found = readService(notes, document, around);
    return found ? [found] : [];
  });
}

/** Takes one Service over and tells of it and of the others. */
export function takeOverService(
  notes: AdoptionNotes,
  services: readonly FoundService[],
  chosen: FoundService,
): AdoptedService {
  notes.use(chosen.document);
  refuseOtherTypes(notes, chosen.document);
  notes.differ(
    chosen.document,
    ['spec', 'selector'],
    'The Service keeps its name and ports; from the first release on its selector is Sluice’s, so that it reaches only pods that may serve. Do not apply this selector again.',
  );
  for (const { document } of services.filter((service) => service !== chosen))
    notes.differ(
      document,
      ['spec', 'selector'],
      'This Service selects the pods too and is left as it is: it would send requests to pods of a candidate as soon as they are ready, past every share. Remove it, or let it select something else.',
    );
  return chosen.service;
}

/** Refuses a Service that would not be what it was: Sluice's are reached within the cluster, under one address. */
export function refuseOtherTypes(notes: AdoptionNotes, document: ManifestDocument): void {
  const { type = 'ClusterIP', clusterIP } = document.object.spec ?? {};
  if (type !== 'ClusterIP')
    notes.fault(
      document,
      ['spec', 'type'],
      'Sluice’s Services have the type ClusterIP, and taking this one over would take its address outside the cluster away. Let a Gateway or an Ingress in front of it have that address, and write type: ClusterIP here.',
    );
  if (clusterIP === 'None')
    notes.fault(
      document,
      ['spec', 'clusterIP'],
      'A headless Service cannot follow a split, and cannot be given an address later. Write another Service for those who call it.',
    );
}

function readService(
  notes: AdoptionNotes,
  document: ManifestDocument,
  { template }: Surroundings,
): FoundService | undefined {
  const ports = document.object.spec?.['ports'];
  if (!isUnderstood(notes, document) || !notes.check(document, PORTS, ports, ['spec', 'ports']))
    return undefined;
  const read = ports as unknown as readonly ServicePort[];
  const serving = read.find(({ name }) => name === 'http' || name?.startsWith('http-')) ?? read[0];
  if (!serving) {
    notes.fault(document, ['spec', 'ports'], 'At least one port was expected.');
    return undefined;
  }
  const wanted = serving.targetPort ?? serving.port;
  const port = containerPort(template, wanted);
  if (port === undefined) {
    notes.fault(
      document,
      ['spec', 'ports', read.indexOf(serving), 'targetPort'],
      `No container declares a port named ${wanted}.`,
    );
    return undefined;
  }
  const ordered = [serving, ...read.filter((other) => other !== serving)];
  return {
    document,
    port,
    service: {
      name: document.object.metadata.name,
      ports: ordered.map(({ name, port, targetPort, appProtocol }) => ({
        name: name ?? 'http',
        port,
        targetPort: targetPort ?? port,
        appProtocol: appProtocol ?? null,
      })),
    },
  };
}
