import { type FakeCluster, fakeCluster } from '@sluice/fake-kubernetes/cluster/fake-cluster.ts';
import { openTestCluster } from './test-cluster.ts';
import type { ClusterSubject } from './contract-world.ts';

/** Clients of a fake cluster on loopback, and the cluster itself for what a real one cannot be brought to do. */
export interface FakeSubject extends ClusterSubject {
  readonly cluster: FakeCluster;
}

/** Starts a fake cluster with a user who may do everything and one who may do nothing. */
export async function fakeSubject(): Promise<FakeSubject> {
  const user = 'dev';
  const cluster = fakeCluster({
    users: { admin: { name: 'admin', groups: ['system:masters'] }, limited: { name: user } },
  });
  const { url } = await cluster.listen();
  const credentialsOf = (name: string) =>
    ({ kind: 'token', server: url, token: cluster.tokens[name] ?? '' }) as const;
  return {
    cluster,
    open: (options) => openTestCluster(url, { credentials: credentialsOf('admin'), ...options }),
    openLimited: async () => ({
      user,
      client: await openTestCluster(url, { credentials: credentialsOf('limited') }),
    }),
    close: () => cluster.close(),
  };
}
