import type { ClusterAccess } from './cluster-access.ts';
import type { ClusterCredentials } from './cluster-credentials.ts';
import { inClusterAccess } from './in-cluster-access.ts';
import { kubeconfigAccess } from './kubeconfig-access.ts';

/** Turns credentials into a way into the cluster; rejects with a `SluiceError` where they cannot be right. */
export async function openAccess(credentials: ClusterCredentials, now: () => number): Promise<ClusterAccess> {
  switch (credentials.kind) {
    case 'kubeconfig':
      return kubeconfigAccess(credentials, now);
    case 'in-cluster':
      return inClusterAccess(credentials, now);
    case 'token': {
      const access = {
        headers: { authorization: `Bearer ${credentials.token}` },
        tls: credentials.ca === undefined ? {} : { ca: credentials.ca },
      };
      return {
        server: credentials.server,
        proxy: undefined,
        origin: 'the given token',
        current: () => Promise.resolve(access),
        renew: () => undefined,
      };
    }
  }
}
