import type { ClusterClient } from '../cluster-client.ts';
import type { NeededPermission } from './needed-permission.ts';

/** Questions that are asked of a server at once; the answers are cheap, but there may be a hundred of them. */
const askedAtOnce = 8;

/** Those of the needed permissions that the credentials of a client do not have, in the order given, each once. */
export async function missingPermissions(
  client: Pick<ClusterClient, 'allows'>,
  needed: readonly NeededPermission[],
): Promise<readonly NeededPermission[]> {
  const asked = [...new Map(needed.map((permission) => [keyOf(permission), permission])).values()];
  const missing: NeededPermission[] = [];
  for (let at = 0; at < asked.length; at += askedAtOnce) {
    const some = asked.slice(at, at + askedAtOnce);
    const answers = await Promise.all(some.map((permission) => client.allows(permission)));
    missing.push(...some.filter((_, index) => answers[index] === false));
  }
  return missing;
}

function keyOf({ verb, group, resource, namespace }: NeededPermission): string {
  return JSON.stringify([verb, group, resource, namespace]);
}
