import type { JsonObject } from '@sluice/core/kernel/json.ts';
import type { KubernetesObject } from '@sluice/kubernetes/objects/kubernetes-object.ts';

interface Condition extends JsonObject {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
  readonly message?: string;
  readonly observedGeneration?: number;
}

/** One of `parentRefs[]` of a route. */
export interface ParentRef extends JsonObject {
  readonly kind?: string;
  readonly name: string;
  readonly sectionName?: string;
}

interface ParentStatus extends JsonObject {
  readonly parentRef: ParentRef;
  readonly controllerName?: string;
  readonly conditions?: readonly Condition[];
}

const NEEDED = ['Accepted', 'ResolvedRefs'] as const;

/**
 * Why the parents of a route have not taken its present generation, or null once they have. Each parent that the route
 * names must have been taken up by one controller, and by none of them refused. One that has not looked at this generation
 * is not waited for when another has: what is left of a controller that was removed stays in the status for ever.
 */
export function unconfirmedParent({ metadata, spec, status }: KubernetesObject): string | null {
  const parents = (spec?.['parentRefs'] ?? []) as readonly ParentRef[];
  const told = (status?.['parents'] ?? []) as readonly ParentStatus[];
  const key = parentKey(metadata.namespace ?? '');
  for (const parent of parents) {
    const name = parentWords(parent);
    const entries = told.filter(({ parentRef }) => key(parentRef) === key(parent));
    if (entries.length === 0) return `no controller has taken it up for ${name}`;
    const verdicts = entries.map((entry) => verdictOf(entry, name, metadata.generation ?? 0));
    const refused = verdicts.find(({ isCurrent, reason }) => isCurrent && reason !== null);
    if (refused) return refused.reason;
    if (!verdicts.some(({ isCurrent }) => isCurrent)) return verdicts[0]?.reason ?? null;
  }
  return null;
}

/** What a controller says of this generation; `isCurrent` is whether it has looked at it. */
function verdictOf(
  { conditions = [], controllerName }: ParentStatus,
  name: string,
  generation: number,
): { readonly isCurrent: boolean; readonly reason: string | null } {
  for (const type of NEEDED) {
    const condition = conditions.find((one) => one.type === type);
    if (condition === undefined || (condition.observedGeneration ?? 0) < generation)
      return {
        isCurrent: false,
        reason: `${controllerName ?? 'the controller'} has not looked at it yet for ${name} (${type})`,
      };
    if (condition.status !== 'True') {
      const { reason = 'no reason', message = '' } = condition;
      const why = [reason, message].filter((part) => part !== '').join(', ');
      return { isCurrent: true, reason: `${name} refuses it (${type}: ${why})` };
    }
  }
  return { isCurrent: true, reason: null };
}

const GATEWAY_GROUP = 'gateway.networking.k8s.io';

/** Tells the parents of a namespace's routes apart: they are the same when they are after the defaults of the Gateway API. */
export const parentKey =
  (routeNamespace: string) =>
  ({ group = GATEWAY_GROUP, kind = 'Gateway', namespace = routeNamespace, ...rest }: JsonObject): string =>
    JSON.stringify([group, kind, namespace, rest['name'], rest['sectionName'] ?? null, rest['port'] ?? null]);

/** A parent in words: `the Gateway public, https`. */
export const parentWords = ({ kind = 'Gateway', name, sectionName }: ParentRef): string =>
  `the ${kind} ${name}${sectionName === undefined ? '' : `, ${sectionName}`}`;
