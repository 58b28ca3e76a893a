import { pino } from 'pino';
import type { ClusterClient } from '../cluster-client.ts';
import { type ClusterOptions, openCluster } from '../open-cluster.ts';

/** A pace at which a mirror tries again within milliseconds. */
export const FAST_PACE = { firstRetryMs: 5, longestRetryMs: 20, shortWatchMs: 0, initialSilenceMs: 2_000 };

/** The client of a scripted server, under the name `test`. */
export function openTestCluster(
  server: string,
  options: Partial<ClusterOptions> = {},
): Promise<ClusterClient> {
  return openCluster({
    name: 'test',
    credentials: { kind: 'token', server, token: 'secret' },
    log: pino({ level: 'silent' }),
    requestTimeoutMs: 5_000,
    mirrorPace: FAST_PACE,
    ...options,
  });
}
