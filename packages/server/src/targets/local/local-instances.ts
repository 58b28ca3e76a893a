import { type RevisionId, revisionId, type TrackId } from '@sluice/core/kernel/ids.ts';
import type { Instance } from '@sluice/protocol/host/host-schema.ts';
import type { InstanceUsage } from '@sluice/protocol/host/pool-schema.ts';
import type { HostClient } from '../../host-client/host-client.ts';
import type { TargetInstance } from '../target.ts';

/** The processes of a track on this machine, with what they use. */
export async function localInstances(
  host: Pick<HostClient, 'track' | 'usage'>,
  track: TrackId,
): Promise<readonly TargetInstance[]> {
  const status = await host.track(track);
  const parts = Object.entries(status?.revisions ?? {}).map(async ([id, { instances }]) => {
    if (instances.length === 0) return [];
    const used = await host.usage(track, id);
    return instances.map((instance) => instanceOf(revisionId(id), instance, used));
  });
  return (await Promise.all(parts)).flat();
}

function instanceOf(revision: RevisionId, seen: Instance, used: InstanceUsage | null): TargetInstance {
  const usage = used?.instances.find(({ instance }) => instance === seen.instance);
  return {
    revision,
    name: String(seen.instance),
    state: seen.state,
    reason: seen.lastExit,
    address: seen.pid === null ? null : `127.0.0.1:${seen.port}`,
    pid: seen.pid,
    node: null,
    startedAt: seen.startedAt,
    restarts: seen.unexpectedExits,
    cpuMillis: usage?.cpuMillis ?? null,
    memoryBytes: usage?.bytes ?? null,
  };
}
