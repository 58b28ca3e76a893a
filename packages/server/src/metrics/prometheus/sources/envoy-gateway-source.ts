import type { EvidenceSource, RevisionNames } from '../evidence-source.ts';
import { anyOf, escapeName, onlyOne, quoted } from './revision-in-labels.ts';

/**
 * What Envoy counts per cluster of the proxy, where the cluster's name in statistics holds the name of the Service. Envoy
 * Gateway by default has one cluster for a whole rule, in which revisions cannot be told apart: it has to be told
 * otherwise (`clusterStatName`, `mergeBackends`). A cluster of several revisions is left out.
 */
export function envoyGatewaySource(names: readonly RevisionNames[]): EvidenceSource {
  const services = anyOf(names.map(({ service }) => service));
  const clusters = quoted(`(.*[^a-z0-9-])?(${services})([^a-z0-9-].*)?`);
  const patterns = names.map(
    (name) => [name, new RegExp(`(^|[^a-z0-9-])${escapeName(name.service)}([^a-z0-9-]|$)`)] as const,
  );
  const revisionOf = (labels: Readonly<Record<string, string>>) =>
    onlyOne(names, (name) =>
      patterns.some(([of, pattern]) => of === name && pattern.test(labels.envoy_cluster_name ?? '')),
    );
  return {
    requests: { kind: 'selector', text: `envoy_cluster_upstream_rq_xx{envoy_cluster_name=~${clusters}}` },
    latency: {
      kind: 'selector',
      text: `envoy_cluster_upstream_rq_time_bucket{envoy_cluster_name=~${clusters}}`,
    },
    latencyUnitMs: 1,
    revisionOf,
    roleOf: (labels) => {
      const revision = revisionOf(labels);
      return revision && { revision, requests: true, errors: labels.envoy_response_code_class === '5' };
    },
  };
}
