import type { JsonObject } from '@sluice/core/kernel/json.ts';
import type { KubernetesObject, ObjectReference } from '@sluice/kubernetes/objects/kubernetes-object.ts';
import type { NeededPermission } from './permissions/needed-permission.ts';

/** The manager under which Sluice owns fields by server-side apply. */
export const FIELD_MANAGER = 'sluice';

/** Which objects are meant: a kind, in one namespace or all, narrowed by labels. */
export interface ObjectSelection {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace?: string;
  /** In the syntax of `labelSelector`. */
  readonly labels?: string;
}

/** How an object is removed. */
export interface RemovalOptions {
  readonly propagation?: 'Background' | 'Foreground' | 'Orphan';
  /** Only while it is still this one. */
  readonly uid?: string;
}

/**
 * A copy of the objects of one selection that is kept up to date by a watch. One is shared by all who ask for the same
 * selection. It survives cut connections, 410 and servers without watch-list; while it cannot follow it says since when.
 */
export interface Mirror {
  /** Resolves when it holds a complete list for the first time; rejects with a `SluiceError` when it was closed before. */
  readonly synced: Promise<void>;
  /** Why and since when it cannot follow, or null while it does. */
  readonly stale: { readonly since: number; readonly reason: string } | null;
  get(namespace: string | undefined, name: string): KubernetesObject | undefined;
  /** The objects that have a label with this value; kept as an index. */
  withLabel(label: string, value: string): readonly KubernetesObject[];
  all(): readonly KubernetesObject[];
  /** Calls back after each change with what it was and is; returns how to stop that. */
  onChange(
    listener: (now: KubernetesObject | undefined, before: KubernetesObject | undefined) => void,
  ): () => void;
}

/**
 * One cluster's API. Failures are `SluiceError`s: `unreachable`, `timed-out`, `conflict`, `not-found`, `invalid-input` (422
 * and 400, with the server's causes; refusals of webhooks and policies), `unsupported` (401; 403 with verb and resource;
 * unknown kinds), `exhausted` (429 after retries, quota, disruption budgets). 429 and 503 with Retry-After are tried again a
 * few times before they are told. `clusterRefusalOf(failure)` tells what exactly the server said.
 */
export interface ClusterClient {
  /** The name under which the cluster is registered. */
  readonly name: string;
  /** Whether Sluice runs in a pod of this cluster, as its credentials say; only then can it count on reaching other pods. */
  readonly runsInside: boolean;
  read(reference: ObjectReference): Promise<KubernetesObject | undefined>;
  /** Everything selected, in pages behind the scenes. */
  list(selection: ObjectSelection): Promise<readonly KubernetesObject[]>;
  /** Server-side apply as `sluice`, with strict field validation; a conflict with another manager is told with its name. */
  apply(
    object: KubernetesObject,
    options?: { readonly force?: boolean; readonly dryRun?: boolean; readonly manager?: string },
  ): Promise<KubernetesObject>;
  /**
   * A JSON merge patch, of a subresource where one is named. An eviction is asked for instead of patched: `patch` may hold
   * `deleteOptions`, and the Eviction that was sent comes back; a budget that forbids it is `exhausted` at once.
   */
  patch(
    reference: ObjectReference,
    patch: JsonObject,
    options?: { readonly subresource?: 'status' | 'scale' | 'eviction'; readonly dryRun?: boolean },
  ): Promise<KubernetesObject>;
  /** Whether it was there, and was the one of `uid`. It may take a while to go: finalizers hold it. */
  remove(reference: ObjectReference, options?: RemovalOptions): Promise<boolean>;
  /** The shared copy of a selection; it is closed when the last who asked has released it. */
  mirror(selection: ObjectSelection): { readonly mirror: Mirror; release(): void };
  /** The last lines of a pod's container. */
  logs(namespace: string, pod: string, lines: number, container?: string): Promise<string>;
  /** Whether the API server serves a kind. */
  serves(apiVersion: string, kind: string): Promise<boolean>;
  /** Whether the credentials in use may do that. */
  allows(permission: NeededPermission): Promise<boolean>;
  /** As whom the credentials in use are known to the server. */
  identity(): Promise<{ readonly user: string; readonly groups: readonly string[] }>;
  /** The version of the API server, for example `v1.34.9`. */
  version(): Promise<string>;
  /** Asks a pod over HTTP through the API server; any status of the pod is an answer. */
  proxyGet(request: PodRequest): Promise<PodReply>;
  close(): Promise<void>;
}

/** One request to a pod through the API server. */
export interface PodRequest {
  readonly namespace: string;
  readonly pod: string;
  readonly port: number;
  /** With a query, if there is one. */
  readonly path: string;
  readonly timeoutMs: number;
}

/** What a pod answered; a body is read up to one megabyte. */
export interface PodReply {
  readonly status: number;
  readonly body: string;
}
