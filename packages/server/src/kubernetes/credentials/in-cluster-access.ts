import { readFile } from 'node:fs/promises';
import { isIPv6 } from 'node:net';
import { join } from 'node:path';
import { SluiceError } from '@sluice/core/kernel/failure.ts';
import type { AccessNow, ClusterAccess } from './cluster-access.ts';
import type { InClusterCredentials } from './cluster-credentials.ts';
import { rememberedAccess } from './remembered-access.ts';

/** Where the kubelet mounts what belongs to the service account of a pod. */
const defaultFolder = '/var/run/secrets/kubernetes.io/serviceaccount';

/** The service account of this pod. Its token is projected and changes on disk about every hour. */
export async function inClusterAccess(
  credentials: InClusterCredentials,
  now: () => number,
): Promise<ClusterAccess> {
  const folder = credentials.folder ?? defaultFolder;
  const read = async (): Promise<AccessNow> => {
    const [token, ca] = await Promise.all([
      readMounted(join(folder, 'token')),
      readMounted(join(folder, 'ca.crt')),
    ]);
    return { headers: { authorization: `Bearer ${token.trim()}` }, tls: { ca } };
  };
  const access = rememberedAccess(read, now);
  await access.current();
  return {
    server: credentials.server ?? serverOfPod(),
    proxy: undefined,
    origin: `the service account in ${folder}`,
    ...access,
  };
}

async function readMounted(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    throw new SluiceError(
      'invalid-input',
      `the service account of this pod cannot be read from ${path}: run Sluice in a pod that mounts its service account token, or name a kubeconfig`,
      { next: 'ask-human', cause },
    );
  }
}

function serverOfPod(): string {
  const host = process.env['KUBERNETES_SERVICE_HOST'];
  const port = process.env['KUBERNETES_SERVICE_PORT'] ?? '443';
  if (host === undefined || host === '') {
    throw new SluiceError(
      'invalid-input',
      'the service account of a pod was asked for, but KUBERNETES_SERVICE_HOST is not set: Sluice does not run in a cluster; name a kubeconfig',
      { next: 'ask-human' },
    );
  }
  return `https://${isIPv6(host) ? `[${host}]` : host}:${port}`;
}
