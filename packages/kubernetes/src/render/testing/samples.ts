import type { JsonObject } from '@sluice/core/kernel/json.ts';
import type { AutoscalingSettings } from '../../settings/kubernetes-settings.ts';
import type { InPlaceSettings, TemplateSettings } from '../../settings/workload-settings.ts';
import type { RenderedRevision, RevisionOrder } from '../rendered-revision.ts';
import { SAMPLE_CONTAINER, sampleRevision } from './sample-revision.ts';

/** A revision and an order for it, under a name that says what it shows. */
export interface Sample {
  readonly name: string;
  readonly of: RenderedRevision;
  readonly order: RevisionOrder;
}

const order: RevisionOrder = { instances: 4, generation: 17 };

const scaling: AutoscalingSettings = {
  maxInstances: 20,
  cpuPercent: 70,
  memoryPercent: 80,
  podMetrics: [{ name: 'queue_length', average: '30' }],
  scaleUp: {
    stabilizationMs: 0,
    policies: [
      { type: 'Percent', value: 100, periodMs: 15_000 },
      { type: 'Pods', value: 4, periodMs: 15_000 },
    ],
  },
  scaleDown: { stabilizationMs: 300_000, policies: [{ type: 'Percent', value: 10, periodMs: 60_000 }] },
};

const full = sampleRevision(
  {
    workload: {
      ...SAMPLE_CONTAINER,
      pullPolicy: 'Always',
      command: ['/bin/web'],
      args: ['--config', '/etc/web/config.toml'],
      requests: { cpuMillis: 250, memoryBytes: 0 },
      livenessPath: '/live',
      files: {
        '/etc/web/config.toml': 'listen = "0.0.0.0:8080"\n\n[cache]\nseconds = 30\n',
        '/etc/web/banner': 'yes',
        '/usr/share/other/banner': 'no',
      },
      writableFolders: ['/var/cache/web', '/tmp'],
      secretKeys: { SMTP_PASSWORD: { secret: 'mail', key: 'password' } },
      pullSecrets: ['registry'],
      security: { user: 10_001, allowRoot: false, writableRoot: false, capabilities: ['NET_BIND_SERVICE'] },
      placement: {
        nodeSelector: { 'kubernetes.io/arch': 'amd64' },
        tolerations: [{ key: 'dedicated', operator: 'Equal', value: 'web', effect: 'NoSchedule' }],
        priorityClass: 'business-critical',
        spreadOver: ['topology.kubernetes.io/zone'],
        antiAffinity: 'preferred',
      },
    },
    serviceAccount: {
      name: 'web',
      create: true,
      annotations: { 'iam.example/role': 'web' },
      token: true,
    },
    autoscaling: { ...scaling, memoryPercent: null, podMetrics: [] },
    verticalAutoscaling: 'initial',
    maxDisrupted: 1,
    network: {
      from: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'gateways' } } }],
      to: [{ to: [{ ipBlock: { cidr: '10.20.0.0/16' } }], ports: [{ protocol: 'TCP', port: 5432 }] }],
    },
    monitor: { path: '/metrics', port: 9090, intervalMs: 15_000, labels: { release: 'prometheus' } },
    labels: { team: 'storefront', 'app.kubernetes.io/managed-by': 'somebody-else' },
    annotations: { 'example.com/on-call': 'storefront@example.com' },
  },
  {
    env: { LOG_LEVEL: 'info', GREETING: 'costs $(PRICE) or $$5', FEATURES: 'on' },
    secrets: { DATABASE_URL: { from: 'environment', name: 'SHOP_DATABASE_URL' } },
    resources: { cpuMillis: 1500, memoryBytes: 512 * 1024 ** 2 },
  },
);

const rolloutTemplate: TemplateSettings = {
  kind: 'template',
  template: {
    metadata: {
      labels: { app: 'checkout', 'app.kubernetes.io/name': 'checkout' },
      annotations: { 'prometheus.io/scrape': 'true' },
    },
    spec: {
      containers: [
        {
          name: 'checkout',
          image: 'registry.example/shop/checkout:2.0.0',
          ports: [{ name: 'http', containerPort: 9898 }],
          envFrom: [{ configMapRef: { name: 'checkout-flags' } }, { secretRef: { name: 'shared-keys' } }],
          env: [
            {
              name: 'TOKEN',
              valueFrom: { secretKeyRef: { name: 'checkout-token', key: 'token' } },
            },
          ],
          volumeMounts: [{ name: 'conf', mountPath: '/etc/checkout' }],
        },
      ],
      volumes: [
        {
          name: 'conf',
          projected: {
            sources: [{ configMap: { name: 'checkout-flags' } }, { secret: { name: 'checkout-token' } }],
          },
        },
      ],
    },
  },
  selector: { app: 'checkout' },
  port: 9898,
  minReadySeconds: 10,
  service: {
    name: 'checkout',
    ports: [{ name: 'http', port: 9898, targetPort: 'http', appProtocol: null }],
  },
  besides: [
    {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'checkout-flags', labels: { app: 'checkout' } },
      data: { express: 'on' },
    },
    {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'checkout-token' },
      data: { token: 'c2VjcmV0' },
    },
    {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'dashboard' },
      data: { 'checkout.json': '{}' },
    },
  ],
};

/** A workload of a user's own, with the pods of a small database. */
const declared = (kind: InPlaceSettings['workload'], spec: JsonObject): InPlaceSettings => ({
  kind: 'in-place',
  workload: kind,
  name: 'ledger',
  object: {
    apiVersion: 'apps/v1',
    kind,
    metadata: { name: 'ledger', labels: { app: 'ledger' } },
    spec: {
      selector: { matchLabels: { app: 'ledger' } },
      ...spec,
      template: {
        metadata: { labels: { app: 'ledger' } },
        spec: {
          containers: [
            {
              name: 'ledger',
              image: 'registry.example/shop/ledger:7',
              ports: [{ containerPort: 5432 }],
            },
          ],
        },
      },
    },
  },
  port: 5432,
});

/** What the golden files show, and what every rule about rendered objects is tried on. */
export const SAMPLES: readonly Sample[] = [
  { name: 'minimal-service', of: sampleRevision(), order },
  {
    name: 'full-service',
    of: full,
    order: {
      ...order,
      secretData: { DATABASE_URL: 'postgres://shop:hunter2@db/shop' },
      secretDigest: '9f86d081884c7d65',
    },
  },
  {
    name: 'autoscaled-candidate',
    of: sampleRevision({ autoscaling: scaling, verticalAutoscaling: 'recreate' }, { instances: 8 }),
    order: { instances: 1, generation: 18 },
  },
  {
    name: 'template-from-a-rollout',
    of: sampleRevision({
      workload: rolloutTemplate,
      labels: { team: 'payments' },
      routers: [{ kind: 'service' }],
    }),
    order: { instances: 2, generation: 3 },
  },
  {
    name: 'worker-without-a-port',
    of: sampleRevision({
      workload: { ...rolloutTemplate, port: null, besides: [] },
      monitor: { path: '/metrics', port: 9100, intervalMs: 30_000, labels: {} },
      network: { from: [], to: null },
    }),
    order,
  },
  {
    name: 'in-place-stateful-set',
    of: sampleRevision(
      { workload: declared('StatefulSet', { serviceName: 'ledger', replicas: 1 }) },
      { instances: 5 },
    ),
    order: { instances: 2, generation: 9 },
  },
  {
    name: 'in-place-daemon-set',
    of: sampleRevision({
      workload: declared('DaemonSet', { updateStrategy: { type: 'RollingUpdate' } }),
      monitor: { path: '/metrics', port: 9187, intervalMs: 30_000, labels: {} },
    }),
    order: { instances: 1, generation: 9 },
  },
  {
    name: 'in-place-deployment',
    of: sampleRevision({ workload: declared('Deployment', { replicas: 9, strategy: { type: 'Recreate' } }) }),
    order: { instances: 1, generation: 9 },
  },
  {
    name: 'istio-security',
    of: sampleRevision({
      routers: [
        {
          kind: 'istio',
          virtualService: null,
          gateways: ['mesh'],
          hosts: ['web'],
          timeoutMs: null,
          retries: null,
          fault: null,
          outlierDetection: null,
          connectionPool: null,
          locality: null,
          mutualTls: 'STRICT',
          allow: [{ from: [{ source: { namespaces: ['shop', 'gateways'] } }] }],
        },
      ],
    }),
    order,
  },
  {
    name: 'istio-traffic-policy',
    of: sampleRevision({
      routers: [
        {
          kind: 'istio',
          virtualService: null,
          gateways: ['mesh'],
          hosts: [],
          timeoutMs: null,
          retries: null,
          fault: null,
          outlierDetection: { consecutive5xxErrors: 5, interval: '10s', baseEjectionTime: '30s' },
          connectionPool: { http: { http1MaxPendingRequests: 100, maxRequestsPerConnection: 0 } },
          locality: { enabled: true, failoverPriority: ['topology.kubernetes.io/zone'] },
          mutualTls: null,
          allow: null,
        },
      ],
    }),
    order,
  },
  {
    name: 'environment-limits',
    of: sampleRevision({
      limits: {
        quota: { 'requests.cpu': '20', 'requests.memory': '40Gi', pods: '100' },
        container: {
          default: { memory: '512Mi' },
          defaultRequest: { cpu: '100m', memory: '256Mi' },
          max: { memory: '4Gi' },
          min: {},
        },
      },
    }),
    order,
  },
];
