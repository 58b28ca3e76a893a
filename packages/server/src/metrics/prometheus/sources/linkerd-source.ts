import type { EvidenceSource, RevisionNames } from '../evidence-source.ts';
import { byPod, podPattern, quoted } from './revision-in-labels.ts';

/**
 * What the proxy beside each pod counts of the requests that come in; it classifies gRPC answers as well.
 * Source: Linkerd, "Proxy Metrics".
 */
export function linkerdSource(names: readonly RevisionNames[], namespace: string): EvidenceSource {
  const pods = quoted(names.map(({ workload }) => podPattern(workload)).join('|'));
  const matchers = `direction="inbound",namespace=${quoted(namespace)},pod=~${pods}`;
  const revisionOfPod = byPod(names);
  return {
    requests: { kind: 'selector', text: `response_total{${matchers}}` },
    latency: { kind: 'selector', text: `response_latency_ms_bucket{${matchers}}` },
    latencyUnitMs: 1,
    revisionOf: (labels) => revisionOfPod(labels.pod),
    roleOf: (labels) => {
      const revision = revisionOfPod(labels.pod);
      return revision && { revision, requests: true, errors: labels.classification === 'failure' };
    },
  };
}
