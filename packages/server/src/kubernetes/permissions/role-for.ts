import type { JsonObject } from '@sluice/core/kernel/json.ts';
import type { KubernetesObject } from '@sluice/kubernetes/objects/kubernetes-object.ts';
import type { NeededPermission } from './needed-permission.ts';

/** Who is to be permitted, and under which name. */
export interface RoleSubject {
  /** Name of the roles and of what binds them. */
  readonly name: string;
  /** As the server knows the credentials: `system:serviceaccount:sluice:server` is bound as a service account. */
  readonly user: string;
}

/** Stands for no namespace, and sorts before all of them. */
const wholeCluster = '';

const rbac = 'rbac.authorization.k8s.io';

/**
 * The Roles that grant what is needed, one for each namespace and a ClusterRole for what has none, each with the binding
 * that gives it to the subject. Everything in them is sorted, so that the same needs give the same text.
 */
export function roleFor(
  needed: readonly NeededPermission[],
  subject: RoleSubject,
): readonly KubernetesObject[] {
  const places = [...new Set(needed.map(({ namespace }) => namespace ?? wholeCluster))].sort();
  return places.flatMap((place) => {
    const rules = rulesOf(needed.filter((permission) => (permission.namespace ?? wholeCluster) === place));
    const namespace = place === wholeCluster ? undefined : place;
    return [roleOf(subject, namespace, rules), bindingOf(subject, namespace)];
  });
}

function roleOf({ name }: RoleSubject, namespace: string | undefined, rules: JsonObject[]): KubernetesObject {
  const kind = namespace === undefined ? 'ClusterRole' : 'Role';
  return { apiVersion: `${rbac}/v1`, kind, metadata: metadataOf(name, namespace), rules };
}

function bindingOf({ name, user }: RoleSubject, namespace: string | undefined): KubernetesObject {
  const role = namespace === undefined ? 'ClusterRole' : 'Role';
  return {
    apiVersion: `${rbac}/v1`,
    kind: `${role}Binding`,
    metadata: metadataOf(name, namespace),
    roleRef: { apiGroup: rbac, kind: role, name },
    subjects: [subjectOf(user)],
  };
}

function subjectOf(user: string): JsonObject {
  const [, namespace, name] = /^system:serviceaccount:([^:]+):([^:]+)$/.exec(user) ?? [];
  if (namespace !== undefined && name !== undefined) return { kind: 'ServiceAccount', name, namespace };
  return { apiGroup: rbac, kind: 'User', name: user };
}

function metadataOf(name: string, namespace: string | undefined): KubernetesObject['metadata'] {
  return namespace === undefined ? { name } : { name, namespace };
}

/** One rule for all resources of a group that need the same verbs. */
function rulesOf(needed: readonly NeededPermission[]): JsonObject[] {
  const verbs = new Map<string, Set<string>>();
  for (const { group, resource, verb } of needed) {
    const key = `${group}|${resource}`;
    verbs.set(key, (verbs.get(key) ?? new Set()).add(verb));
  }
  const resources = new Map<string, string[]>();
  for (const [key, set] of [...verbs].sort(([a], [b]) => a.localeCompare(b))) {
    const [group = '', resource = ''] = key.split('|');
    const same = `${group}|${[...set].sort().join(',')}`;
    resources.set(same, [...(resources.get(same) ?? []), resource]);
  }
  return [...resources].map(([key, names]) => {
    const [group = '', set = ''] = key.split('|');
    return { apiGroups: [group], resources: names, verbs: set.split(',') };
  });
}
