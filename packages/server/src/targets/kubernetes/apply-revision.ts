import { scrypt } from 'node:crypto';
import { promisify } from 'node:util';
import { canonicalJson } from '@sluice/core/kernel/canonical-json.ts';
import { SluiceError } from '@sluice/core/kernel/failure.ts';
import { trackNames } from '@sluice/core/kernel/ids.ts';
import type { Instant } from '@sluice/core/kernel/instant.ts';
import type { ComponentSpec } from '@sluice/core/rollout/component-spec.ts';
import type { KubernetesObject, ObjectReference } from '@sluice/kubernetes/objects/kubernetes-object.ts';
import { TRACK } from '@sluice/kubernetes/objects/labels.ts';
import { revisionName } from '@sluice/kubernetes/objects/names.ts';
import type { KubernetesSettings } from '@sluice/kubernetes/settings/kubernetes-settings.ts';
import { renderRevision } from '@sluice/kubernetes/render/render-revision.ts';
import { renderSecret } from '@sluice/kubernetes/render/render-secret.ts';
import { renderTrack } from '@sluice/kubernetes/render/render-track.ts';
import type { RenderedRevision } from '@sluice/kubernetes/render/rendered-revision.ts';
import type { ClusterClient } from '../../kubernetes/cluster-client.ts';
import { againOnConflict, ONLY_IF_ABSENT, overtaken } from '../../kubernetes/fencing.ts';
import type { RevisionRecord } from '../revision-record.ts';
import type { CapacityRequest } from '../target.ts';
import { companionMarks, followsOrder, restoreCompanions } from './companions.ts';
import { removedUntil } from './removals.ts';
import { CONTENT_ANNOTATION, contentOf, orderMarks, orderOn } from './order-marks.ts';

/** What applying needs beside the order. */
export interface ApplyPorts {
  readonly client: ClusterClient;
  readonly settings: KubernetesSettings;
  /** Values of secrets that are kept on the control plane's machine, by the names of their variables. */
  readonly readSecrets: (component: ComponentSpec) => Promise<SecretValues>;
  readonly now: () => Instant;
}

/** Secrets as they are now; those without a value with the reason in words. */
export interface SecretValues {
  readonly secrets: Readonly<Record<string, string>>;
  readonly missing: Readonly<Record<string, string>>;
}

/** What is rendered of a revision. */
export function renderedRevision(record: RevisionRecord, settings: KubernetesSettings): RenderedRevision {
  const { application, environment } = trackNames(record.track);
  const { track, id: revision, version, component } = record;
  return { track, revision, version, application, environment, component, settings };
}

/** The Deployment of a revision. */
export const deploymentOf = (
  { namespace }: KubernetesSettings,
  { track, id }: Pick<RevisionRecord, 'track' | 'id'>,
): ObjectReference => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  namespace,
  name: revisionName(track, id),
});

/**
 * Brings a revision to a number of pods. Its Deployment holds the order: it comes last, is only made where there is none,
 * and of one that is there only the number and the marks are changed; what is missing beside it is made anew. So an upgrade
 * of Sluice that renders anything in another way restarts no pod, and of two replicas with different orders the newer one
 * holds.
 *
 * @returns the Deployment as the server has it
 */
export function applyRevision(ports: ApplyPorts, request: CapacityRequest): Promise<KubernetesObject> {
  return againOnConflict(async () => {
    const { client, settings } = ports;
    const present = await client.read(deploymentOf(settings, request.revision));
    if (present === undefined) return makeRevision(ports, request);
    refuseStale(present, request);
    const objects = renderRevision(renderedRevision(request.revision, settings), request);
    for (const object of objects.filter(followsOrder)) await client.apply(object);
    const moved = await moveRevision(ports, request, { present, marks: companionMarks(objects, present) });
    const secret = () => secretOf(ports, request);
    await restoreCompanions({ client, deployment: moved, objects, secret });
    return moved;
  });
}

function refuseStale(present: KubernetesObject, { revision, generation, instances }: CapacityRequest): void {
  const { id, track } = revision;
  const held = orderOn(present);
  const what = `${instances} instances of ${id} of ${track}`;
  if (held.generation > generation)
    throw overtaken(what, { heldGeneration: held.generation, isReused: false });
  if (held.generation === generation && held.instances !== instances)
    throw overtaken(what, { heldGeneration: held.generation, isReused: true });
  const content = present.metadata.annotations?.[CONTENT_ANNOTATION];
  if (content !== undefined && content !== contentOf(revision))
    throw new SluiceError('invalid-input', `something else runs already under the name ${id} of ${track}`, {
      next: 'stop',
    });
}

async function makeRevision(ports: ApplyPorts, request: CapacityRequest): Promise<KubernetesObject> {
  const { client, settings, now } = ports;
  const { revision, instances, generation } = request;
  const removed = await removedUntil(client, settings.namespace, revision.track);
  if (removed > generation)
    throw overtaken(`${instances} instances of ${revision.id} of ${revision.track}`, {
      heldGeneration: removed,
      isReused: false,
    });
  const of = renderedRevision(revision, settings);
  const secrets = await secretsOf(ports, revision);
  const objects = renderRevision(of, { instances, generation, ...secrets });
  const main = objects.find(({ kind }) => kind === 'Deployment');
  if (!main)
    throw new SluiceError('unexpected', `${revision.id} was rendered without a Deployment`, { next: 'stop' });
  // It is written last and stands for the revision: what lies beside one that was refused would belong to nobody.
  await client.apply(main, { dryRun: true });
  for (const object of renderTrack(of, { generation }))
    if (!(await isCallersService(client, object))) await client.apply(object);
  for (const object of objects.filter((one) => one !== main && !needsTheDeployment(one)))
    await client.apply(object);
  const made = await client.apply(marked(main, request, { at: now(), marks: companionMarks(objects) }));
  for (const object of objects.filter(needsTheDeployment)) await client.apply(object);
  return made;
}

/** The Service of a workload that is being adopted leads to its old pods until a router sends requests to the new ones. */
export async function isCallersService(client: ClusterClient, object: KubernetesObject): Promise<boolean> {
  if (object.kind !== 'Service') return false;
  const { apiVersion, kind, metadata } = object;
  const { namespace, name } = metadata;
  const present = await client.read({ apiVersion, kind, namespace, name });
  return present !== undefined && present.metadata.annotations?.[TRACK] === undefined;
}

/** An autoscaler that finds nothing to scale complains; it comes when there is something. */
const needsTheDeployment = ({ kind }: KubernetesObject): boolean =>
  kind === 'HorizontalPodAutoscaler' || kind === 'VerticalPodAutoscaler' || kind === 'ScaledObject';

function marked(
  main: KubernetesObject,
  request: CapacityRequest,
  { at, marks }: { readonly at: Instant; readonly marks: Record<string, string> },
): KubernetesObject {
  const { revision, instances, generation } = request;
  return {
    ...main,
    metadata: {
      ...main.metadata,
      resourceVersion: ONLY_IF_ABSENT,
      annotations: {
        ...main.metadata.annotations,
        ...orderMarks(instances, generation, at),
        ...marks,
        [CONTENT_ANNOTATION]: contentOf(revision),
      },
    },
    // An autoscaler looks every some seconds; until then there are as many as were ordered.
    spec: { ...main.spec, replicas: instances },
  };
}

async function secretOf(ports: ApplyPorts, { revision, ...order }: CapacityRequest) {
  const secrets = await secretsOf(ports, revision);
  return renderSecret(renderedRevision(revision, ports.settings), { ...order, ...secrets })[0];
}

interface Moved {
  readonly present: KubernetesObject;
  /** Annotations beside those of the order. */
  readonly marks: Record<string, string>;
}

function moveRevision(
  { client, settings, now }: ApplyPorts,
  request: CapacityRequest,
  { present, marks }: Moved,
): Promise<KubernetesObject> {
  const { revision, instances, generation } = request;
  const held = orderOn(present);
  // The same number once more is no new order: its pods have had their time to start.
  const at = held.instances === instances && held.at !== null ? held.at : now();
  const replicas = replicasFor(settings, instances, present);
  return client.patch(deploymentOf(settings, revision), {
    metadata: {
      resourceVersion: present.metadata.resourceVersion,
      annotations: { ...orderMarks(instances, generation, at), ...marks },
    },
    ...(replicas === null ? {} : { spec: { replicas } }),
  });
}

/** With an autoscaler the number is only raised to the new fewest at once; how many go, and when, is its business. */
function replicasFor(
  { autoscaling }: KubernetesSettings,
  instances: number,
  present: KubernetesObject,
): number | null {
  if (autoscaling === null || instances === 0) return instances;
  const now = present.spec?.['replicas'];
  return typeof now === 'number' && now >= instances ? null : instances;
}

const hash = promisify(scrypt);

/**
 * The values of a revision's secrets and a digest of them for the name of the object, one that is slow to guess by.
 *
 * @throws SluiceError `invalid-input` when one has no value
 */
export async function secretsOf(
  { readSecrets }: Pick<ApplyPorts, 'readSecrets'>,
  { component, track }: RevisionRecord,
): Promise<{ secretData?: Readonly<Record<string, string>>; secretDigest?: string }> {
  if (Object.keys(component.secrets).length === 0) return {};
  const { secrets, missing } = await readSecrets(component);
  const [unread] = Object.entries(missing);
  if (unread) {
    const [name, reason] = unread;
    throw new SluiceError('invalid-input', `the secret ${name} of ${track} has no value: ${reason}`, {
      next: 'ask-human',
    });
  }
  const digest = (await hash(canonicalJson(secrets), track, 16)) as Buffer;
  return { secretData: secrets, secretDigest: digest.toString('hex') };
}
