import { describe, expect, test } from 'vitest';
import { adoptTexts, SETTINGS } from './testing/adopt-sample.ts';
import { canaryText, DEPLOYMENT, EACH_MINUTE, SUCCESS_RATE } from './testing/canary-text.ts';

const WEIGHTS = `${EACH_MINUTE}, stepWeight: 10`;

/** Every fault of a Canary beside a sound Deployment and more files, each in one line. */
function faultsOf(
  canary: string,
  more = '',
  prometheus: string | null = 'http://prometheus',
): readonly string[] {
  const adoption = adoptTexts(
    [
      { text: canary, file: 'canary.yaml' },
      { text: `${DEPLOYMENT}${more}`, file: 'web.yaml' },
    ],
    { ...SETTINGS, prometheus },
  );
  return adoption.ok
    ? []
    : adoption.faults.map(({ file, line, path, message }) => `${file}:${line} ${path}: ${message}`);
}

test('a sound Canary has no faults', () => {
  expect(faultsOf(canaryText(WEIGHTS))).toEqual([]);
});

describe('a Canary that its own definition would refuse is refused with its place', () => {
  test.each([
    [
      'of a version that is gone',
      canaryText(WEIGHTS).replace('v1beta1', 'v1alpha3'),
      'canary.yaml:2 Canary web: apiVersion: flagger.app/v1alpha3 is not a version of Canary that is understood; flagger.app/v1beta1 is.',
    ],
    [
      'with a key that is misspelt',
      canaryText(`${WEIGHTS}, maxweight: 50`),
      'canary.yaml:9 Canary web: spec.analysis.maxweight: There is no key `maxweight` here; did you mean `maxWeight`?',
    ],
    [
      'with the name that analysis had before',
      canaryText(WEIGHTS).replace('analysis:', 'canaryAnalysis:'),
      'canary.yaml:5 Canary web: spec: `analysis` is missing.',
    ],
    [
      'of a version that nobody knows',
      canaryText(WEIGHTS).replace('v1beta1', 'v1beta9'),
      'canary.yaml:2 Canary web: apiVersion: flagger.app/v1beta9 is not a version of Canary that is understood; flagger.app/v1beta1 is.',
    ],
    [
      'without an analysis',
      canaryText(WEIGHTS).replace(/ {2}analysis:.*/, ''),
      'canary.yaml:5 Canary web: spec: `analysis` is missing.',
    ],
    [
      'with an analysis that is null',
      canaryText(WEIGHTS).replace(/analysis:.*/, 'analysis:'),
      'canary.yaml:5 Canary web: spec: `analysis` is missing.',
    ],
    [
      'without a threshold',
      canaryText('interval: 1m, stepWeight: 10'),
      'canary.yaml:9 Canary web: spec.analysis: `threshold` is missing.',
    ],
    [
      'with weights and iterations',
      canaryText(`${WEIGHTS}, iterations: 5`),
      'canary.yaml:9 Canary web: spec.analysis: Exactly one of iterations, stepWeight, stepWeights was expected; there are iterations and stepWeight.',
    ],
    [
      'with neither',
      canaryText(EACH_MINUTE),
      'canary.yaml:9 Canary web: spec.analysis: Exactly one of iterations, stepWeight, stepWeights was expected; there is none.',
    ],
    [
      'with an interval that is none',
      canaryText('interval: often, threshold: 1, stepWeight: 10'),
      'canary.yaml:9 Canary web: spec.analysis.interval: A text of the form ^[0-9]+(m|s) was expected, not `often`.',
    ],
    [
      'with a weight above the whole',
      canaryText(`${EACH_MINUTE}, stepWeight: 110`),
      'canary.yaml:9 Canary web: spec.analysis.stepWeight: A whole number from 0 to 100 was expected, not 110.',
    ],
    [
      'with a hook of no known type',
      canaryText(`${WEIGHTS}, webhooks: [{ name: a, type: pre, url: "http://a" }]`),
      'canary.yaml:9 Canary web: spec.analysis.webhooks[0].type: One of confirm-rollout, pre-rollout, rollout, confirm-traffic-increase, confirm-promotion, post-rollout, rollback, event was expected, not `pre`.',
    ],
    [
      'with a header that is matched in two ways',
      canaryText(`${EACH_MINUTE}, iterations: 1, match: [{ headers: { a: { exact: b, prefix: c } } }]`),
      'canary.yaml:9 Canary web: spec.analysis.match[0].headers.a: Exactly one of exact, prefix, suffix, regex was expected; there are exact and prefix.',
    ],
  ])('%s', (_, text, fault) => {
    expect(faultsOf(text)).toContain(fault);
  });
});

describe('what Sluice cannot honour is refused, and the fault says what to do', () => {
  const headers = (pattern: string): string =>
    canaryText(`${EACH_MINUTE}, iterations: 1, match: [{ headers: { agent: ${pattern} } }]`);
  test.each([
    [
      'ingress-nginx',
      canaryText(WEIGHTS, 'provider: nginx'),
      'write provider: gatewayapi:v1 with gatewayRefs',
    ],
    ['Traefik', canaryText(WEIGHTS, 'provider: traefik'), 'Traefik serves the Gateway API'],
    ['SMI', canaryText(WEIGHTS, 'provider: "smi:v1alpha3"'), 'what an SMI TrafficSplit reads'],
    [
      'an Ingress without a provider',
      canaryText(WEIGHTS, 'ingressRef: { apiVersion: networking.k8s.io/v1, kind: Ingress, name: web }'),
      'canary annotations of ingress-nginx',
    ],
    [
      'a Service as the target',
      canaryText(WEIGHTS).replace('apps/v1, kind: Deployment', 'v1, kind: Service'),
      'Let the Canary target the Deployment',
    ],
    [
      'a target that is not among the files',
      canaryText(WEIGHTS).replace('kind: Deployment, name: web', 'kind: Deployment, name: shop'),
      'Deployment test/shop is not among the files; add the file that has it',
    ],
    [
      'an autoscaler that is not among the files',
      canaryText(
        WEIGHTS,
        'autoscalerRef: { apiVersion: autoscaling/v2, kind: HorizontalPodAutoscaler, name: web }',
      ),
      'HorizontalPodAutoscaler test/web is not among the files',
    ],
    [
      'KEDA',
      canaryText(WEIGHTS, 'autoscalerRef: { apiVersion: keda.sh/v1alpha1, kind: ScaledObject, name: web }'),
      'no autoscaling by KEDA',
    ],
    ['a canary that never advances', canaryText(`${EACH_MINUTE}, stepWeight: 0`), 'never advances by 0'],
    [
      'weights that fall',
      canaryText(`${EACH_MINUTE}, stepWeights: [20, 10]`),
      'Weights from 1 to 100 that rise',
    ],
    ['gatewayapi without a gateway', canaryText(WEIGHTS, 'provider: gatewayapi:v1'), 'needs gatewayRefs'],
    [
      'users that Istio should keep by a cookie',
      canaryText(`${WEIGHTS}, sessionAffinity: { cookieName: a }`),
      'with a gateway that offers session persistence',
    ],
    ['a suffix', headers('{ suffix: fox }'), 'by its beginning or by a list of values'],
    [
      'a regular expression that says too much',
      headers('{ regex: ".*Firefox.*" }'),
      'more than Sluice can match. It asks for values that contain `Firefox`, and Sluice has no condition for what a value contains. ',
    ],
    [
      'callers within the mesh',
      canaryText(`${EACH_MINUTE}, iterations: 1, match: [{ sourceLabels: { app: batch } }]`),
      'does not match by who calls',
    ],
    [
      'parameters of the query',
      canaryText(`${EACH_MINUTE}, iterations: 1, match: [{ queryParams: { beta: { exact: "1" } } }]`),
      'Parameters of the query cannot be matched',
    ],
    [
      'a rewrite on a route of its own',
      canaryText(WEIGHTS, 'provider: istio', 'port: 80, rewrite: { uri: /v2 }'),
      'Write the VirtualService web with it yourself and add its file',
    ],
    [
      'matches that are more than one path prefix',
      canaryText(WEIGHTS, 'provider: istio', 'port: 80, match: [{ uri: { regex: "/a|/b" } }]'),
      'Sluice makes routes by one path prefix',
    ],
    [
      'several hosts of a gateway',
      canaryText(WEIGHTS, 'provider: gatewayapi:v1', 'port: 80, hosts: [a, b], gatewayRefs: [{ name: g }]'),
      'Sluice makes routes for one host',
    ],
    [
      'TLS of another kind than Istio’s own',
      canaryText(WEIGHTS, 'provider: istio', 'port: 80, trafficPolicy: { tls: { mode: SIMPLE } }'),
      'mode SIMPLE needs some',
    ],
    [
      'a named port that is not there',
      canaryText(WEIGHTS, 'provider: istio', 'port: 80, targetPort: web'),
      'No container declares a port named web',
    ],
    [
      'a metric that Flagger fails as well',
      canaryText(`${WEIGHTS}, metrics: [{ name: latency }]`),
      'Flagger fails every check of such a metric',
    ],
    [
      'a template that is not among the files',
      canaryText(`${WEIGHTS}, metrics: [{ name: a, templateRef: { name: a, namespace: b } }]`),
      'MetricTemplate b/a is not among the files',
    ],
    [
      'a hook without an address',
      canaryText(`${WEIGHTS}, webhooks: [{ name: a, url: "tester" }]`),
      'An address that begins with http:// or https://',
    ],
  ])('%s', (_, text, remedy) => {
    expect(faultsOf(text).join('\n')).toContain(remedy);
  });

  test('two Canaries over one target, of which Flagger says that bad things will happen', () => {
    const second = canaryText(WEIGHTS).replace('metadata: { name: web }', 'metadata: { name: other }');
    expect(faultsOf(canaryText(WEIGHTS), `---${second}`)[0]).toContain('would undo each other’s work');
  });

  test('a builtin metric when nobody says where Prometheus is', () => {
    expect(faultsOf(canaryText(`${WEIGHTS}, ${SUCCESS_RATE}`), '', null)[0]).toContain(
      'Write spec.metricsServer, or give the address: by `--prometheus` when you import',
    );
  });

  test.each([
    ['another provider', '{ type: datadog }', 'a', 'asks Prometheus, not datadog'],
    [
      'credentials',
      '{ type: prometheus, address: "http://p", secretRef: { name: p } }',
      'a',
      'Authorization header',
    ],
    [
      'a function in the query',
      '{ type: prometheus, address: "http://p" }',
      '{{ printf "%s" target }}',
      'which cannot be put in',
    ],
    [
      'a variable without a value',
      '{ type: prometheus, address: "http://p" }',
      '{{ variables.zone }}',
      '{{ variables.zone }}, which cannot be put in',
    ],
    ['a brace too few', '{ type: prometheus, address: "http://p" }', '{{ target', 'without its counterpart'],
  ])('a MetricTemplate with %s', (_, provider, query, remedy) => {
    const template = `---
apiVersion: flagger.app/v1beta1
kind: MetricTemplate
metadata: { name: a }
spec: { provider: ${provider}, query: '${query}' }`;
    const canary = canaryText(`${WEIGHTS}, metrics: [{ name: a, templateRef: { name: a } }]`);
    expect(faultsOf(canary, template).join('\n')).toContain(remedy);
  });
});

test('every fault of a file is told at once', () => {
  const text = canaryText(
    `${WEIGHTS}, webhooks: [{ name: a, url: b }], metrics: [{ name: c }]`,
    'provider: istio',
    'port: 80, rewrite: { uri: /x }, timeout: soon',
  );
  expect(faultsOf(text)).toHaveLength(4);
});

test('a DaemonSet is refused what pods of one set cannot have', () => {
  const canary = canaryText(
    `${EACH_MINUTE}, iterations: 2, mirror: true, webhooks: [{ name: a, type: pre-rollout, url: "http://a" }]`,
    'provider: kubernetes',
  ).replace('kind: Deployment', 'kind: DaemonSet');
  const set = `---${DEPLOYMENT.replace('kind: Deployment', 'kind: DaemonSet').replace('  replicas: 4\n', '')}`;
  const faults = faultsOf(canary, set).join('\n');
  expect(faults).toContain('cannot be steered between pods of one DaemonSet');
  expect(faults).toContain('without a step at which a pre-rollout hook could be asked');
  expect(faults).toContain('does not say how many');
});

test('a route that the user wrote is taken over with everything that Sluice’s own could not carry', () => {
  const own = `---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: web }
spec: { hosts: [web], http: [{ rewrite: { uri: /v2 }, route: [{ destination: { host: web } }] }] }`;
  const text = canaryText(WEIGHTS, 'provider: istio', 'port: 80, targetPort: 8080, rewrite: { uri: /v2 }');
  expect(faultsOf(text, own)).toEqual([]);
});

test.each([
  ['{ name: request-success-rate }', /every value is good/],
  ['{ name: request-duration, thresholdRange: {} }', /every value is good/],
  ['{ name: request-duration }', /every value above 0 is a failed check/],
])('a metric without a limit is told: %s', (metric, message) => {
  const adoption = adoptTexts(
    [{ text: `${canaryText(`${WEIGHTS}, metrics: [${metric}]`)}---${DEPLOYMENT}`, file: 'canary.yaml' }],
    { ...SETTINGS, prometheus: 'http://prometheus' },
  );
  expect(adoption.ok ? adoption.differences : []).toContainEqual(
    expect.objectContaining({ line: 9, message: expect.stringMatching(message) }),
  );
});
