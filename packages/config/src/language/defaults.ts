/** What holds when a file is silent, written as a person would write it; the reference prints these. */
export const DEFAULTS = {
  kind: 'service',
  agents: {
    retry: { failures: 4, pause: '1s', factor: 2, longest: '1m' },
    unfinished: 'finish',
  },
  instances: 1,
  /** Needs no traffic, no second copy and no user key; the others are one word away. */
  strategy: 'rolling',
  source: '.',
  drain: '30s',
  protocol: 'http1',
  timeout: '60s',
  maxBody: '100Mi',
  needTimeout: '5s',
  health: { within: '1m', interval: '2s', timeout: '2s', failures: 3 },
  progressDeadline: '10m',
  /** Fewer requests than this in a phase say nothing either way. */
  minRequests: 20,
  on: {
    fail: 'rollback',
    inconclusive: 'promote',
    'no-data': 'hold',
    'provider-error': 'hold',
    limit: '1h',
    then: 'ask',
  },
  criterion: { window: 'a fifth of the time, at most 1m', failures: 2 },
  canary: {
    phases: [
      { share: '5%', hold: '10m' },
      { share: '25%', hold: '20m' },
      { share: '75%', hold: '30m' },
      { share: '100%', hold: '10m' },
    ],
    early: false,
    keepOld: '10m',
  },
  blueGreen: { bake: '5m', keepOld: '30m' },
  rolling: { maxSurge: '25%', maxUnavailable: 0, hold: '0s' },
  ab: {
    goal: '/',
    significance: 0.95,
    maxSamples: 20_000,
    limit: '14d',
    winner: 'automatic',
    keepOld: '10m',
  },
  immutable: { keepOld: '0s' },
  shadow: { share: '10%', hold: '10m', then: 'retire', keepOld: '10m' },
  steps: { keepOld: '10m' },
  kubernetes: {
    cluster: 'default',
    namespace: 'default',
    port: 8080,
    pullPolicy: 'IfNotPresent',
    /** A drain goes on, and three quarters of a revision stay. */
    disruption: '25%',
    spread: ['zone', 'node'],
    antiAffinity: 'preferred',
    cpu: '70%',
    scaleUp: '0s',
    scaleDown: '5m',
    monitor: { path: '/metrics', interval: '30s' },
    metrics: {
      /** The scrape interval of the usual charts. */
      tick: '30s',
      delay: '10s',
      requests: 'http_requests_total',
      statusLabel: 'code',
      latency: 'http_request_duration_seconds',
      podLabel: 'pod',
    },
    retries: { perTryTimeout: '2s', on: 'connect-failure,refused-stream,unavailable,cancelled' },
  },
  measurement: {
    interval: '1m',
    initialDelay: '0s',
    timeout: '10s',
    failureLimit: 0,
    inconclusiveLimit: 0,
    /** As Argo Rollouts does. */
    errorLimit: 4,
  },
  check: { timeout: '10s', attempts: 3, status: 200 },
  /** A command may be a whole load test, and running it twice is the author's decision. */
  commandCheck: { timeout: '5m', attempts: 1 },
} as const;
