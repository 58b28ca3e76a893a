import { type TrackId, trackNames } from '@sluice/core/kernel/ids.ts';
import type { KubernetesObject, ObjectReference } from '@sluice/kubernetes/objects/kubernetes-object.ts';
import {
  APPLICATION_LABEL,
  COMPONENT_LABEL,
  GENERATION_ANNOTATION,
  MANAGED_BY,
  MANAGED_BY_LABEL,
  TRACK,
} from '@sluice/kubernetes/objects/labels.ts';
import { labelValue, objectName, trackLabel } from '@sluice/kubernetes/objects/names.ts';
import type { ClusterClient } from '../../kubernetes/cluster-client.ts';
import { againOnConflict, ONLY_IF_ABSENT } from '../../kubernetes/fencing.ts';

/** Where the highest generation stands under which anything of a track was removed: what is gone cannot hold it itself. */
const memorialOf = (namespace: string, track: TrackId): ObjectReference => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  namespace,
  name: `${objectName(track)}-removals`,
});

/** The generation below which orders are from before the last removal; 0 when nothing was removed. */
export async function removedUntil(
  client: ClusterClient,
  namespace: string,
  track: TrackId,
): Promise<number> {
  const memorial = await client.read(memorialOf(namespace, track));
  return Number(memorial?.metadata.annotations?.[GENERATION_ANNOTATION] ?? 0);
}

/** Remembers that something is removed under a generation, before it is. */
export function rememberRemoval(
  client: ClusterClient,
  namespace: string,
  track: TrackId,
  generation: number,
): Promise<void> {
  return againOnConflict(async () => {
    const reference = memorialOf(namespace, track);
    const present = await client.read(reference);
    const known = Number(present?.metadata.annotations?.[GENERATION_ANNOTATION] ?? 0);
    if (known >= generation) return;
    const memorial: KubernetesObject = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: {
        name: reference.name,
        namespace,
        resourceVersion: present?.metadata.resourceVersion ?? ONLY_IF_ABSENT,
        labels: labelsOf(track),
        annotations: { [TRACK]: track, [GENERATION_ANNOTATION]: String(generation) },
      },
    };
    await client.apply(memorial);
  });
}

/** As all that belongs to a component, so that who deletes by labels finds it. */
function labelsOf(track: TrackId): Readonly<Record<string, string>> {
  const { application, component } = trackNames(track);
  return {
    [MANAGED_BY_LABEL]: MANAGED_BY,
    [APPLICATION_LABEL]: labelValue(application),
    [COMPONENT_LABEL]: labelValue(component),
    [TRACK]: trackLabel(track),
  };
}
