import type { MetricsSource } from '@sluice/kubernetes/settings/metrics-settings.ts';
import type { EvidenceSource, RevisionNames } from '../evidence-source.ts';
import { byPod, isServerError, podPattern, quoted } from './revision-in-labels.ts';

type ApplicationSettings = Extract<MetricsSource, { kind: 'application' }>;

/** The application's own counter of requests and histogram of seconds, found by the pod's name. */
export function applicationSource(
  names: readonly RevisionNames[],
  namespace: string,
  settings: ApplicationSettings,
): EvidenceSource {
  const { requests, latency, podLabel, statusLabel } = settings;
  const pods = `${podLabel}=~${quoted(names.map(({ workload }) => podPattern(workload)).join('|'))}`;
  const revisionOfPod = byPod(names);
  const revisionOf = (labels: Readonly<Record<string, string>>) =>
    // Who scrapes decides whether there is a namespace at all.
    (labels.namespace ?? namespace) === namespace ? revisionOfPod(labels[podLabel]) : null;
  return {
    requests: { kind: 'selector', text: `${requests}{${pods}}` },
    latency:
      latency === null ? null : { kind: 'selector', text: `{__name__=~${bothForms(latency)},${pods}}` },
    latencyUnitMs: 1000,
    revisionOf,
    roleOf: (labels) => {
      const revision = revisionOf(labels);
      return revision && { revision, requests: true, errors: isServerError(labels[statusLabel]) };
    },
  };
}

/** A histogram's buckets carry an ending, and a native one does not. */
const bothForms = (metric: string): string => quoted(`${metric.replace(/_bucket$/, '')}(_bucket)?`);
