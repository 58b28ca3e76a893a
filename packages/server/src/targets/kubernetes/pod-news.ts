/**
 * Purpose: tells whose pods became ready or not, came or went, so that nobody waits for the next look to see it.
 *
 * Owns, in memory: which namespaces of which clients are listened to; they go with the client.
 */
import { type TrackId, trackIdFrom } from '@sluice/core/kernel/ids.ts';
import type { KubernetesObject } from '@sluice/kubernetes/objects/kubernetes-object.ts';
import { TRACK } from '@sluice/kubernetes/objects/labels.ts';
import type { ClusterClient } from '../../kubernetes/cluster-client.ts';
import { namespaceMirrors } from './cluster-mirrors.ts';

const heard = new WeakMap<ClusterClient, Set<string>>();

/** Calls back with the track of each pod of a namespace that counts for another than before; a second call adds nothing. */
export function hearOfPods(
  client: ClusterClient,
  namespace: string,
  changed: (track: TrackId) => void,
): void {
  const namespaces = heard.get(client) ?? new Set<string>();
  heard.set(client, namespaces);
  if (namespaces.has(namespace)) return;
  namespaces.add(namespace);
  namespaceMirrors(client, namespace).pods.onChange((now, before) => {
    const track = (now ?? before)?.metadata.annotations?.[TRACK];
    if (track !== undefined && countsAs(now) !== countsAs(before)) changed(trackIdFrom(track));
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
