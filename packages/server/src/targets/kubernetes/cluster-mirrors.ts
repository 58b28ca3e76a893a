import { MANAGED_BY, MANAGED_BY_LABEL, REVISION, TRACK } from '@sluice/kubernetes/objects/labels.ts';
import type { ClusterClient, Mirror, ObjectSelection } from '../../kubernetes/cluster-client.ts';

/** Copies of what Sluice runs in one namespace, shared by all components there. */
export interface NamespaceMirrors {
  readonly deployments: Mirror;
  readonly autoscalers: Mirror;
  readonly pods: Mirror;
}

const MANAGED = `${MANAGED_BY_LABEL}=${MANAGED_BY}`;

/** What is watched of a namespace: the objects that Sluice made, and the pods of its revisions. */
const SELECTIONS: Readonly<Record<keyof NamespaceMirrors, Omit<ObjectSelection, 'namespace'>>> = {
  deployments: { apiVersion: 'apps/v1', kind: 'Deployment', labels: MANAGED },
  autoscalers: { apiVersion: 'autoscaling/v2', kind: 'HorizontalPodAutoscaler', labels: MANAGED },
  pods: { apiVersion: 'v1', kind: 'Pod', labels: REVISION },
};

/** By client, so that they go with it. */
const kept = new WeakMap<ClusterClient, Map<string, NamespaceMirrors>>();

/** The mirrors of a namespace, the same for all who ask; they are kept for as long as the client is open. */
export function namespaceMirrors(client: ClusterClient, namespace: string): NamespaceMirrors {
  const known = kept.get(client) ?? new Map<string, NamespaceMirrors>();
  kept.set(client, known);
  const present = known.get(namespace);
  if (present) return present;
  const of = (name: keyof NamespaceMirrors): Mirror =>
    client.mirror({ ...SELECTIONS[name], namespace }).mirror;
  const mirrors = { deployments: of('deployments'), autoscalers: of('autoscalers'), pods: of('pods') };
  known.set(namespace, mirrors);
  return mirrors;
}

/** What stands beside the Deployments of revisions in one namespace, by kind. */
export interface CompanionMirrors {
  readonly Service: Mirror;
  readonly PodDisruptionBudget: Mirror;
  readonly HorizontalPodAutoscaler: Mirror;
}

const keptCompanions = new WeakMap<ClusterClient, Map<string, CompanionMirrors>>();

/**
 * The mirrors of companions that are followed, under the rules of `namespaceMirrors`. Services are shared with routers and
 * autoscalers with looks, so that budgets alone are one watch more.
 */
export function companionMirrors(client: ClusterClient, namespace: string): CompanionMirrors {
  const known = keptCompanions.get(client) ?? new Map<string, CompanionMirrors>();
  keptCompanions.set(client, known);
  const mirrors = known.get(namespace) ?? {
    Service: client.mirror({ apiVersion: 'v1', kind: 'Service', namespace, labels: TRACK }).mirror,
    PodDisruptionBudget: client.mirror({
      ...{ apiVersion: 'policy/v1', kind: 'PodDisruptionBudget', namespace },
      labels: MANAGED,
    }).mirror,
    HorizontalPodAutoscaler: namespaceMirrors(client, namespace).autoscalers,
  };
  known.set(namespace, mirrors);
  return mirrors;
}

const keptWorkloads = new WeakMap<ClusterClient, Map<string, Mirror>>();

/**
 * The mirror of the workloads of one kind in a namespace that are changed in place, under the rules of `namespaceMirrors`.
 * They are found by their track, because who made them may be somebody else.
 */
export function workloadMirror(client: ClusterClient, namespace: string, kind: string): Mirror {
  const known = keptWorkloads.get(client) ?? new Map<string, Mirror>();
  keptWorkloads.set(client, known);
  const key = `${namespace}/${kind}`;
  const mirror =
    known.get(key) ?? client.mirror({ apiVersion: 'apps/v1', kind, namespace, labels: TRACK }).mirror;
  known.set(key, mirror);
  return mirror;
}
