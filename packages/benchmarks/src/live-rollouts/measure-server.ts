import { setTimeout as delay } from 'node:timers/promises';
import {
  forgetPeak,
  peakBytes,
  processorMs,
  proportionalBytes,
  residentBytes,
  withChildren,
} from '../rig/process-figures.ts';
import {
  type CountedHistogram,
  countedBetween,
  growth,
  type Scrape,
  scrapeMetrics,
} from '../rig/scrape-metrics.ts';
import type { RunningServer, ServerRig } from '../rig/server-rig.ts';
import { overdueTracks } from '../rig/stored-rollouts.ts';

/** What is due for longer than this is overdue, in milliseconds. */
export const LATE_MS = 1000;

/** What a server did in a time, and what it took. */
export interface ServerFigures {
  readonly seconds: number;
  /** Looks that were committed. */
  readonly looks: number;
  readonly conflicts: number;
  readonly unanswered: number;
  /** From due to committed, in seconds. */
  readonly lag: CountedHistogram;
  /** Mean time of one decision, in milliseconds. */
  readonly decisionMs: number;
  /** Processor time per look, in milliseconds. */
  readonly processorMsPerLook: { readonly server: number; readonly postgres: number; readonly host: number };
  /** Resident memory of the server process at the end. */
  readonly serverBytes: number;
  /** The most it has had in this time. */
  readonly serverPeakBytes: number;
  /** Tracks that were overdue at the end: what is never looked at has no lag that could be counted. */
  readonly overdue: number;
  /** Proportional memory of all processes of the database at the end. */
  readonly postgresBytes: number;
  readonly finished: number;
}

/** One moment of everything that is measured. */
export interface Snapshot {
  readonly at: number;
  readonly scrape: Scrape;
  readonly processorMs: { readonly server: number; readonly postgres: number; readonly host: number };
  readonly serverBytes: number;
  /** The most since the moment before. */
  readonly serverPeakBytes: number;
  readonly overdue: number;
  readonly postgresBytes: number;
}

/** Reads everything that is measured, now. */
export async function snapshot(rig: ServerRig, server: RunningServer): Promise<Snapshot> {
  const postgres = await withChildren(rig.postgresPid);
  const serverPeakBytes = await peakBytes(server.pid);
  await forgetPeak(server.pid);
  const [scrape, serverMs, postgresMs, hostMs, serverBytes, postgresBytes, overdue] = await Promise.all([
    scrapeMetrics(server.apiPort),
    processorMs([server.pid]),
    processorMs(postgres),
    processorMs([server.hostPid]),
    residentBytes(server.pid),
    proportionalBytes(postgres),
    overdueTracks(rig.db, LATE_MS),
  ]);
  return {
    at: performance.now(),
    scrape,
    processorMs: { server: serverMs, postgres: postgresMs, host: hostMs },
    serverBytes,
    serverPeakBytes,
    overdue,
    postgresBytes,
  };
}

/** What happened between two snapshots. */
export function figuresBetween(before: Snapshot, after: Snapshot): ServerFigures {
  const grown = (series: string): number => growth(before.scrape, after.scrape, series);
  const lag = countedBetween(before.scrape, after.scrape, 'sluice_loop_lag_seconds');
  const looks = grown('sluice_commits_total{result="committed"}');
  const perLook = (who: 'server' | 'postgres' | 'host'): number =>
    (after.processorMs[who] - before.processorMs[who]) / looks;
  return {
    seconds: (after.at - before.at) / 1000,
    looks,
    conflicts: grown('sluice_commits_total{result="conflict"}'),
    unanswered: ['target', 'router', 'metrics'].reduce(
      (sum, port) => sum + grown(`sluice_observation_failures_total{port="${port}"}`),
      0,
    ),
    lag,
    decisionMs:
      (1000 * grown('sluice_decision_duration_seconds_sum')) /
      grown('sluice_decision_duration_seconds_count'),
    processorMsPerLook: { server: perLook('server'), postgres: perLook('postgres'), host: perLook('host') },
    serverBytes: after.serverBytes,
    serverPeakBytes: after.serverPeakBytes,
    overdue: after.overdue,
    postgresBytes: after.postgresBytes,
    finished:
      grown('sluice_rollouts_finished_total{outcome="succeeded"}') +
      grown('sluice_rollouts_finished_total{outcome="rolled-back"}'),
  };
}

/** Lets a server run for a time and says what it did in each part of it. */
export async function measureServer(
  rig: ServerRig,
  server: RunningServer,
  time: { readonly parts: number; readonly partSeconds: number },
): Promise<{ readonly parts: readonly ServerFigures[]; readonly whole: ServerFigures }> {
  const first = await snapshot(rig, server);
  const parts: ServerFigures[] = [];
  let last = first;
  for (let part = 1; part <= time.parts; part++) {
    const end = first.at + part * time.partSeconds * 1000;
    await delay(Math.max(0, end - performance.now())); // What is measured is a time.
    const next = await snapshot(rig, server);
    parts.push(figuresBetween(last, next));
    last = next;
  }
  return { parts, whole: figuresBetween(first, last) };
}
