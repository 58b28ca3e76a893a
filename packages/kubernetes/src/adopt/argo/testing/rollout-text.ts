/** What a test may say of a Rollout; flow mappings and sequences as text. */
export interface RolloutParts {
  readonly replicas?: number;
  /** Keys of `spec` beside the strategy, one per line without indentation. */
  readonly spec?: string;
  /** Keys of `spec.strategy.canary` beside the steps, one per line without indentation. */
  readonly canary?: string;
  readonly steps?: readonly string[];
  readonly blueGreen?: string;
  /** More documents. */
  readonly more?: readonly string[];
}

const indented = (text: string, width: number): string =>
  text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => `${' '.repeat(width)}${line}`)
    .join('\n');

/** A Rollout with one container as text, and more documents behind it. */
export function rolloutText(parts: RolloutParts): string {
  const steps = parts.steps ? `steps:\n${parts.steps.map((step) => `- ${step}`).join('\n')}` : '';
  const strategy =
    parts.blueGreen === undefined
      ? `canary:\n${indented(`${parts.canary ?? ''}\n${steps}`, 2) || '  {}'}`
      : `blueGreen:\n${indented(parts.blueGreen, 2)}`;
  return [
    `apiVersion: argoproj.io/v1alpha1
kind: Rollout
metadata: { name: web, labels: { region: eu } }
spec:
  replicas: ${parts.replicas ?? 10}
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web, version: "7" } }
    spec: { containers: [{ name: web, image: "registry.example.com/web:7", ports: [{ containerPort: 80 }] }] }
${indented(parts.spec ?? '', 2)}
  strategy:
${indented(strategy, 4)}`,
    ...(parts.more ?? []),
  ].join('\n---\n');
}

/** Routing by Istio, under which setCanaryScale and routes by header are allowed. */
export const ISTIO = `
trafficRouting:
  istio:
    virtualService: { name: web }
    destinationRule: { name: web, canarySubsetName: canary, stableSubsetName: stable }
  managedRoutes: [{ name: insiders }, { name: copies }]
`;

/** An AnalysisTemplate as text, with one metric (keys of it, one per line) or several. */
export function templateText(
  name: string,
  metrics: readonly string[],
  spec = '',
  kind = 'AnalysisTemplate',
): string {
  const listed = metrics.map((metric) => indented(metric.trim(), 4).replace(/^ {4}/, '  - ')).join('\n');
  return `apiVersion: argoproj.io/v1alpha1
kind: ${kind}
metadata: { name: ${name} }
spec:
${indented(spec, 2)}
  metrics:
${listed}`;
}

/** A metric of Prometheus that is measured once unless more is said. */
export const metricText = (more = '', query = 'up'): string => `
name: errors
successCondition: result[0] < 0.1
provider: { prometheus: { address: "http://prometheus:9090", query: '${query}' } }
${more}`;

/** A Service over the pods. */
export const serviceText = (name: string): string =>
  `apiVersion: v1\nkind: Service\nmetadata: { name: ${name} }\nspec: { selector: { app: web }, ports: [{ port: 80 }] }`;
