/**
 * Purpose: tells whose pods became ready or not, came or went, and who has lost what a revision has beside its Deployment,
 * so that nobody waits for the next look to see it.
 *
 * Owns, in memory: which namespaces of which clients are listened to; they go with the client.
 */
import { type TrackId, trackIdFrom } from '@sluice/core/kernel/ids.ts';
import type { KubernetesObject } from '@sluice/kubernetes/objects/kubernetes-object.ts';
import { TRACK } from '@sluice/kubernetes/objects/labels.ts';
import type { ClusterClient, Mirror } from '../../kubernetes/cluster-client.ts';
import { companionMirrors, namespaceMirrors } from './cluster-mirrors.ts';

const heard = new WeakMap<ClusterClient, Set<string>>();

/**
 * Calls back with the track of each pod of a namespace that counts for another than before, and of each Service, budget and
 * autoscaler that is gone; a second call adds nothing.
 */
export function hearOfPods(
  client: ClusterClient,
  namespace: string,
  changed: (track: TrackId) => void,
): void {
  const namespaces = heard.get(client) ?? new Set<string>();
  heard.set(client, namespaces);
  if (namespaces.has(namespace)) return;
  namespaces.add(namespace);
  const tell = (object: KubernetesObject | undefined): void => {
    const track = object?.metadata.annotations?.[TRACK];
    if (track !== undefined) changed(trackIdFrom(track));
  };
  namespaceMirrors(client, namespace).pods.onChange((now, before) => {
    if (countsAs(now) !== countsAs(before)) tell(now ?? before);
  });
  for (const mirror of Object.values(companionMirrors(client, namespace)) as Mirror[])
    mirror.onChange((now, before) => {
      if (now === undefined) tell(before);
    });
}

/** What of a pod makes a decision another one: that it is there, serves, leaves, or was started again. */
function countsAs(pod: KubernetesObject | undefined): string {
  if (pod === undefined) return 'nothing';
  const { phase, conditions = [], containerStatuses = [] } = (pod.status ?? {}) as PodNews;
  const ready = conditions.find(({ type }) => type === 'Ready')?.status;
  const restarts = containerStatuses.map(({ restartCount }) => restartCount);
  return JSON.stringify([phase, ready, restarts, pod.metadata.deletionTimestamp !== undefined]);
}

interface PodNews {
  readonly phase?: string;
  readonly conditions?: readonly { readonly type: string; readonly status: string }[];
  readonly containerStatuses?: readonly { readonly restartCount?: number }[];
}
