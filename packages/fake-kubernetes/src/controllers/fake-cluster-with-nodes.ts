import type { ApiCaller } from '../api/api-caller.ts';
import { type FakeCluster, type FakeClusterOptions, fakeCluster } from '../cluster/fake-cluster.ts';
import {
  type NodePlayer,
  type NodePlayerOptions,
  startNodePlayer,
} from '../node-player/start-node-player.ts';
import { NAMESPACES } from './cluster-life/namespace-controller.ts';
import { SERVICE_ACCOUNTS } from './cluster-life/service-account-controller.ts';
import type { ApiObject } from './objects/api-object.ts';
import { NODES, type Node, isNodeReady } from './objects/node.ts';
import { type ControllerOptions, type RunningControllers, startControllers } from './start-controllers.ts';
import type { Informer } from './watching/informer.ts';
import type { Informers } from './watching/informers.ts';

/** What a whole fake cluster may be told. */
export interface WholeClusterOptions {
  readonly cluster?: FakeClusterOptions;
  readonly controllers?: Omit<ControllerOptions, 'informers'>;
  readonly nodes?: Omit<NodePlayerOptions, 'informers'>;
}

/** A Kubernetes in this process: API server, controllers and nodes that play pods. */
export interface WholeCluster {
  readonly cluster: FakeCluster;
  readonly caller: ApiCaller;
  readonly controllers: RunningControllers;
  readonly player: NodePlayer;
  close(): Promise<void>;
}

/** Starts a whole cluster: what a test of something that speaks to Kubernetes needs. */
export async function fakeClusterWithNodes(options: WholeClusterOptions = {}): Promise<WholeCluster> {
  const cluster = fakeCluster(options.cluster);
  const { caller } = cluster;
  const controllers = await startControllers(caller, options.controllers);
  const player = await startNodePlayer(caller, { ...options.nodes, informers: controllers.informers });
  await Promise.all([serviceAccounts(controllers.informers), openNodes(controllers.informers, player.nodes)]);
  return {
    cluster,
    caller,
    controllers,
    player,
    close: async () => {
      await player.stop();
      await controllers.stop();
      await cluster.close();
    },
  };
}

/** No pod can be made in a namespace before its service account is there. */
function serviceAccounts(informers: Informers): Promise<void> {
  const namespaces = informers.of(NAMESPACES);
  const accounts = informers.of(SERVICE_ACCOUNTS);
  return until(accounts, () =>
    [...namespaces.all()].every(({ metadata }) => accounts.get(metadata.name, 'default') !== undefined),
  );
}

/** A node that was just made is closed until a controller has seen that it is ready. */
function openNodes(informers: Informers, names: readonly string[]): Promise<void> {
  const nodes = informers.of(NODES);
  const isOpen = (node: Node | undefined): boolean =>
    node !== undefined && isNodeReady(node) && (node.spec.taints ?? []).length === 0;
  return until(nodes, () => names.every((name) => isOpen(nodes.get(undefined, name))));
}

function until<T extends ApiObject>(informer: Informer<T>, holds: () => boolean): Promise<void> {
  return new Promise((resolve) => {
    if (holds()) {
      resolve();
      return;
    }
    const end = informer.onChange(() => {
      if (!holds()) return;
      // The listener hears of what is there before the call has returned its end.
      queueMicrotask(() => end());
      resolve();
    });
  });
}
