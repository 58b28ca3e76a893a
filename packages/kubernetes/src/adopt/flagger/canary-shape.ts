import {
  FLAG,
  listOf,
  NUMBER,
  objectOf,
  oneOf,
  type Shape,
  TEXT,
  TEXTS,
  WHOLE,
  within,
} from '../workloads/shape.ts';

/** A length of time as Flagger's definition of a Canary wants it, such as `90s` or `1m`. */
const DURATION: Shape = { kind: 'text', pattern: /^[0-9]+(m|s)/ };
/** A share of requests or pods. */
const PERCENT = within(0, 100);

const referenceTo = (...kinds: readonly string[]): Shape =>
  objectOf(
    { apiVersion: TEXT, kind: oneOf(...kinds), name: TEXT },
    { required: ['apiVersion', 'kind', 'name'] },
  );

const PATTERN: Shape = objectOf({ exact: TEXT, prefix: TEXT, regex: TEXT });
const PATTERNS: Shape = { kind: 'map', of: PATTERN };
const HEADER_PATTERN: Shape = objectOf(
  { exact: TEXT, prefix: TEXT, suffix: TEXT, regex: TEXT },
  { exactlyOne: ['exact', 'prefix', 'suffix', 'regex'] },
);
const METADATA: Shape = objectOf({ labels: TEXTS, annotations: TEXTS });
const HEADER_CHANGES: Shape = objectOf({ add: TEXTS, set: TEXTS, remove: listOf(TEXT) });

const ROUTE_MATCH: Shape = objectOf({
  name: TEXT,
  uri: PATTERN,
  authority: PATTERN,
  scheme: PATTERN,
  method: PATTERN,
  headers: PATTERNS,
  withoutHeaders: PATTERNS,
  queryParams: PATTERNS,
  gateways: listOf(TEXT),
  ignoreUriCase: FLAG,
  port: WHOLE,
  sourceLabels: TEXTS,
  sourceNamespace: TEXT,
});

const TRAFFIC_POLICY: Shape = objectOf({
  connectionPool: objectOf({
    http: objectOf({
      h2UpgradePolicy: oneOf('DEFAULT', 'DO_NOT_UPGRADE', 'UPGRADE'),
      http1MaxPendingRequests: WHOLE,
      http2MaxRequests: WHOLE,
      idleTimeout: TEXT,
      maxRequestsPerConnection: WHOLE,
      maxRetries: WHOLE,
    }),
  }),
  loadBalancer: objectOf({
    simple: oneOf('ROUND_ROBIN', 'LEAST_CONN', 'RANDOM', 'PASSTHROUGH', 'LEAST_REQUEST'),
    consistentHash: objectOf({
      httpCookie: objectOf({ name: TEXT, path: TEXT, ttl: TEXT }),
      httpHeaderName: TEXT,
      httpQueryParameterName: TEXT,
      minimumRingSize: WHOLE,
      useSourceIp: FLAG,
    }),
    localityLbSetting: objectOf({
      enabled: FLAG,
      distribute: listOf(objectOf({ from: TEXT, to: { kind: 'map', of: WHOLE } })),
      failover: listOf(objectOf({ from: TEXT, to: TEXT })),
    }),
    warmupDurationSecs: TEXT,
  }),
  outlierDetection: objectOf({
    baseEjectionTime: TEXT,
    consecutive5xxErrors: WHOLE,
    consecutiveErrors: WHOLE,
    consecutiveGatewayErrors: WHOLE,
    consecutiveLocalOriginFailures: WHOLE,
    interval: TEXT,
    maxEjectionPercent: WHOLE,
    minHealthPercent: WHOLE,
    splitExternalLocalOriginErrors: FLAG,
  }),
  tls: objectOf({
    mode: oneOf('DISABLE', 'SIMPLE', 'MUTUAL', 'ISTIO_MUTUAL'),
    caCertificates: TEXT,
    clientCertificate: TEXT,
    privateKey: TEXT,
    sni: TEXT,
    subjectAltNames: listOf(TEXT),
  }),
});

const BACKEND: Shape = objectOf(
  { group: TEXT, kind: TEXT, name: TEXT, namespace: TEXT, port: within(1, 65_535) },
  { required: ['name'] },
);

const SERVICE: Shape = objectOf(
  {
    name: TEXT,
    port: within(1, 65_535),
    portName: TEXT,
    appProtocol: TEXT,
    trafficDistribution: oneOf('PreferClose', 'PreferSameZone', 'PreferSameNode'),
    targetPort: { kind: 'number-or-text' },
    portDiscovery: FLAG,
    headless: FLAG,
    timeout: TEXT,
    backendTimeout: TEXT,
    meshName: TEXT,
    backends: listOf(TEXT),
    hosts: listOf(TEXT),
    delegation: FLAG,
    match: listOf(ROUTE_MATCH),
    retries: objectOf({ attempts: WHOLE, perTryTimeout: TEXT, retryOn: TEXT }),
    rewrite: objectOf({ uri: TEXT, authority: TEXT, type: TEXT }),
    mirror: listOf(objectOf({ backendRef: BACKEND }, { required: ['backendRef'] })),
    headers: objectOf({ request: HEADER_CHANGES, response: HEADER_CHANGES }),
    gateways: listOf(TEXT),
    gatewayRefs: listOf(
      objectOf(
        {
          group: TEXT,
          kind: TEXT,
          name: TEXT,
          namespace: TEXT,
          sectionName: TEXT,
          port: within(1, 65_535),
        },
        { required: ['name'] },
      ),
    ),
    corsPolicy: objectOf({
      allowCredentials: FLAG,
      allowHeaders: listOf(TEXT),
      allowMethods: listOf(TEXT),
      allowOrigin: listOf(TEXT),
      allowOrigins: listOf(PATTERN),
      exposeHeaders: listOf(TEXT),
      maxAge: TEXT,
    }),
    trafficPolicy: TRAFFIC_POLICY,
    apex: METADATA,
    primary: METADATA,
    canary: METADATA,
    unmanagedMetadata: objectOf({ annotations: listOf(TEXT), labels: listOf(TEXT) }),
  },
  { required: ['port'] },
);

const OBJECT_NAME: Shape = objectOf({ name: TEXT, namespace: TEXT }, { required: ['name'] });

const METRIC: Shape = objectOf(
  {
    name: TEXT,
    interval: DURATION,
    threshold: NUMBER,
    thresholdRange: objectOf({ min: NUMBER, max: NUMBER }),
    query: TEXT,
    templateRef: OBJECT_NAME,
    templateVariables: TEXTS,
  },
  { required: ['name'] },
);

const WEBHOOK: Shape = objectOf(
  {
    name: TEXT,
    type: oneOf(
      '',
      'confirm-rollout',
      'pre-rollout',
      'rollout',
      'confirm-traffic-increase',
      'confirm-promotion',
      'post-rollout',
      'rollback',
      'event',
    ),
    url: TEXT,
    muteAlert: FLAG,
    timeout: DURATION,
    retries: within(0, 1000),
    disableTLS: FLAG,
    metadata: TEXTS,
  },
  { required: ['name', 'url'] },
);

const ANALYSIS: Shape = objectOf(
  {
    interval: DURATION,
    iterations: within(0, 100_000),
    threshold: within(0, 100_000),
    maxWeight: PERCENT,
    stepWeight: PERCENT,
    stepWeights: listOf(PERCENT),
    stepWeightPromotion: PERCENT,
    mirror: FLAG,
    mirrorWeight: PERCENT,
    primaryReadyThreshold: PERCENT,
    canaryReadyThreshold: PERCENT,
    match: listOf(
      objectOf({ headers: { kind: 'map', of: HEADER_PATTERN }, queryParams: PATTERNS, sourceLabels: TEXTS }),
    ),
    metrics: listOf(METRIC),
    alerts: listOf(
      objectOf(
        { name: TEXT, severity: oneOf('', 'info', 'warn', 'error'), providerRef: OBJECT_NAME },
        { required: ['name', 'providerRef'] },
      ),
    ),
    webhooks: listOf(WEBHOOK),
    sessionAffinity: objectOf(
      {
        cookieName: TEXT,
        primaryCookieName: TEXT,
        domain: TEXT,
        httpOnly: FLAG,
        maxAge: WHOLE,
        partitioned: FLAG,
        path: TEXT,
        sameSite: oneOf('Strict', 'Lax', 'None'),
        secure: FLAG,
      },
      { required: ['cookieName'] },
    ),
  },
  { required: ['interval', 'threshold'], exactlyOne: ['iterations', 'stepWeight', 'stepWeights'] },
);

/** `spec` of a Canary (`flagger.app/v1beta1`), key by key as its definition has it. */
export const CANARY_SPEC: Shape = objectOf(
  {
    provider: oneOf(
      'apisix',
      'appmesh',
      'appmesh:v1beta2',
      'contour',
      'gatewayapi:v1',
      'gatewayapi:v1beta1',
      'gloo',
      'istio',
      'knative',
      'kubernetes',
      'kuma',
      'linkerd',
      'nginx',
      'osm',
      'skipper',
      'smi:v1alpha1',
      'smi:v1alpha2',
      'smi:v1alpha3',
      'traefik',
    ),
    metricsServer: TEXT,
    progressDeadlineSeconds: within(1, 2_147_483),
    targetRef: referenceTo('DaemonSet', 'Deployment', 'Service'),
    autoscalerRef: objectOf(
      {
        apiVersion: TEXT,
        kind: oneOf('HorizontalPodAutoscaler', 'ScaledObject'),
        name: TEXT,
        primaryScalerQueries: TEXTS,
        primaryScalerReplicas: objectOf({
          minReplicas: within(1, 1_000_000),
          maxReplicas: within(1, 1_000_000),
        }),
      },
      { required: ['apiVersion', 'kind', 'name'] },
    ),
    ingressRef: referenceTo('Ingress'),
    routeRef: referenceTo('ApisixRoute'),
    upstreamRef: objectOf(
      { apiVersion: TEXT, kind: oneOf('Upstream'), name: TEXT, namespace: TEXT },
      { required: ['apiVersion', 'kind', 'name'] },
    ),
    service: SERVICE,
    skipAnalysis: FLAG,
    revertOnDeletion: FLAG,
    suspend: FLAG,
    analysis: ANALYSIS,
  },
  { required: ['targetRef', 'analysis'] },
);

/** `spec` of a MetricTemplate (`flagger.app/v1beta1`). */
export const METRIC_TEMPLATE_SPEC: Shape = objectOf(
  {
    provider: objectOf(
      {
        type: oneOf(
          'prometheus',
          'influxdb',
          'datadog',
          'externalmetrics',
          'stackdriver',
          'cloudwatch',
          'newrelic',
          'graphite',
          'dynatrace',
          'keptn',
          'splunk',
        ),
        address: TEXT,
        headers: { kind: 'map', of: listOf(TEXT) },
        secretRef: objectOf({ name: TEXT }, { required: ['name'] }),
        region: TEXT,
        insecureSkipVerify: FLAG,
      },
      { required: ['type'] },
    ),
    query: TEXT,
  },
  { required: ['provider', 'query'] },
);
