import { randomBytes, randomUUID } from 'node:crypto';
import type { JsonMap } from '../json/json-tree.ts';
import { Store } from '../storage/store.ts';
import { ResourceRegistry } from './resource-registry.ts';

/** What the parts of the server share: objects, resources, the clock and what is given out. */
export interface ClusterState {
  readonly store: Store;
  readonly registry: ResourceRegistry;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Calls back after a time, unless the returned function is called before. */
  readonly after: (delayMs: number, callBack: () => void) => () => void;
  /** Letters for names that the server makes. */
  readonly suffix: () => string;
  readonly uid: () => string;
  /** Cluster addresses and node ports in use, with the key of their service. */
  readonly addresses: Map<string, string>;
  readonly nodePorts: Map<number, string>;
  /** What containers have written, by namespace, pod and container. */
  readonly logs: Map<string, string>;
}

/** What a cluster may be told when it is made. */
export interface StateOptions {
  readonly now?: () => number;
  /** How watches wait for their end; by default by the machine's clock. */
  readonly after?: ClusterState['after'];
  /** How many changes each resource remembers for watches and old lists. */
  readonly historyLimit?: number;
}

/** Enough for a watch that reconnects, little enough for ten thousand pods: a version of a pod takes about eight kilobytes. */
const defaultHistoryLimit = 2000;

/** The letters of generated names; those that could spell words are left out, as on a real server. */
const letters = 'bcdfghjklmnpqrstvwxz2456789';

/** An empty cluster. */
export function clusterState({
  now = Date.now,
  after = afterRealTime,
  historyLimit = defaultHistoryLimit,
}: StateOptions = {}): ClusterState {
  return {
    store: new Store({ historyLimit }),
    registry: new ResourceRegistry(),
    now,
    after,
    suffix: () => [...randomBytes(5)].map((byte) => letters[byte % letters.length]).join(''),
    uid: randomUUID,
    addresses: new Map(),
    nodePorts: new Map(),
    logs: new Map(),
  };
}

function afterRealTime(delayMs: number, callBack: () => void): () => void {
  const timer = setTimeout(callBack, delayMs);
  timer.unref();
  return () => clearTimeout(timer);
}

/** The present as the server writes it: RFC 3339 with whole seconds. */
export function timestamp(state: Pick<ClusterState, 'now'>): string {
  return new Date(state.now()).toISOString().replace(/\.\d+Z$/, 'Z');
}

/** One object, or undefined. */
export function readObject(
  state: Pick<ClusterState, 'store'>,
  storage: string,
  namespace: string,
  name: string,
): JsonMap | undefined {
  return state.store.collection(storage).objects.get(`${namespace}/${name}`);
}
