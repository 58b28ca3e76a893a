import type { ApiObject } from './api-object.ts';
import type { Pod } from './pod.ts';
import type { ControllerRevision, DaemonSet, Deployment, ReplicaSet, StatefulSet } from './workload.ts';

/** Where the objects of one kind are found at an API server. */
export interface Resource<T extends ApiObject = ApiObject> {
  /** Empty for the kinds of the core. */
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly kind: string;
  readonly namespaced: boolean;
  /** Never there: it lets the compiler know what is kept. */
  readonly sample?: T;
}

/** Names one object of a kind. */
export interface Place {
  readonly namespace?: string | undefined;
  readonly name?: string;
  readonly subresource?: string;
}

/** The path of a kind, of one object or of one of its subresources. */
export function pathOf(resource: Resource, { namespace, name, subresource }: Place = {}): string {
  const root = resource.group === '' ? '/api/' : `/apis/${resource.group}/`;
  const within = resource.namespaced && namespace ? `/namespaces/${namespace}` : '';
  const tail = `${name ? `/${name}` : ''}${subresource ? `/${subresource}` : ''}`;
  return `${root}${resource.version}${within}/${resource.plural}${tail}`;
}

/** `v1` or `apps/v1`. */
export function apiVersionOf({ group, version }: Resource): string {
  return group === '' ? version : `${group}/${version}`;
}

/** Two descriptions with one identity mean the same objects. */
export function identityOf({ group, version, plural }: Resource): string {
  return `${group}/${version}/${plural}`;
}

const core = { group: '', version: 'v1', namespaced: true } as const;
const apps = { group: 'apps', version: 'v1', namespaced: true } as const;

/** Pods of the core. */
export const PODS: Resource<Pod> = { ...core, plural: 'pods', kind: 'Pod' };
/** Deployments of apps/v1. */
export const DEPLOYMENTS: Resource<Deployment> = { ...apps, plural: 'deployments', kind: 'Deployment' };
/** ReplicaSets of apps/v1. */
export const REPLICA_SETS: Resource<ReplicaSet> = { ...apps, plural: 'replicasets', kind: 'ReplicaSet' };
/** StatefulSets of apps/v1. */
export const STATEFUL_SETS: Resource<StatefulSet> = { ...apps, plural: 'statefulsets', kind: 'StatefulSet' };
/** DaemonSets of apps/v1. */
export const DAEMON_SETS: Resource<DaemonSet> = { ...apps, plural: 'daemonsets', kind: 'DaemonSet' };
/** Remembered templates of StatefulSets and DaemonSets. */
export const CONTROLLER_REVISIONS: Resource<ControllerRevision> = {
  ...apps,
  plural: 'controllerrevisions',
  kind: 'ControllerRevision',
};
