import { SluiceError } from '@sluice/core/kernel/failure.ts';
import type { KubernetesSettings } from '@sluice/kubernetes/settings/kubernetes-settings.ts';
import type { ClusterHealthView } from '@sluice/protocol/http/clusters.ts';
import type { ClusterClient } from '../kubernetes/cluster-client.ts';
import type { NeededPermission } from '../kubernetes/permissions/needed-permission.ts';
import { missingPermissions } from '../kubernetes/permissions/missing-permissions.ts';
import { OPTIONAL_APIS, PERMISSIONS, permissionsIn } from '../kubernetes/permissions/permission-table.ts';
import { roleFor } from '../kubernetes/permissions/role-for.ts';
import { within } from '../places/within.ts';

/** What a track runs in a cluster. */
export interface ClusterUse {
  readonly track: string;
  readonly settings: readonly KubernetesSettings[];
}

/** What is asked of a cluster. */
export interface ClusterQuestion {
  readonly name: string;
  readonly open: () => Promise<Asked>;
  readonly namespaces: readonly string[];
  readonly uses: readonly ClusterUse[];
  /** Longest time until the whole answer is there, in ms. */
  readonly withinMs: number;
}

/** All but when it last answered, which only who remembers can tell. */
type ClusterAnswer = Omit<ClusterHealthView, 'seenAt'>;

type Asked = Pick<ClusterClient, 'version' | 'identity' | 'serves' | 'allows'>;

/** The name of the roles that are proposed. */
const ROLE = 'sluice';

/** Asks a cluster what Sluice can do with it now; one that cannot be asked, or not in time, is a value too. */
export async function askCluster(question: ClusterQuestion): Promise<ClusterAnswer> {
  const { name, namespaces, withinMs } = question;
  try {
    return await within(
      withinMs,
      () => unanswered(name, withinMs),
      () => answerOf(question),
    );
  } catch (thrown) {
    const { message } = SluiceError.from(thrown, `asking the cluster ${name}`);
    return {
      name,
      reachable: false,
      detail: message,
      version: null,
      user: null,
      namespaces: [...namespaces],
      apis: [],
      missing: [],
      roles: [],
    };
  }
}

/** The failure of a cluster that takes too long. */
export const unanswered = (name: string, withinMs: number): SluiceError =>
  new SluiceError(
    'timed-out',
    `the cluster ${name} has not answered everything within ${withinMs / 1000} s: it is slow or cannot be reached`,
    { next: 'retry' },
  );

async function answerOf({ name, open, namespaces, uses }: ClusterQuestion): Promise<ClusterAnswer> {
  const client = await open();
  const version = await client.version();
  const user = await userOf(client);
  const served = await Promise.all(
    OPTIONAL_APIS.map(async (api) => ({ api, served: await client.serves(api.apiVersion, api.kind) })),
  );
  const rows = [...PERMISSIONS, ...served.filter((one) => one.served).map(({ api }) => api)];
  const needed = namespaces.flatMap((namespace) => permissionsIn(namespace, rows));
  const missing = await missingPermissions(client, needed);
  const isMissing = new Set<unknown>(missing);
  return {
    name,
    reachable: true,
    detail: null,
    version,
    user,
    namespaces: [...namespaces],
    apis: served.map(({ api, served: isServed }) => ({
      name: api.name,
      apiVersion: api.apiVersion,
      kind: api.kind,
      served: isServed,
      neededBy: uses
        .filter(({ settings }) => settings.some((one) => api.isNeededBy({ settings: one })))
        .map(({ track }) => track),
    })),
    missing: needed.filter((permission) => isMissing.has(permission)),
    roles: missing.length === 0 ? [] : rolesFor(needed, user),
  };
}

/** Servers before 1.28 do not say who the credentials belong to, which keeps nobody from all the rest. */
async function userOf(client: Asked): Promise<string | null> {
  try {
    return (await client.identity()).user;
  } catch (thrown) {
    const { code } = SluiceError.from(thrown, 'asking who the credentials belong to');
    if (code === 'not-found' || code === 'unsupported') return null;
    throw thrown;
  }
}

/**
 * Whole roles: applying one replaces its rules, so that one with what is missing alone would take the rest away. To
 * somebody who is not known nothing can be bound.
 */
function rolesFor(needed: readonly NeededPermission[], user: string | null): ClusterHealthView['roles'] {
  const roles = roleFor(needed, { name: ROLE, user: user ?? '' });
  return roles.filter(({ kind }) => user !== null || !kind.endsWith('Binding')).map((role) => ({ ...role }));
}
