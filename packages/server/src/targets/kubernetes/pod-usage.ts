import type { KubernetesObject } from '@sluice/kubernetes/objects/kubernetes-object.ts';
import { parseQuantity } from '@sluice/kubernetes/adopt/workloads/parse-quantity.ts';
import type { ClusterClient } from '../../kubernetes/cluster-client.ts';

/** What a pod uses, as the metrics server of its cluster says. */
export interface PodUsage {
  readonly cpuMillis: number;
  readonly memoryBytes: number;
}

const METRICS = { apiVersion: 'metrics.k8s.io/v1beta1', kind: 'PodMetrics' } as const;
/** The metrics server measures every fifteen seconds by default; asking more often brings nothing new, in ms. */
const KEPT_MS = 10_000;

interface Asked {
  readonly at: number;
  readonly usage: Promise<ReadonlyMap<string, PodUsage>>;
}

/** By client, so that it goes with it. */
const asked = new WeakMap<ClusterClient, Map<string, Asked>>();

/** What the pods of a namespace use, by name; empty where the cluster does not measure it, or does not tell us. */
export function podUsage(client: ClusterClient, namespace: string): Promise<ReadonlyMap<string, PodUsage>> {
  const known = asked.get(client) ?? new Map<string, Asked>();
  asked.set(client, known);
  const before = known.get(namespace);
  if (before && performance.now() - before.at < KEPT_MS) return before.usage;
  // People look at pods without these figures as well, so that no failure keeps them from it.
  const usage = read(client, namespace).catch(() => new Map<string, PodUsage>());
  known.set(namespace, { at: performance.now(), usage });
  return usage;
}

async function read(client: ClusterClient, namespace: string): Promise<ReadonlyMap<string, PodUsage>> {
  if (!(await client.serves(METRICS.apiVersion, METRICS.kind))) return new Map();
  const found = await client.list({ ...METRICS, namespace });
  return new Map(found.map((pod) => [pod.metadata.name, usageOf(pod)] as const));
}

function usageOf(pod: KubernetesObject): PodUsage {
  const { containers = [] } = pod as {
    readonly containers?: readonly { readonly usage?: { readonly cpu?: string; readonly memory?: string } }[];
  };
  const sum = (key: 'cpu' | 'memory'): number =>
    containers.reduce((total, { usage }) => total + (parseQuantity(usage?.[key] ?? '0') ?? 0), 0);
  return { cpuMillis: Math.round(1000 * sum('cpu')), memoryBytes: Math.round(sum('memory')) };
}
