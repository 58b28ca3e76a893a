import type { EvidenceSource, RevisionNames } from '../evidence-source.ts';
import { anyOf, isServerError, onlyOne, quoted } from './revision-in-labels.ts';

type Labels = Readonly<Record<string, string>>;

/**
 * gRPC statuses that are the server's fault: UNKNOWN, DEADLINE_EXCEEDED, UNIMPLEMENTED, INTERNAL, UNAVAILABLE, DATA_LOSS
 * (OpenTelemetry, semantic conventions for gRPC spans).
 */
const GRPC_FAULTS = new Set(['2', '4', '12', '13', '14', '15']);

/**
 * The mesh's standard metrics, as the sidecar (or waypoint) in front of the pod tells them: each request once, whoever
 * sent it. Source: Istio, "Istio Standard Metrics".
 */
export function istioSource(names: readonly RevisionNames[], namespace: string): EvidenceSource {
  const workloads = quoted(anyOf(names.map(({ workload }) => workload)));
  const matchers = `reporter=~"destination|waypoint",destination_workload_namespace=${quoted(namespace)},destination_workload=~${workloads}`;
  const revisionOf = (labels: Labels) =>
    // Revisions of one StatefulSet share a workload, and are told apart where their pods carry a version.
    names.find(({ revision }) => revision === labels.destination_version)?.revision ??
    onlyOne(names, ({ workload }) => workload === labels.destination_workload);
  return {
    requests: { kind: 'selector', text: `istio_requests_total{${matchers}}` },
    latency: {
      kind: 'selector',
      text: `{__name__=~"istio_request_duration_milliseconds(_bucket)?",${matchers}}`,
    },
    latencyUnitMs: 1,
    revisionOf,
    roleOf: (labels) => {
      const revision = revisionOf(labels);
      return revision && { revision, requests: true, errors: isFault(labels) };
    },
  };
}

function isFault(labels: Labels): boolean {
  if (isServerError(labels.response_code)) return true;
  // No answer at all; a client that hung up (DC) is not held against the server.
  if (labels.response_code === '0') return !(labels.response_flags ?? '').split(',').includes('DC');
  return labels.request_protocol === 'grpc' && GRPC_FAULTS.has(labels.grpc_response_status ?? '');
}
