import { ok } from '@sluice/core/kernel/result.ts';
import type { ClusterHealthView, ClusterRequest, ClusterView } from '@sluice/protocol/http/clusters.ts';
import { SAMPLE_TIME } from '@sluice/protocol/http/testing/sample-views.ts';
import type { ClusterRegistry } from '../../clusters/cluster-registry.ts';
import { notFound } from '../../rollouts/problems.ts';

/** For tests: clusters in memory. All are well unless a test says otherwise. */
export interface MemoryClusters extends ClusterRegistry {
  /** What is found of a cluster, laid over a health in which nothing is missing. */
  readonly findings: Map<string, Partial<ClusterHealthView>>;
}

/** For tests: a registry in memory; `default` can be asked without being registered. */
export function memoryClusters(): MemoryClusters {
  const known = new Map<string, ClusterView>();
  const findings = new Map<string, Partial<ClusterHealthView>>();
  return {
    findings,
    page: async ({ cursor, limit }) => {
      const after = [...known.keys()].sort().filter((name) => cursor === null || name > cursor);
      const names = after.slice(0, limit);
      const items = names.flatMap((name) => known.get(name) ?? []);
      return { items, next: after.length > limit ? (names.at(-1) ?? null) : null };
    },
    put: async (name, request) => {
      const view = viewOf(name, request);
      known.set(name, view);
      return ok(view);
    },
    remove: async (name) => {
      const view = known.get(name);
      known.delete(name);
      return view ? ok(view) : unknown(name);
    },
    health: async (name, namespace) =>
      known.has(name) || name === 'default'
        ? ok({ ...wellIn(name, namespace ?? 'default'), ...findings.get(name) })
        : unknown(name),
  };
}

const viewOf = (name: string, { region, provider, credentials }: ClusterRequest): ClusterView => ({
  name,
  region: region ?? null,
  provider: provider ?? null,
  credentials,
  createdAt: SAMPLE_TIME,
});

const wellIn = (name: string, namespace: string): ClusterHealthView => ({
  name,
  reachable: true,
  detail: null,
  seenAt: null,
  version: 'v1.34.1',
  user: 'system:serviceaccount:sluice:server',
  namespaces: [namespace],
  apis: [
    {
      name: 'Gateway API',
      apiVersion: 'gateway.networking.k8s.io/v1',
      kind: 'HTTPRoute',
      served: true,
      neededBy: [],
    },
  ],
  missing: [],
  roles: [],
});

const unknown = (name: string) => notFound(`The cluster ${name}`, '`sluice cluster list` shows all.');
