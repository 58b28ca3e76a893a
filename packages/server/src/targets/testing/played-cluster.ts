import { randomUUID } from 'node:crypto';
import { fakeCluster, type FakeCluster } from '@sluice/fake-kubernetes/cluster/fake-cluster.ts';
import {
  startControllers,
  type RunningControllers,
} from '@sluice/fake-kubernetes/controllers/start-controllers.ts';
import {
  startNodePlayer,
  type NodePlayer,
  type NodePlayerOptions,
} from '@sluice/fake-kubernetes/node-player/start-node-player.ts';
import { pino } from 'pino';
import type { ClusterClient } from '../../kubernetes/cluster-client.ts';
import { openCluster } from '../../kubernetes/open-cluster.ts';

/** A cluster for tests: an API server with controllers, and nodes that play the pods. */
export interface PlayedCluster {
  readonly client: ClusterClient;
  /** What only a fake cluster can be brought to do; null with a real one. */
  readonly fake: {
    readonly cluster: FakeCluster;
    readonly controllers: RunningControllers;
    readonly player: NodePlayer;
  } | null;
  /** Makes a namespace that nobody else has. */
  namespace(): Promise<string>;
  /** A second client, as another replica of Sluice has. */
  another(): Promise<ClusterClient>;
  close(): Promise<void>;
}

/** Environment variable with the kubeconfig of a real cluster whose nodes are played (`npm run test:kubernetes`). */
export const REAL_CLUSTER_VARIABLE = 'SLUICE_TEST_KUBECONFIG';

/** The real cluster that the environment names, or a fake one in this process. */
export function playedCluster(): Promise<PlayedCluster> {
  const kubeconfig = process.env[REAL_CLUSTER_VARIABLE];
  return kubeconfig === undefined ? playedFake() : playedReal(kubeconfig);
}

const log = pino({ level: 'silent' });

async function playedReal(path: string): Promise<PlayedCluster> {
  const open = () => openCluster({ name: 'test', credentials: { kind: 'kubeconfig', path }, log });
  const client = await open();
  return playedBy(client, null, open, async () => undefined);
}

/** A fake cluster, also where the environment names a real one. */
export async function playedFake(nodes: NodePlayerOptions = {}): Promise<PlayedCluster> {
  const cluster = fakeCluster({ definitions: ['gateway-api', 'istio'] });
  const controllers = await startControllers(cluster.caller, { autoscalerIntervalMs: 500 });
  const player = await startNodePlayer(cluster.caller, {
    delayMs: 50,
    ...nodes,
    informers: controllers.informers,
  });
  const { url } = await cluster.listen();
  const credentials = { kind: 'token', server: url, token: cluster.tokens['admin'] ?? '' } as const;
  const open = () => openCluster({ name: 'test', credentials, log });
  const client = await open();
  return playedBy(client, { cluster, controllers, player }, open, async () => {
    await player.stop();
    await controllers.stop();
    await cluster.close();
  });
}

function playedBy(
  client: ClusterClient,
  fake: PlayedCluster['fake'],
  open: () => Promise<ClusterClient>,
  end: () => Promise<void>,
): PlayedCluster {
  const namespaces: string[] = [];
  const clients = [client];
  return {
    client,
    fake,
    namespace: async () => {
      const name = `sluice-test-${randomUUID().slice(0, 8)}`;
      await client.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
      namespaces.push(name);
      return name;
    },
    another: async () => {
      const other = await open();
      clients.push(other);
      return other;
    },
    close: async () => {
      for (const name of namespaces) await client.remove({ apiVersion: 'v1', kind: 'Namespace', name });
      for (const one of clients) await one.close();
      await end();
    },
  };
}
