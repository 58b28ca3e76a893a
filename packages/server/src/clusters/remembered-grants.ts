import type { ClusterClient } from '../kubernetes/cluster-client.ts';
import type { NeededPermission } from '../kubernetes/permissions/needed-permission.ts';

/** What clusters have permitted, remembered for a while. */
export interface Grants {
  of(client: ClusterClient): Pick<ClusterClient, 'allows'>;
}

/** For so long what was permitted counts as permitted, in ms; what was not is asked again each time. */
const GRANTED_MS = 60_000;

/** Remembers what was granted, by client, so that a hundred components of one namespace do not ask for the same. */
export function rememberedGrants(now: () => number): Grants {
  const known = new WeakMap<ClusterClient, Map<string, number>>();
  return {
    of: (client) => {
      const granted = known.get(client) ?? new Map<string, number>();
      known.set(client, granted);
      return {
        allows: async (permission) => {
          const key = keyOf(permission);
          const at = granted.get(key);
          if (at !== undefined && now() - at < GRANTED_MS) return true;
          const isGranted = await client.allows(permission);
          if (isGranted) granted.set(key, now());
          else granted.delete(key);
          return isGranted;
        },
      };
    },
  };
}

const keyOf = ({ verb, group, resource, namespace }: NeededPermission): string =>
  [verb, group, resource, namespace ?? ''].join(' ');
