import type { Cluster, User } from '@kubernetes/client-node';

/**
 * A user whose exec plugin is told what it may expect in `KUBERNETES_EXEC_INFO`, as the protocol of credential plugins asks
 * for and the official client leaves out: some plugins refuse to run without it.
 */
export function withExecEnvironment(user: User, cluster: Cluster): User {
  const exec: unknown = user.exec;
  if (!isRecord(exec)) return user;
  const told = {
    apiVersion: exec['apiVersion'],
    kind: 'ExecCredential',
    spec: {
      interactive: false,
      ...(exec['provideClusterInfo'] === true ? { cluster: describe(cluster) } : {}),
    },
  };
  const given: unknown = exec['env'];
  const env = [
    ...(Array.isArray(given) ? given : []),
    { name: 'KUBERNETES_EXEC_INFO', value: JSON.stringify(told) },
  ];
  return { ...user, exec: { ...exec, env } };
}

function describe(cluster: Cluster): Record<string, unknown> {
  return {
    server: cluster.server,
    'tls-server-name': cluster.tlsServerName,
    'insecure-skip-tls-verify': cluster.skipTLSVerify,
    'certificate-authority-data': cluster.caData,
    'proxy-url': cluster.proxyUrl,
  };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
