import type { JsonObject } from '@sluice/core/kernel/json.ts';
import type { ManifestDocument } from '../adoption.ts';
import type { AdoptionNotes } from './adoption-notes.ts';
import { isRecord, type ManifestPath } from './check-shape.ts';
import { parseQuantity } from './parse-quantity.ts';
import { ANYTHING, listOf, objectOf, type Shape, TEXT, TEXTS, WHOLE } from './shape.ts';

/** A container port that a template declares. */
export interface ContainerPort {
  readonly containerPort: number;
  readonly name?: string;
}

/** What is read of a container; everything else stays as it is in the template. */
export interface Container {
  readonly name: string;
  readonly image?: string;
  readonly ports?: readonly ContainerPort[];
  readonly readinessProbe?: Probe;
  readonly startupProbe?: Probe;
  readonly resources?: {
    readonly limits?: Readonly<Record<string, string | number>>;
    readonly requests?: Readonly<Record<string, string | number>>;
  };
  readonly env?: readonly JsonObject[];
  readonly envFrom?: readonly JsonObject[];
}

/** What is read of a probe; times in seconds. */
export interface Probe {
  readonly httpGet?: { readonly path?: string; readonly port?: number | string };
  readonly initialDelaySeconds?: number;
  readonly periodSeconds?: number;
  readonly timeoutSeconds?: number;
  readonly failureThreshold?: number;
}

/** A pod template, as far as it is read here, beside the whole of it. */
export interface PodTemplate {
  readonly whole: JsonObject;
  readonly labels: Readonly<Record<string, string>>;
  /** Containers that belong to the application: proxies of meshes are left out. */
  readonly containers: readonly Container[];
  readonly initContainers: readonly Container[];
  readonly volumes: readonly JsonObject[];
  readonly serviceAccount: string | null;
  readonly graceSeconds: number;
}

/** What Kubernetes waits between asking a pod to stop and killing it, when nothing is said. */
const DEFAULT_GRACE_SECONDS = 30;

const SIDECARS = ['istio-proxy', 'envoy', 'linkerd-proxy'];

const PROBE: Shape = objectOf({
  ...Object.fromEntries(['exec', 'grpc', 'tcpSocket'].map((kind) => [kind, ANYTHING])),
  httpGet: objectOf(
    {
      path: TEXT,
      port: { kind: 'number-or-text' },
      host: TEXT,
      scheme: TEXT,
      httpHeaders: ANYTHING,
    },
    { required: ['port'] },
  ),
  initialDelaySeconds: WHOLE,
  periodSeconds: WHOLE,
  timeoutSeconds: WHOLE,
  successThreshold: WHOLE,
  failureThreshold: WHOLE,
  terminationGracePeriodSeconds: WHOLE,
});

/** The keys that are read here, and their shapes; what else a template holds is for the API server to judge. */
const READ: Readonly<Record<string, Shape>> = {
  name: TEXT,
  image: TEXT,
  readinessProbe: PROBE,
  startupProbe: PROBE,
  env: listOf(ANYTHING),
  envFrom: listOf(ANYTHING),
  ports: listOf(
    objectOf(
      { containerPort: WHOLE, name: TEXT, protocol: TEXT, hostPort: WHOLE, hostIP: TEXT },
      { required: ['containerPort'] },
    ),
  ),
  resources: objectOf({
    limits: { kind: 'map', of: { kind: 'number-or-text' } },
    requests: { kind: 'map', of: { kind: 'number-or-text' } },
    claims: ANYTHING,
  }),
};

/** Reads `spec.template` of a workload; undefined after a fault. */
export function readPodTemplate(notes: AdoptionNotes, document: ManifestDocument): PodTemplate | undefined {
  const path = ['spec', 'template'];
  const template = document.object.spec?.['template'];
  if (!isRecord(template) || !isRecord(template['spec'])) {
    notes.fault(document, path, 'A pod template with a spec was expected.');
    return undefined;
  }
  const spec = template['spec'];
  const inSpec = [...path, 'spec'];
  const containers = readContainers(notes, document, spec['containers'], [...inSpec, 'containers']);
  const initContainers = readContainers(notes, document, spec['initContainers'] ?? [], [
    ...inSpec,
    'initContainers',
  ]);
  const metadata = isRecord(template['metadata']) ? template['metadata'] : {};
  const labels = metadata['labels'] ?? {};
  const grace = spec['terminationGracePeriodSeconds'] ?? DEFAULT_GRACE_SECONDS;
  const volumes = spec['volumes'] ?? [];
  const isSound = [
    notes.check(document, TEXTS, labels, [...path, 'metadata', 'labels']),
    notes.check(document, WHOLE, grace, [...inSpec, 'terminationGracePeriodSeconds']),
    notes.check(document, listOf(ANYTHING), volumes, [...inSpec, 'volumes']),
  ].every(Boolean);
  if (!isSound || !containers || !initContainers) return undefined;
  if (containers.length === 0) {
    notes.fault(document, [...inSpec, 'containers'], 'At least one container was expected.');
    return undefined;
  }
  const own = containers.filter(({ name }) => !SIDECARS.includes(name));
  const account = spec['serviceAccountName'];
  return {
    whole: template as JsonObject,
    labels: labels as Record<string, string>,
    containers: own.length > 0 ? own : containers,
    initContainers,
    volumes: volumes as JsonObject[],
    serviceAccount: typeof account === 'string' && account !== '' ? account : null,
    graceSeconds: grace as number,
  };
}

function readContainers(
  notes: AdoptionNotes,
  document: ManifestDocument,
  value: unknown,
  path: ManifestPath,
): readonly Container[] | undefined {
  if (!notes.check(document, listOf({ kind: 'map', of: ANYTHING }), value, path)) return undefined;
  const containers = value as readonly Record<string, unknown>[];
  const areSound = containers.map((container, index) => {
    const read = Object.fromEntries(Object.entries(container).filter(([key]) => Object.hasOwn(READ, key)));
    return notes.check(document, objectOf(READ, { required: ['name', 'image'] }), read, [...path, index]);
  });
  if (!areSound.every(Boolean)) return undefined;
  const read = containers as unknown as readonly Container[];
  for (const [index, container] of read.entries())
    requestsFit(notes, document, container, [...path, index, 'resources', 'requests']);
  return read;
}

/** The API server refuses every pod that requests more than its limit, which would only be seen in the middle of a release. */
function requestsFit(
  notes: AdoptionNotes,
  document: ManifestDocument,
  { resources }: Container,
  path: ManifestPath,
): void {
  const { limits, requests } = resources ?? {};
  for (const [name, asked] of Object.entries(requests ?? {})) {
    const most = limits?.[name];
    const [amount, limit] = [parseQuantity(asked ?? ''), parseQuantity(most ?? '')];
    if (amount === undefined || limit === undefined || amount <= limit) continue;
    notes.fault(
      document,
      [...path, name],
      `${asked} is requested and the limit is ${most}; the API server refuses pods that request more than their limit.`,
    );
  }
}
