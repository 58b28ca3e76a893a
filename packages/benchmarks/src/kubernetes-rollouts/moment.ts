import { processorMs, proportionalBytes, residentBytes, withChildren } from '../rig/process-figures.ts';
import { type Scrape, scrapeMetrics } from '../rig/scrape-metrics.ts';
import type { CallCounts } from './call-counts.ts';
import type { KubernetesPlane } from './kubernetes-plane.ts';

/** Everything that is counted, at one moment. */
export interface Moment {
  /** In ms, of a clock that only goes on. */
  readonly at: number;
  readonly calls: CallCounts;
  readonly scrape: Scrape;
  readonly serverBytes: number;
  readonly postgresBytes: number;
  readonly processorMs: { readonly server: number; readonly cluster: number };
}

/** Reads it, now. */
export async function momentOf(plane: KubernetesPlane): Promise<Moment> {
  const postgres = await withChildren(await plane.postgresPid());
  const [calls, scrape, serverBytes, postgresBytes, server, cluster] = await Promise.all([
    plane.calls(),
    scrapeMetrics(plane.apiPort),
    residentBytes(plane.pid),
    proportionalBytes(postgres),
    processorMs([plane.pid]),
    processorMs([plane.clusterPid]),
  ]);
  return {
    at: performance.now(),
    calls,
    scrape,
    serverBytes,
    postgresBytes,
    processorMs: { server, cluster },
  };
}
