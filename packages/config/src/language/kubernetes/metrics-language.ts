import { z } from 'zod';
import { DEFAULTS } from '../defaults.ts';
import {
  anyText,
  choice,
  definition,
  flag,
  freeText,
  named,
  oneOf,
  optional,
  record,
  required,
} from '../leaf.ts';
import { keptSecretKeys } from '../kept-secret-language.ts';
import { headerName, variableName } from '../names.ts';
import { duration } from '../quantities.ts';
import { httpAddress } from './kubernetes-forms.ts';

const headerValue = definition(
  'header-value',
  'The value of a header, or where it is kept. As a text: the value itself, for all to read.',
  z.union([
    anyText('a text'),
    oneOf({
      file: optional(freeText('the path of a file'), {
        meaning: 'File that holds the value; relative to sluice.yaml.',
        example: 'secrets/prometheus-token',
      }),
      environment: optional(variableName(), {
        meaning: 'Environment variable of the control plane that holds the value.',
        example: 'PROMETHEUS_TOKEN',
      }),
      ...keptSecretKeys(),
    }),
  ]),
);

/** Headers that are sent with a query. */
export const headersLanguage = () =>
  named(headerName(), headerValue, 'a mapping from names of headers to values');

const tls = definition(
  'metrics-tls',
  'How a Prometheus behind TLS is trusted.',
  record(
    {
      ca: optional(freeText('the path of a file'), {
        meaning: 'PEM file of the authority, on the machine of the control plane; relative to sluice.yaml.',
        otherwise: 'the authorities of the system',
        example: 'certificates/ca.pem',
      }),
      cert: optional(freeText('the path of a file'), {
        meaning: 'PEM file of a client certificate; goes with key.',
        example: 'certificates/client.pem',
      }),
      key: optional(freeText('the path of a file'), {
        meaning: 'PEM file of the key of the client certificate.',
        example: 'certificates/client-key.pem',
      }),
      insecure: optional(flag(), { meaning: 'Trusts every certificate.', default: false }),
    },
    { notEmpty: true },
  ),
);

const metricName = (example: string) => freeText(`the name of a metric, such as ${example}`);

const application = definition(
  'application-metrics',
  'Metrics that the application exports itself, told apart by the names of pods.',
  record({
    requests: optional(metricName(DEFAULTS.kubernetes.metrics.requests), {
      meaning: 'Counter of requests, with a label for the status.',
      default: DEFAULTS.kubernetes.metrics.requests,
    }),
    'status-label': optional(freeText('the name of a label'), {
      meaning: 'The label of that counter that holds the status; 5xx are errors.',
      default: DEFAULTS.kubernetes.metrics.statusLabel,
    }),
    latency: optional(z.union([choice('none'), metricName(DEFAULTS.kubernetes.metrics.latency)]), {
      meaning:
        'Histogram of latencies in seconds, classic (without `_bucket`) or native; none: latency is not judged.',
      default: DEFAULTS.kubernetes.metrics.latency,
    }),
    'pod-label': optional(freeText('the name of a label'), {
      meaning: 'The label that names the pod.',
      default: DEFAULTS.kubernetes.metrics.podLabel,
    }),
  }),
);

const query = () => freeText('a query in PromQL');
const queries = definition(
  'metric-queries',
  'Counters by queries of your own. `{{pods}}` is a regular expression of the names of pods of a revision, `{{namespace}}`, `{{service}}` and `{{revision}}` are names.',
  record({
    requests: required(query(), {
      meaning: 'Gives the number of all requests so far, as counters; not a rate.',
      example: 'my_requests_total{pod=~"{{pods}}"}',
    }),
    errors: required(query(), {
      meaning: 'Gives the number of failed requests so far, as counters.',
      example: 'my_requests_total{pod=~"{{pods}}",ok="false"}',
    }),
    latency: optional(query(), {
      meaning:
        'Gives buckets with the label le, or a native histogram, in seconds; left away: latency is not judged.',
      example: 'my_seconds_bucket{pod=~"{{pods}}"}',
    }),
  }),
);

const source = definition(
  'metrics-source',
  'Whose metrics are read: those of a router or mesh by its name, those of the application, or queries of your own.',
  z.union([
    choice('istio', 'envoy-gateway', 'nginx-ingress', 'linkerd', 'application'),
    oneOf({
      application: optional(application, {
        meaning: 'Metrics that the application exports itself.',
        example: { requests: 'http_server_requests_total', 'status-label': 'status' },
      }),
      queries: optional(queries, {
        meaning: 'Queries of your own.',
        example: {
          requests: 'my_requests_total{pod=~"{{pods}}"}',
          errors: 'my_errors_total{pod=~"{{pods}}"}',
        },
      }),
    }),
  ]),
);

/** Where evidence of a component in a cluster comes from. */
export const metricsLanguage = definition(
  'metrics',
  'Where evidence comes from. Without it nothing is judged but health and checks.',
  record({
    prometheus: optional(httpAddress('http://prometheus.monitoring:9090'), {
      meaning: 'Address of Prometheus, or of whatever answers its queries, as the control plane reaches it.',
      example: 'http://prometheus.monitoring:9090',
    }),
    source: optional(source, {
      meaning: 'Whose metrics are read.',
      otherwise: 'istio where a router is istio, else application',
      example: 'istio',
    }),
    tick: optional(duration('1s', '10m'), {
      meaning: 'Time of one count; no shorter than the scrape interval.',
      default: DEFAULTS.kubernetes.metrics.tick,
    }),
    delay: optional(duration('0s', '10m'), {
      meaning: 'How long after a moment its samples are expected to be there.',
      default: DEFAULTS.kubernetes.metrics.delay,
    }),
    headers: optional(headersLanguage(), {
      meaning: 'Headers sent with every query.',
      example: { Authorization: { file: 'secrets/prometheus-token' } },
    }),
    tls: optional(tls, {
      meaning: 'How a Prometheus behind TLS is trusted.',
      example: { ca: 'certificates/ca.pem' },
    }),
  }),
);

/** Metrics as written. */
export type MetricsInput = z.output<typeof metricsLanguage>;
/** The source of metrics as written. */
export type SourceInput = NonNullable<MetricsInput['source']>;
/** Headers as written. */
export type HeadersInput = z.output<ReturnType<typeof headersLanguage>>;
