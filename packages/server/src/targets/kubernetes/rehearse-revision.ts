/**
 * Purpose: tries what a release would write, by server-side dry runs, so that webhooks, policies, quotas and what is simply
 * wrong are heard before anything is changed.
 */
import type { JsonObject } from '@sluice/core/kernel/json.ts';
import type { KubernetesObject } from '@sluice/kubernetes/objects/kubernetes-object.ts';
import { revisionName } from '@sluice/kubernetes/objects/names.ts';
import { renderInPlace } from '@sluice/kubernetes/render/render-in-place.ts';
import { renderRevision } from '@sluice/kubernetes/render/render-revision.ts';
import { renderTrack } from '@sluice/kubernetes/render/render-track.ts';
import { isInPlace, type InPlaceRevision } from '@sluice/kubernetes/render/rendered-revision.ts';
import { kubernetesSettings } from '@sluice/kubernetes/settings/read-settings.ts';
import type { ClusterClient } from '../../kubernetes/cluster-client.ts';
import type { RevisionRecord } from '../revision-record.ts';
import {
  type ApplyPorts,
  deploymentOf,
  isCallersService,
  renderedRevision,
  secretsOf,
} from './apply-revision.ts';
import { refuseStranger, workloadOf } from './in-place/apply-in-place.ts';
import { templateOf } from './in-place/in-place-marks.ts';
import { mergePatchTo } from './in-place/merge-patch-to.ts';

/** What trying needs. */
export type RehearsalParts = Pick<ApplyPorts, 'client' | 'readSecrets'>;

interface PodTemplate {
  readonly metadata: Pick<KubernetesObject['metadata'], 'labels' | 'annotations'>;
  readonly spec: JsonObject;
}

type Rendered = ReturnType<typeof renderedRevision>;

/** No order stands behind what is only tried. */
const GENERATION = 0;

/**
 * Tries every object of a revision at once, and changes nothing. A revision whose Deployment is there has been accepted
 * before: only its number would change.
 *
 * @throws SluiceError the first thing that stands against it, in the order in which the objects would be applied
 */
export async function rehearseRevision(parts: RehearsalParts, record: RevisionRecord): Promise<void> {
  const of = renderedRevision(record, kubernetesSettings(record.component));
  const { client } = parts;
  if (isInPlace(of)) return rehearseInPlace(client, of, record);
  if ((await client.read(deploymentOf(of.settings, record))) !== undefined) return;
  const order = { instances: record.component.instances, generation: GENERATION };
  const secrets = await secretsOf(parts, record);
  const track = await withoutCallersServices(client, renderTrack(of, order));
  await tryAll(client, [...track, ...renderRevision(of, { ...order, ...secrets })]);
}

async function withoutCallersServices(
  client: ClusterClient,
  objects: readonly KubernetesObject[],
): Promise<readonly KubernetesObject[]> {
  const left = await Promise.all(objects.map((object) => isCallersService(client, object)));
  return objects.filter((_, index) => left[index] === false);
}

async function tryAll(client: ClusterClient, objects: readonly KubernetesObject[]): Promise<void> {
  const tried = await Promise.allSettled(objects.map((object) => client.apply(object, { dryRun: true })));
  const failed = tried.find(({ status }) => status === 'rejected');
  if (failed?.status === 'rejected') throw failed.reason;
}

/** Of a workload that is there the template is changed by a patch, and nothing else that could be refused. */
async function rehearseInPlace(
  client: ClusterClient,
  of: InPlaceRevision,
  revision: RevisionRecord,
): Promise<void> {
  const order = { instances: of.component.instances, generation: GENERATION };
  const rendered = renderInPlace(of, order);
  const reference = workloadOf(of.settings);
  const present = await client.read(reference);
  const track = renderTrack(of, order);
  if (present === undefined) return tryAll(client, [...track, rendered]);
  refuseStranger(present, { revision });
  await tryAll(client, track);
  const template = mergePatchTo(templateOf(present), templateOf(rendered));
  await client.patch(reference, { spec: { template } }, { dryRun: true });
}

/**
 * Tries one pod of a revision: what is said of pods alone (pod security, limit ranges, quotas, service accounts) nobody
 * says of the Deployment. Workloads that are changed in place are left out, whose controllers complete their pods.
 *
 * @throws SluiceError what stands against it
 */
export async function rehearsePod(client: ClusterClient, record: RevisionRecord): Promise<void> {
  const of = renderedRevision(record, kubernetesSettings(record.component));
  if (isInPlace(of) || (await client.read(deploymentOf(of.settings, record))) !== undefined) return;
  const pod = podOf(of);
  if (pod) await client.apply(pod, { dryRun: true });
}

function podOf(of: Rendered): KubernetesObject | undefined {
  const objects = renderRevision(of, { instances: 1, generation: GENERATION });
  const deployment = objects.find(({ kind }) => kind === 'Deployment');
  if (!deployment) return undefined;
  const { metadata = {}, spec } = templateOf(deployment) as Partial<PodTemplate>;
  if (spec === undefined) return undefined;
  const made = [...objects, ...renderTrack(of, { generation: GENERATION })];
  const { labels, annotations } = metadata;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: `${revisionName(of.track, of.revision)}-tried`,
      namespace: of.settings.namespace,
      ...(labels ? { labels } : {}),
      ...(annotations ? { annotations } : {}),
    },
    spec: withoutNewAccount(spec, made),
  };
}

/** A service account that comes with the release is not there yet, and a pod of it would be refused for that alone. */
function withoutNewAccount(spec: JsonObject, made: readonly KubernetesObject[]): JsonObject {
  const { serviceAccountName, serviceAccount: _deprecated, ...rest } = spec;
  const isNew = made.some(
    ({ kind, metadata }) => kind === 'ServiceAccount' && metadata.name === serviceAccountName,
  );
  return isNew ? rest : spec;
}
