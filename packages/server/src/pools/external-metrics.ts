/**
 * Pools as metrics of a cluster's autoscalers: the form of external.metrics.k8s.io/v1beta1, as a HorizontalPodAutoscaler with
 * a metric of type External asks for it. Labels have the values that pods of the revision bear.
 */
import type { ExternalMetricList } from '@sluice/protocol/http/pools.ts';
import { revisionLabel, trackLabel } from '@sluice/kubernetes/objects/names.ts';
import type { PoolRow } from './pool-plan.ts';

/** Metrics by name, and what each says of a pool. */
const METRICS: Readonly<Record<string, (row: PoolRow) => number>> = {
  agent_workers_wanted: ({ plan }) => plan.workers,
  agent_queue_length: ({ plan }) => plan.waiting,
  agent_tasks_running: ({ plan }) => plan.running,
};

/** The names of the metrics that can be asked for. */
export const EXTERNAL_METRICS: readonly string[] = Object.keys(METRICS);

/** Reads a selector such as `track=a,revision=b`; null when it is of another form. */
export function labelSelector(text: string): ReadonlyMap<string, string> | null {
  const parts = text.split(',').filter((part) => part !== '');
  const pairs = parts.map((part) => /^([A-Za-z0-9._/-]+)={1,2}([A-Za-z0-9._-]*)$/.exec(part));
  if (pairs.includes(null)) return null;
  return new Map(pairs.map((pair) => [pair?.[1] ?? '', pair?.[2] ?? '']));
}

/** The values of a metric for the pools that a selector means; null when there is no such metric. */
export function externalMetric(
  name: string,
  selector: ReadonlyMap<string, string>,
  rows: readonly PoolRow[],
): ExternalMetricList | null {
  const read = METRICS[name];
  if (read === undefined) return null;
  const items = rows.flatMap((row) => {
    const labels: Record<string, string> = {
      track: trackLabel(row.queue),
      revision: revisionLabel(row.revision),
    };
    if ([...selector].some(([label, value]) => labels[label] !== value)) return [];
    const timestamp = new Date(row.plan.at).toISOString().replace(/\.\d+Z$/, 'Z');
    return [{ metricName: name, metricLabels: labels, timestamp, value: String(read(row)) }];
  });
  return {
    kind: 'ExternalMetricValueList',
    apiVersion: 'external.metrics.k8s.io/v1beta1',
    metadata: {},
    items,
  };
}
