import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { KubeConfig } from '@kubernetes/client-node';
import { type ClusterSubject, someName } from './contract-world.ts';
import { MIRROR_PACE } from '../mirror/mirror-pace.ts';
import { openTestCluster } from './test-cluster.ts';

/** Environment variable with the path of a kubeconfig that may do everything in a cluster that is there for tests. */
export const testKubeconfigVariable = 'SLUICE_TEST_KUBECONFIG';

/** Clients of a real cluster; other users are impersonated. */
export async function realCluster(path: string): Promise<ClusterSubject> {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-real-cluster-'));
  return {
    open: (options) =>
      openTestCluster('', {
        credentials: { kind: 'kubeconfig', path },
        requestTimeoutMs: 30_000,
        mirrorPace: MIRROR_PACE,
        ...options,
      }),
    openLimited: async () => {
      const user = someName('sluice-dev');
      const file = join(folder, user);
      await writeFile(file, impersonating(path, user));
      const credentials = { kind: 'kubeconfig', path: file } as const;
      return { user, client: await openTestCluster('', { credentials, requestTimeoutMs: 30_000 }) };
    },
    close: () => rm(folder, { recursive: true }),
  };
}

function impersonating(path: string, user: string): string {
  const config = new KubeConfig();
  config.loadFromFile(path);
  config.users = config.users.map((known) => ({ ...known, impersonateUser: user }));
  return config.exportConfig();
}
