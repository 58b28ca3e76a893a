import { realpath } from 'node:fs/promises';
import { SluiceError } from '@sluice/core/kernel/failure.ts';
import type { ClusterCredentials } from '../kubernetes/credentials/cluster-credentials.ts';

/** The cluster of a file that names none. */
export const DEFAULT_CLUSTER = 'default';
const IN_CLUSTER = 'in-cluster';
const CONTEXT = /^context:(.+)$/;

/** Whether a name means something by itself, so that nobody can register it. */
export const isReservedName = (name: string): boolean => name === IN_CLUSTER || CONTEXT.test(name);

/**
 * How a cluster that a file names is reached: `in-cluster` by the service account of the pod in which the control plane
 * runs, `context:NAME` by a context of its kubeconfig, and any other name as it was registered. `default`, where nobody
 * registered it, is the pod's own cluster or else the current context.
 *
 * @throws SluiceError `not-found` for a name that nobody has registered
 */
export async function credentialsOf(
  name: string,
  registered: (name: string) => Promise<ClusterCredentials | null>,
  environment: Readonly<NodeJS.ProcessEnv>,
): Promise<ClusterCredentials> {
  const context = CONTEXT.exec(name)?.[1];
  if (context !== undefined) return { kind: 'kubeconfig', context };
  if (name === IN_CLUSTER) return { kind: 'in-cluster' };
  const known = await registered(name);
  if (known) return known;
  if (name === DEFAULT_CLUSTER)
    return environment['KUBERNETES_SERVICE_HOST'] ? { kind: 'in-cluster' } : { kind: 'kubeconfig' };
  throw new SluiceError(
    'not-found',
    `no cluster ${name} is registered; \`sluice cluster add ${name} --context CONTEXT\` registers it, and \`sluice cluster list\` shows those that are`,
    { next: 'ask-human' },
  );
}

/**
 * As `credentialsOf`, for a tenant to whom this machine does not belong: it is let in only as it has registered, by a
 * kubeconfig that whoever runs the control plane has put into the tenant's folder.
 *
 * @throws SluiceError `not-found` for a name that it has not registered, `unsupported` for credentials of the machine
 */
export async function ownCredentialsOf(
  name: string,
  registered: (name: string) => Promise<ClusterCredentials | null>,
  folder: string,
): Promise<ClusterCredentials> {
  const known = isReservedName(name) ? null : await registered(name);
  if (known === null)
    throw new SluiceError('not-found', `no cluster ${name} is registered in this organisation`, {
      next: 'ask-human',
    });
  await requireOwn(known, folder);
  return known;
}

/**
 * Whether credentials are a kubeconfig in the folder of a tenant to whom this machine does not belong. Of other files it is not
 * told whether they are there, nor what they say.
 *
 * @throws SluiceError `unsupported` when they are not
 */
export async function requireOwn(credentials: ClusterCredentials, folder: string): Promise<void> {
  const path = credentials.kind === 'kubeconfig' ? credentials.path : undefined;
  const real = path === undefined ? undefined : await realPathOf(path);
  const own = await realPathOf(folder);
  if (real && own && real.startsWith(`${own}/`)) return;
  throw new SluiceError(
    'unsupported',
    `the cluster would be reached by what lies on the machine of the control plane; an organisation is let in only by a kubeconfig that is in ${folder}`,
    { next: 'ask-human' },
  );
}

const realPathOf = (path: string): Promise<string | undefined> => realpath(path).catch(() => undefined);
