/** Metadata as an API server gives it: name, uid and version are always there. */
export interface Metadata {
  readonly name: string;
  readonly generateName?: string;
  readonly namespace?: string;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly generation?: number;
  readonly creationTimestamp: string;
  readonly deletionTimestamp?: string;
  readonly deletionGracePeriodSeconds?: number;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly finalizers?: readonly string[];
  readonly ownerReferences?: readonly Owner[];
}

/** One entry of `metadata.ownerReferences`. */
export interface Owner {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
  readonly controller?: boolean;
  readonly blockOwnerDeletion?: boolean;
}

/** Anything that an API server keeps. */
export interface ApiObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: Metadata;
}

/** One entry of `status.conditions`, with the times that some kinds add. */
export interface Condition {
  readonly type: string;
  readonly status: 'True' | 'False' | 'Unknown';
  readonly reason?: string;
  readonly message?: string;
  readonly lastTransitionTime?: string;
  readonly lastUpdateTime?: string;
  readonly lastProbeTime?: string | null;
  readonly lastHeartbeatTime?: string;
  readonly observedGeneration?: number;
}

/** The key of an object among those of its kind: `namespace/name`, or `/name` without a namespace. */
export function keyOf({ metadata }: ApiObject): string {
  return `${metadata.namespace ?? ''}/${metadata.name}`;
}

/** Takes apart what `keyOf` made. */
export function partsOfKey(key: string): { readonly namespace: string; readonly name: string } {
  const slash = key.indexOf('/');
  return { namespace: key.slice(0, slash), name: key.slice(slash + 1) };
}

/** The owner that manages an object; undefined for an object that nobody manages. */
export function controllerOf({ metadata }: ApiObject): Owner | undefined {
  return metadata.ownerReferences?.find(({ controller }) => controller === true);
}

/** The owner reference by which a controller marks what it made. */
export function ownedBy({ apiVersion, kind, metadata }: ApiObject): Owner {
  const { name, uid } = metadata;
  return { apiVersion, kind, name, uid, controller: true, blockOwnerDeletion: true };
}

/** Orders the oldest first, and those of one second by name. */
export function byAge(a: ApiObject, b: ApiObject): number {
  const [first, second] = [a.metadata.creationTimestamp, b.metadata.creationTimestamp];
  if (first !== second) return first < second ? -1 : 1;
  return a.metadata.name < b.metadata.name ? -1 : 1;
}

/** A moment (ms since the epoch) in the form that Kubernetes stores: whole seconds, UTC. */
export function timestampOf(moment: number): string {
  return `${new Date(moment).toISOString().slice(0, 19)}Z`;
}
