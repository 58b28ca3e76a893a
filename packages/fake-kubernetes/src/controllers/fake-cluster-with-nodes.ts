import type { ApiCaller } from '../api/api-caller.ts';
import { type FakeCluster, type FakeClusterOptions, fakeCluster } from '../cluster/fake-cluster.ts';
import {
  type NodePlayer,
  type NodePlayerOptions,
  startNodePlayer,
} from '../node-player/start-node-player.ts';
import { type ControllerOptions, type RunningControllers, startControllers } from './start-controllers.ts';

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
