import { revisionId, type TrackId } from '@sluice/core/kernel/ids.ts';
import type { Instant } from '@sluice/core/kernel/instant.ts';
import { REVISION, TRACK } from '@sluice/kubernetes/objects/labels.ts';
import { trackLabel } from '@sluice/kubernetes/objects/names.ts';
import type { ClusterClient } from '../../kubernetes/cluster-client.ts';
import { freshMirror } from '../../kubernetes/fresh-mirror.ts';
import type { TargetInstance } from '../target.ts';
import { namespaceMirrors } from './cluster-mirrors.ts';
import { type PodState, podState } from './pod-state.ts';
import { podUsage } from './pod-usage.ts';

interface InstancePorts {
  readonly client: ClusterClient;
  readonly settings: { readonly namespace: string; readonly workload: { readonly port: number | null } };
  readonly now: () => Instant;
}

/** The pods of a track as instances; what they use is known where the cluster has a metrics server. */
export async function podInstances(
  { client, settings, now }: InstancePorts,
  track: TrackId,
): Promise<readonly TargetInstance[]> {
  const { namespace, workload } = settings;
  const { pods } = namespaceMirrors(client, namespace);
  await freshMirror(client, pods, now);
  const own = pods.withLabel(TRACK, trackLabel(track));
  const used = own.length === 0 ? new Map() : await podUsage(client, namespace);
  return own.flatMap((pod) => {
    const revision = pod.metadata.annotations?.[REVISION];
    if (revision === undefined) return [];
    const seen = podState(pod, 0, now());
    const usage = used.get(seen.name);
    return {
      revision: revisionId(revision),
      name: seen.name,
      state: stateOf(seen),
      reason: seen.reason,
      address: addressOf(seen, workload.port),
      pid: null,
      node: seen.node,
      startedAt: seen.startedAt,
      restarts: seen.restarts,
      cpuMillis: usage?.cpuMillis ?? null,
      memoryBytes: usage?.memoryBytes ?? null,
    };
  });
}

function stateOf(pod: PodState): TargetInstance['state'] {
  if (pod.leaving) return 'draining';
  if (pod.ready) return 'ready';
  if (pod.crashing) return 'backoff';
  return pod.startedAt === null ? 'starting' : 'unready';
}

const addressOf = ({ address }: PodState, port: number | null): string | null =>
  address === null || port === null ? address : `${address}:${port}`;
