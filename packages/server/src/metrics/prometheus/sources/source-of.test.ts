import { revisionId } from '@sluice/core/kernel/ids.ts';
import type { MetricsSource } from '@sluice/kubernetes/settings/metrics-settings.ts';
import { describe, expect, it, test } from 'vitest';
import type { RevisionNames } from '../evidence-source.ts';
import { podPattern } from './revision-in-labels.ts';
import { sourceOf } from './source-of.ts';

const [A, B] = [revisionId('web-00000000000a'), revisionId('web-00000000000b')];
const NAMES: readonly RevisionNames[] = [
  { revision: A, workload: 'web-a', service: 'web-a-svc' },
  { revision: B, workload: 'web-b', service: 'web-b-svc' },
];
const APPLICATION: MetricsSource = {
  kind: 'application',
  requests: 'http_requests_total',
  statusLabel: 'code',
  latency: 'http_seconds',
  podLabel: 'pod',
};
const source = (settings: MetricsSource, names = NAMES) => sourceOf(settings, names, 'shop');
const PODS = 'web-a-([a-z0-9]{1,10}-)?[a-z0-9]{1,10}|web-b-([a-z0-9]{1,10}-)?[a-z0-9]{1,10}';

describe('the queries', () => {
  const texts = (settings: MetricsSource) => {
    const { requests, latency, latencyUnitMs } = source(settings);
    return [requests.kind, requests.text, latency?.text, latencyUnitMs];
  };

  it("of Istio's metrics, as the server's side tells them", () => {
    const matchers =
      'reporter=~"destination|waypoint",destination_workload_namespace="shop",destination_workload=~"web-a|web-b"';
    expect(texts({ kind: 'istio' })).toEqual([
      'selector',
      `istio_requests_total{${matchers}}`,
      `{__name__=~"istio_request_duration_milliseconds(_bucket)?",${matchers}}`,
      1,
    ]);
  });

  it("of Linkerd's", () => {
    const matchers = `direction="inbound",namespace="shop",pod=~"${PODS}"`;
    expect(texts({ kind: 'linkerd' })).toEqual([
      'selector',
      `response_total{${matchers}}`,
      `response_latency_ms_bucket{${matchers}}`,
      1,
    ]);
  });

  it("of Envoy's clusters", () => {
    const clusters = '(.*[^a-z0-9-])?(web-a-svc|web-b-svc)([^a-z0-9-].*)?';
    expect(texts({ kind: 'envoy-gateway' })).toEqual([
      'selector',
      `envoy_cluster_upstream_rq_xx{envoy_cluster_name=~"${clusters}"}`,
      `envoy_cluster_upstream_rq_time_bucket{envoy_cluster_name=~"${clusters}"}`,
      1,
    ]);
  });

  it("of the ingress controller's, whatever its scrape made of the labels", () => {
    const either = (metric: string) =>
      `${metric}{exported_service=~"web-a-svc|web-b-svc"} or ${metric}{service=~"web-a-svc|web-b-svc"}`;
    expect(texts({ kind: 'nginx-ingress' })).toEqual([
      'expression',
      either('nginx_ingress_controller_requests'),
      either('nginx_ingress_controller_request_duration_seconds_bucket'),
      1000,
    ]);
  });

  it("of an application's own", () => {
    expect(texts(APPLICATION)).toEqual([
      'selector',
      `http_requests_total{pod=~"${PODS}"}`,
      `{__name__=~"http_seconds(_bucket)?",pod=~"${PODS}"}`,
      1000,
    ]);
    expect(source({ ...APPLICATION, latency: null }).latency).toBeNull();
    expect(source({ ...APPLICATION, latency: 'http_seconds_bucket' }).latency?.text).toContain(
      '"http_seconds(_bucket)?"',
    );
  });

  it('written by hand are joined, each with the names of its revision', () => {
    const settings = {
      kind: 'queries',
      requests: 'hits{pod=~"{{pods}}",ns="{{ namespace }}"}',
      errors: 'faults{svc="{{service}}"}',
      latency: null,
    } as const;
    const names = NAMES.slice(0, 1);
    const pods = 'web-a-([a-z0-9]{1,10}-)?[a-z0-9]{1,10}';
    expect(source(settings, names).requests).toEqual({
      kind: 'expression',
      text: [
        `label_replace(label_replace((hits{pod=~"${pods}",ns="shop"}), "sluice_revision", "${A}", "", ""), "sluice_counts", "requests", "", "")`,
        `label_replace(label_replace((faults{svc="web-a-svc"}), "sluice_revision", "${A}", "", ""), "sluice_counts", "errors", "", "")`,
      ].join(' or '),
    });
    expect(() => source({ ...settings, requests: 'hits' })).toThrow('gives the same for every revision');
  });
});

test.each<[MetricsSource, Record<string, string>, string | null, boolean]>([
  [{ kind: 'istio' }, { destination_workload: 'web-a', response_code: '200' }, A, false],
  [{ kind: 'istio' }, { destination_workload: 'web-b', response_code: '503' }, B, true],
  [{ kind: 'istio' }, { destination_workload: 'web-b', response_code: '0', response_flags: 'UC' }, B, true],
  [{ kind: 'istio' }, { destination_workload: 'web-b', response_code: '0', response_flags: 'DC' }, B, false],
  [
    { kind: 'istio' },
    {
      destination_workload: 'web-a',
      response_code: '200',
      request_protocol: 'grpc',
      grpc_response_status: '14',
    },
    A,
    true,
  ],
  [
    { kind: 'istio' },
    {
      destination_workload: 'web-a',
      response_code: '200',
      request_protocol: 'grpc',
      grpc_response_status: '5',
    },
    A,
    false,
  ],
  [
    { kind: 'istio' },
    { destination_workload: 'web', destination_version: B, response_code: '200' },
    B,
    false,
  ],
  [{ kind: 'istio' }, { destination_workload: 'web', response_code: '200' }, null, false],
  [{ kind: 'linkerd' }, { pod: 'web-a-5d9c7b8f6d-x7k2p', classification: 'success' }, A, false],
  [{ kind: 'linkerd' }, { pod: 'web-b-5d9c7b8f6d-x7k2p', classification: 'failure' }, B, true],
  [{ kind: 'linkerd' }, { pod: 'web-b-worker-5d9c7b8f6d-x7k2p', classification: 'failure' }, null, false],
  [
    { kind: 'envoy-gateway' },
    { envoy_cluster_name: 'service/shop/web-a-svc/80', envoy_response_code_class: '2' },
    A,
    false,
  ],
  [
    { kind: 'envoy-gateway' },
    { envoy_cluster_name: 'shop_web-b-svc_80', envoy_response_code_class: '5' },
    B,
    true,
  ],
  [
    { kind: 'envoy-gateway' },
    { envoy_cluster_name: 'web-a-svc|web-b-svc', envoy_response_code_class: '5' },
    null,
    false,
  ],
  [
    { kind: 'envoy-gateway' },
    { envoy_cluster_name: 'shop/web-a-svc-admin', envoy_response_code_class: '2' },
    null,
    false,
  ],
  [{ kind: 'nginx-ingress' }, { exported_service: 'web-a-svc', service: 'ingress', status: '200' }, A, false],
  [{ kind: 'nginx-ingress' }, { service: 'web-a-svc', canary: '', status: '502' }, A, true],
  [{ kind: 'nginx-ingress' }, { service: 'web-a-svc', canary: 'shop-web-b-svc-80', status: '500' }, B, true],
  [{ kind: 'nginx-ingress' }, { service: 'web-a-svc', canary: 'shop-other-80', status: '500' }, null, false],
  [
    { kind: 'nginx-ingress' },
    { service: 'web-a-svc', exported_namespace: 'other', status: '200' },
    null,
    false,
  ],
  [APPLICATION, { pod: 'web-a-abcde', code: '404' }, A, false],
  [APPLICATION, { pod: 'web-b-0', code: '5xx' }, B, true],
  [APPLICATION, { pod: 'web-b-0', code: '500', namespace: 'other' }, null, false],
])('%j: %j counts for %s, as an error: %s', (settings, labels, revision, errors) => {
  const role = source(settings).roleOf(labels);
  expect(role).toEqual(revision === null ? null : { revision, requests: true, errors });
  expect(source(settings).revisionOf(labels)).toBe(revision);
});

it('revisions that share a workload are told apart by nothing, and none of them is given the requests', () => {
  const shared = NAMES.map((name) => ({ ...name, workload: 'web' }));
  expect(
    source({ kind: 'istio' }, shared).roleOf({ destination_workload: 'web', response_code: '200' }),
  ).toBeNull();
  expect(source(APPLICATION, shared).roleOf({ pod: 'web-0', code: '200' })).toBeNull();
});

it('the pods of a workload with a long name are found, though Kubernetes cuts it', () => {
  const workload = `${'long-'.repeat(11)}name`;
  const pod = `${`${workload}-5d9c7b8f6d-`.slice(0, 58)}x7k2p`;
  expect(new RegExp(`^(?:${podPattern(workload)})$`).test(pod)).toBe(true);
  expect(podPattern('web.v1')).toContain('web[.]v1-');
});
