import { SluiceError } from '@sluice/core/kernel/failure.ts';
import type { TrafficReply } from '@sluice/protocol/host/host-schema.ts';
import type { HostClient } from '../../host-client/host-client.ts';
import type { ArmCounts, MetricsProvider, TrafficObservation, TrafficTick } from '../metrics-provider.ts';

/** The host counts in whole seconds. */
const TICK_MS = 1000;
/** Seconds asked for at once; a server that comes back after a while catches up in several looks. */
const SECONDS_PER_LOOK = 900;

/** Reads the per-second counters of the host's own router. */
export const hostMetrics = (host: HostClient): MetricsProvider => ({
  observe: async (track, since) => {
    try {
      const reply = await host.traffic(track, since, SECONDS_PER_LOOK);
      return reply ? observed(reply, since) : { kind: 'ticks', ticks: [], cursor: since };
    } catch (thrown) {
      return { kind: 'provider-error', message: SluiceError.from(thrown, 'reading the traffic').message };
    }
  },
});

/** Seconds without any request are ticks too: silence is evidence that the provider answers. */
function observed(reply: TrafficReply, since: number): TrafficObservation {
  const complete = Math.floor(reply.now / TICK_MS) * TICK_MS;
  const first = Math.ceil(Math.max(since, reply.keptSince) / TICK_MS) * TICK_MS;
  const last = Math.min(complete, first + SECONDS_PER_LOOK * TICK_MS);
  const counted = new Map(reply.seconds.map((second) => [second.at, second.arms]));
  const ticks: TrafficTick[] = [];
  for (let at = first; at < last; at += TICK_MS)
    ticks.push({ at, durationMs: TICK_MS, arms: armsOf(counted.get(at)) });
  return { kind: 'ticks', ticks, cursor: Math.max(last, since) };
}

function armsOf(
  arms: TrafficReply['seconds'][number]['arms'] | undefined,
): Readonly<Record<string, ArmCounts>> {
  return arms ?? {};
}
