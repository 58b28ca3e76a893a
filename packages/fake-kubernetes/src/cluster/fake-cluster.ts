import { type ApiCaller } from '../api/api-caller.ts';
import type { FaultSubject } from '../faults/fault.ts';
import type { Faults } from '../faults/faults.ts';
import { type HttpListener, listenOn } from '../http/http-listener.ts';
import {
  type ClusterState,
  type StateOptions,
  clusterState,
  readObject,
  timestamp,
} from '../server/cluster-state.ts';
import { logKey } from '../server/pod-log.ts';
import { ApiServer } from './api-server.ts';
import { EventPump } from './event-pump.ts';
import { inProcessCaller } from './in-process-caller.ts';
import { applyDefinitions, type DefinitionSet, readDefinitions } from './definition-set.ts';
import { type ClusterUser, Users } from './users.ts';

/** What a fake cluster may be told. */
export interface FakeClusterOptions extends StateOptions {
  /** Who may ask, by the name that `as` uses. Without it there are `admin`, who may everything, and `limited`, who may nothing. */
  readonly users?: Readonly<Record<string, ClusterUser>>;
  /** How long every answer and every watch event takes, in milliseconds. */
  readonly latencyMs?: number;
  /** Definitions of other projects that are there from the start. */
  readonly definitions?: readonly DefinitionSet[];
}

/** One container of a pod. */
export interface ContainerReference {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
}

/** A Kubernetes API server in this process. Nothing moves in it but what requests move. */
export interface FakeCluster {
  /** Speaks to it in process. */
  readonly caller: ApiCaller;
  /** What goes wrong. */
  readonly faults: Faults;
  /** The objects themselves, for controllers that are part of the cluster and for tests that look behind the API. */
  readonly state: ClusterState;
  /** Bearer tokens by the names that `as` uses. */
  readonly tokens: Readonly<Record<string, string>>;
  /** Opens a port on 127.0.0.1 over the same cluster; `close` closes it. */
  listen(port?: number): Promise<HttpListener>;
  /** Cannot be reached: ports are closed, watches are cut, requests in process fail. */
  stop(): Promise<void>;
  /** Can be reached again, at the same ports. */
  start(): Promise<void>;
  /** Ends all watches, as a restart does. */
  cutWatches(): void;
  /** Drops what watches and old lists live on, so that they get 410. */
  forgetHistory(): void;
  /** Forgets old versions as the store of a real server does every few minutes: old lists and pages get 410, watches go on. */
  compact(): void;
  /** Tells each request, in the words of roles; returns how to stop that. */
  onRequest(tell: (request: FaultSubject) => void): () => void;
  /** Adds to what a container of a pod has written. */
  writeLog(container: ContainerReference, text: string): void;
  /** Brings definitions in. */
  define(...sets: readonly DefinitionSet[]): Promise<void>;
  /** Ends all watches and closes all ports for good. */
  close(): Promise<void>;
}

const defaultUsers: Readonly<Record<string, ClusterUser>> = {
  admin: { name: 'admin', groups: ['system:masters'] },
  limited: { name: 'dev', groups: ['devs'] },
};

const firstNamespaces = ['default', 'kube-node-lease', 'kube-public', 'kube-system'];

/** Makes a fake cluster with the namespaces that every cluster has. */
export function fakeCluster(options: FakeClusterOptions = {}): FakeCluster {
  const state = clusterState(options);
  const users = new Users(options.users ?? defaultUsers);
  const pump = new EventPump(options.latencyMs ?? 0);
  const server = new ApiServer(
    { state, issueToken: (account) => users.issue(account) },
    options.latencyMs ?? 0,
  );
  const caller = inProcessCaller(server, users, pump);
  const listeners: HttpListener[] = [];
  for (const name of firstNamespaces) putNamespace(state, name);
  for (const set of options.definitions ?? []) putDefinitions(state, set);
  return {
    caller,
    faults: server.faults,
    state,
    get tokens() {
      return users.tokens();
    },
    listen: async (port) => {
      const listener = await listenOn(server, users, port);
      listeners.push(listener);
      return listener;
    },
    stop: async () => {
      server.goDown();
      await Promise.all(listeners.map((listener) => listener.stop()));
    },
    start: async () => {
      server.comeUp();
      await Promise.all(listeners.map((listener) => listener.start()));
    },
    cutWatches: () => server.cutWatches(),
    compact: () => state.store.compact(),
    forgetHistory: () => state.store.forgetHistory(),
    onRequest: (tell) => {
      server.listeners.add(tell);
      return () => void server.listeners.delete(tell);
    },
    writeLog: ({ namespace, pod, container }, text) => {
      const key = logKey(namespace, pod, container);
      state.logs.set(key, (state.logs.get(key) ?? '') + text);
    },
    define: async (...sets) => {
      await applyDefinitions(caller, sets);
    },
    close: async () => {
      server.goDown();
      await Promise.all(listeners.map((listener) => listener.stop()));
    },
  };
}

function putNamespace(state: ClusterState, name: string): void {
  const metadata = {
    name,
    uid: state.uid(),
    creationTimestamp: timestamp(state),
    labels: { 'kubernetes.io/metadata.name': name },
  };
  const namespace = {
    kind: 'Namespace',
    apiVersion: 'v1',
    metadata,
    spec: { finalizers: ['kubernetes'] },
    status: { phase: 'Active' },
  };
  state.store.put('/namespaces', '', name, namespace);
}

/** Definitions that are there from the start, without the ceremony of a request. */
function putDefinitions(state: ClusterState, set: DefinitionSet): void {
  for (const definition of readDefinitions(set)) {
    const metadata = definition['metadata'] as { readonly name: string };
    const stored = {
      ...definition,
      metadata: { ...metadata, uid: state.uid(), creationTimestamp: timestamp(state), generation: 1 },
    };
    const established = {
      type: 'Established',
      status: 'True',
      lastTransitionTime: timestamp(state),
      reason: 'InitialNamesAccepted',
      message: '',
    };
    const storage = 'apiextensions.k8s.io/customresourcedefinitions';
    state.store.put(storage, '', metadata.name, { ...stored, status: { conditions: [established] } });
    const put = readObject(state, storage, '', metadata.name);
    if (put !== undefined) state.registry.define(put);
  }
}
