import { createMetrics } from './metrics.ts';

/** What is known of a metric without asking for its value. */
export interface MetricDescription {
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly labels: readonly string[];
}

/** What the values of labels mean; the reference prints it, and a test sees to it that none is left out. */
export const LABELS: Readonly<Record<string, string>> = {
  method: 'HTTP method; `other` for what is none of the known ones',
  route: 'the pattern of the path, with names in place of ids; `unmatched` where there is no such operation',
  status: 'HTTP status',
  phase: '`queued`, `planned`, `running`, `held`, `promoting`, `rolling-back`, `stuck`',
  result:
    '`committed`, `conflict` (somebody else was first; it is decided again), `failed`, and what needed no commit',
  effect: '`applyCapacity`, `applySplit`, `retireRevision`, `runChecks`',
  outcome:
    'of effects `done`, `refused-as-stale`, `failed`; of rollouts `succeeded`, `rolled-back`; of attempts `succeeded`, `failed`; of attempts to tell something `delivered`, `retried`, `dead`; of spans `sent`, `failed`, `refused`',
  port: '`target`, `router`, `metrics`',
  verdict: '`fail`, `no-data`, `provider-error`, `inconclusive`, `suspicious`, `not-the-winner`, `policy`',
  track: '`application/environment/component`',
  revision: 'id of a revision',
  role: '`candidate` or `stable`',
  state:
    'of deliveries `waiting`, `dead`; of instances `starting`, `ready`, `unready`, `backoff`, `draining`, `stopped`; of workers `busy`, `idle`; of router workers `ready`, `starting`',
  kind: 'of breakers `tool`, or `downstream` for what lies behind tools; of attempts to tell something the kind of channel',
  name: 'what a breaker is for',
  how: 'how somebody tried to get in: by what they showed; `bearer` and `cookie` with a request',
  limit:
    '`reads`, `changes`, `work`, `sign-ins`, `guesses`; `requests in flight`, `work in flight`, `streams in flight`',
  of: 'whose limit it was: `caller`, `organisation`, `address`',
};

const UNITS: readonly (readonly [RegExp, string])[] = [
  [/_seconds(_total)?$/, 'seconds'],
  [/_bytes(_total)?$/, 'bytes'],
  [/(_ratio|_rate)$/, 'part of 1'],
  [/_per_second$/, 'per second'],
];

/** Of every metric of our own, in the order of their names; without those that every process of Node has. */
export function describedMetrics(): readonly MetricDescription[] {
  const { registry } = createMetrics({ processMetrics: false });
  const described = registry.getMetricsAsArray().map((metric) => {
    const { name, help, type, labelNames } = metric as unknown as {
      readonly name: string;
      readonly help: string;
      readonly type: MetricDescription['type'];
      readonly labelNames: readonly string[];
    };
    return { name, help, type, labels: [...labelNames] };
  });
  return described.toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

/** The generated reference of metrics. */
export const metricDocuments = () => [{ path: 'docs/reference/metrics.md', produce: metricsPage }];

/** Every metric as one page. */
export function metricsPage(): string {
  const metrics = describedMetrics();
  const used = [...new Set(metrics.flatMap(({ labels }) => labels))].toSorted();
  return `${[
    INTRODUCTION,
    '| metric | type | unit | labels | tells |',
    '|---|---|---|---|---|',
    ...metrics.map(rowOf),
    '',
    '## Labels',
    '',
    '| label | values |',
    '|---|---|',
    ...used.map((label) => `| \`${label}\` | ${cell(LABELS[label] ?? '')} |`),
    '',
    OUTRO,
  ].join('\n')}\n`;
}

const rowOf = ({ name, help, type, labels }: MetricDescription): string =>
  `| \`${name}\` | ${type} | ${unitOf(name)} | ${labels.map((label) => `\`${label}\``).join(', ')} | ${cell(help)} |`;

const unitOf = (name: string): string => UNITS.find(([suffix]) => suffix.test(name))?.[1] ?? 'count';

const cell = (text: string): string => text.replaceAll('|', '\\|');

const INTRODUCTION = `# Metrics

This page is generated from the control plane's own registry. \`GET /metrics\` answers with all of them in Prometheus' text
format; [watching it](../guides/observability.md) says how to scrape it, and what dashboards and alerts there are.

What begins with \`sluice_\` is about releases and the control plane; \`agent_\` and \`task_\` are about agents. A metric that
counts what is stored is the same in every replica; take one of them (\`max\`), and never the sum. Counters and histograms
count what this replica has done since it started. What nobody knows is left out, and never zero.
`;

const OUTRO = `A histogram has the series \`_bucket\` (with \`le\`), \`_sum\` and \`_count\`. The number of series is bounded: of tracks,
revisions and breakers at most 200 to 500 have series of their own.

Beside these there are the figures that every process of Node has: \`process_cpu_seconds_total\`,
\`process_resident_memory_bytes\`, \`process_start_time_seconds\`, \`process_open_fds\`, \`nodejs_eventloop_lag_p99_seconds\`,
\`nodejs_heap_size_used_bytes\`, \`nodejs_gc_duration_seconds\` and others of their kind.`;
