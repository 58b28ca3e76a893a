import { type TrackId, trackNames } from '@sluice/core/kernel/ids.ts';
import type { JsonObject } from '@sluice/core/kernel/json.ts';
import type { ComponentSpec } from '@sluice/core/rollout/component-spec.ts';
import type { KubernetesObject, ObjectReference } from '@sluice/kubernetes/objects/kubernetes-object.ts';
import { TRACK } from '@sluice/kubernetes/objects/labels.ts';
import { renderTrackService, trackServiceName } from '@sluice/kubernetes/render/render-service.ts';
import type { KubernetesSettings } from '@sluice/kubernetes/settings/kubernetes-settings.ts';
import type { ClusterClient } from '../../kubernetes/cluster-client.ts';
import { againOnConflict } from '../../kubernetes/fencing.ts';
import type { SplitRequest } from '../traffic-router.ts';
import { keptOwners, refuseOwned } from './former-owners.ts';
import { serviceReference } from './needed-services.ts';

/** Whose Service is taken over. */
export interface AdoptedComponent {
  readonly client: Pick<ClusterClient, 'read' | 'apply' | 'patch'>;
  readonly component: ComponentSpec;
  readonly settings: KubernetesSettings;
}

/**
 * Takes over the Service that callers knew an adopted workload by, once something of Sluice serves. Until then it leads to
 * the pods that were there before; from then on its ports and, but for plain Services, its selector are Sluice's, whoever
 * applied them first, and it goes no more with the Canary or Rollout that it belonged to.
 *
 * @throws SluiceError `unsupported` when it belongs to something else
 */
export async function takeOverService(
  { client, component, settings }: AdoptedComponent,
  { track, split, generation }: SplitRequest,
): Promise<void> {
  const [first] = split.weights;
  if (!isAdopted(settings) || first === undefined) return;
  const { application, environment } = trackNames(track);
  const of = { track, revision: first.revision, version: '', application, environment, component, settings };
  for (const service of renderTrackService(of, generation))
    await againOnConflict(() => takeOver(client, service));
}

async function takeOver(client: AdoptedComponent['client'], service: KubernetesObject): Promise<void> {
  const { namespace = '', name } = service.metadata;
  const reference = serviceReference(namespace, name);
  const present = await client.read(reference);
  if (present !== undefined) await freeFromOwners(client, reference, present);
  if (present?.metadata.annotations?.[TRACK] === undefined) await client.apply(service, { force: true });
}

/** It is freed before it leads to pods of Sluice, so that it cannot go in between. */
async function freeFromOwners(
  client: AdoptedComponent['client'],
  reference: ObjectReference,
  present: KubernetesObject,
): Promise<void> {
  refuseOwned(present);
  const ownerReferences = keptOwners(present);
  if (ownerReferences === null) return;
  const { resourceVersion } = present.metadata;
  const owners = ownerReferences as unknown as JsonObject[];
  await client.patch(reference, { metadata: { resourceVersion, ownerReferences: owners } });
}

const isAdopted = ({ workload }: KubernetesSettings): boolean =>
  workload.kind === 'template' && workload.service !== undefined;

/**
 * Tries whether the Service of an adopted workload may be taken over when its time comes, and changes nothing.
 *
 * @throws SluiceError `unsupported` when it belongs to something that Sluice does not take the place of
 */
export async function rehearseTakeOver(
  client: Pick<ClusterClient, 'read'>,
  track: TrackId,
  settings: KubernetesSettings,
): Promise<void> {
  if (!isAdopted(settings)) return;
  const name = trackServiceName(track, settings);
  const present = await client.read(serviceReference(settings.namespace, name));
  if (present !== undefined) refuseOwned(present);
}
