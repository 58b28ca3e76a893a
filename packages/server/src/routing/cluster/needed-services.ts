import type { Instant } from '@sluice/core/kernel/instant.ts';
import type { Split } from '@sluice/core/traffic/split.ts';
import type { KubernetesSettings } from '@sluice/kubernetes/settings/kubernetes-settings.ts';
import type { ClusterClient } from '../../kubernetes/cluster-client.ts';
import { freshMirror } from '../../kubernetes/fresh-mirror.ts';
import type { RouteKind } from './route-kind.ts';
import { routeMirror } from './route-mirrors.ts';

/** Where Services are looked for. */
export interface NeededServicesPorts {
  readonly client: ClusterClient;
  readonly settings: KubernetesSettings;
  readonly now: () => Instant;
}

/** The Service of a name, as a client asks for it. */
export const serviceReference = (namespace: string, name: string) =>
  ({ apiVersion: 'v1', kind: 'Service', namespace, name }) as const;

/** The Services that requests by a split need, beside what splits them; a workload that is changed in place has none. */
export function neededServices(
  { workload }: KubernetesSettings,
  kinds: readonly RouteKind[],
  split: Split,
): readonly string[] {
  return workload.kind === 'in-place' ? [] : [...new Set(kinds.flatMap((kind) => kind.services(split)))];
}

/**
 * Whether all of them are there. A look is answered from the mirror; only of what the mirror does not show, because it is
 * gone or is not marked as ours, the server is asked.
 */
export async function areServicesThere(
  { client, settings, now }: NeededServicesPorts,
  names: readonly string[],
): Promise<boolean> {
  if (names.length === 0) return true;
  const { namespace } = settings;
  const kind = { reference: serviceReference(namespace, '') };
  const mirror = await freshMirror(client, routeMirror(client, kind.reference), now);
  for (const name of names) {
    const present = mirror.get(namespace, name) ?? (await client.read(serviceReference(namespace, name)));
    if (present === undefined || present.metadata.deletionTimestamp !== undefined) return false;
  }
  return true;
}
