import type { Instant } from '@sluice/core/kernel/instant.ts';
import { TRACK } from '@sluice/kubernetes/objects/labels.ts';
import type { ClusterClient, Mirror } from '../../kubernetes/cluster-client.ts';
import { freshMirror } from '../../kubernetes/fresh-mirror.ts';
import type { RouteKind } from './route-kind.ts';

const kept = new WeakMap<ClusterClient, Map<string, Mirror>>();

/** One mirror of each kind and namespace, kept for as long as the client is open. */
export function routeMirror(
  client: ClusterClient,
  { apiVersion, kind, namespace = '' }: RouteKind['reference'],
): Mirror {
  const known = kept.get(client) ?? new Map<string, Mirror>();
  kept.set(client, known);
  const key = `${apiVersion} ${kind} ${namespace}`;
  const mirror = known.get(key) ?? client.mirror({ apiVersion, kind, namespace, labels: TRACK }).mirror;
  known.set(key, mirror);
  return mirror;
}

/**
 * The mirror for a route, once it can be trusted.
 * @throws SluiceError `unreachable` when it has no copy, as of a kind that the cluster does not have, or an old one
 */
export const presentMirror = (
  client: ClusterClient,
  { reference }: RouteKind,
  now: () => Instant,
): Promise<Mirror> => freshMirror(client, routeMirror(client, reference), now);
