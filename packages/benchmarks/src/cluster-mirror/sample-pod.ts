import type { JsonObject } from '@sluice/core/kernel/json.ts';

/** Pods of one revision; they share everything that the template says. */
const PODS_PER_REVISION = 10;

/** Variables of the container, as a service of some size has them. */
const VARIABLES = 20;

/** The pod with this number as an API server tells it, with who owns which field: about five kilobytes of JSON. */
export function samplePod(at: number, version: number): JsonObject {
  const revision = Math.floor(at / PODS_PER_REVISION);
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: metadataOf(at, revision, version),
    spec: specOf(at, revision),
    status: statusOf(at, revision),
  };
}

function metadataOf(at: number, revision: number, version: number): JsonObject {
  const set = `web-${revision}-6d4cf56db6`;
  return {
    name: `${set}-${at.toString(36).padStart(5, 'x')}`,
    namespace: `team-${revision % 50}`,
    uid: `574816a7-4f03-42aa-a1be-${String(at).padStart(12, '0')}`,
    resourceVersion: String(version),
    creationTimestamp: '2026-11-21T10:00:00Z',
    labels: {
      'app.kubernetes.io/managed-by': 'sluice',
      'app.kubernetes.io/part-of': 'storefront',
      'app.kubernetes.io/name': `web-${revision}`,
      'sluice.dev/revision': `rev-${revision}`,
      'pod-template-hash': '6d4cf56db6',
    },
    annotations: {
      'sluice.dev/track': `storefront/production/web-${revision}`,
      'sluice.dev/generation': '7',
    },
    ownerReferences: [
      { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: set, uid: `b7b5c2f0-${revision}`, controller: true },
    ],
    managedFields: ['kube-controller-manager', 'kubelet'].map((manager) => ({
      manager,
      operation: 'Update',
      apiVersion: 'v1',
      time: '2026-11-21T10:00:00Z',
      fieldsType: 'FieldsV1',
      fieldsV1: {
        'f:metadata': ownedLabels(),
        'f:spec': { 'f:containers': { 'k:{"name":"web"}': ownedLabels() } },
      },
    })),
  };
}

function ownedLabels(): JsonObject {
  const names = [
    'image',
    'imagePullPolicy',
    'name',
    'ports',
    'readinessProbe',
    'resources',
    'env',
    'volumeMounts',
  ];
  return Object.fromEntries(names.map((name) => [`f:${name}`, { '.': {}, 'f:value': {} }]));
}

function specOf(at: number, revision: number): JsonObject {
  const probe = {
    httpGet: { path: '/health', port: 8080, scheme: 'HTTP' },
    periodSeconds: 5,
    failureThreshold: 3,
  };
  return {
    nodeName: `node-${at % 300}`,
    serviceAccountName: 'default',
    schedulerName: 'default-scheduler',
    restartPolicy: 'Always',
    terminationGracePeriodSeconds: 30,
    securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
    tolerations: ['not-ready', 'unreachable'].map((name) => ({
      key: `node.kubernetes.io/${name}`,
      operator: 'Exists',
      effect: 'NoExecute',
      tolerationSeconds: 300,
    })),
    volumes: [
      { name: 'kube-api-access', projected: { sources: [{ serviceAccountToken: { path: 'token' } }] } },
    ],
    containers: [
      {
        name: 'web',
        image: `registry.example.com/storefront/web:1.${revision}.0`,
        imagePullPolicy: 'IfNotPresent',
        ports: [{ name: 'http', containerPort: 8080, protocol: 'TCP' }],
        resources: { requests: { cpu: '250m', memory: '256Mi' }, limits: { memory: '512Mi' } },
        readinessProbe: probe,
        livenessProbe: probe,
        startupProbe: probe,
        securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
        env: Array.from({ length: VARIABLES }, (_, number) => ({
          name: `SETTING_${number}`,
          value: `https://service-${number}.team-${revision % 50}.svc:8443/${revision}`,
        })),
      },
    ],
  };
}

function statusOf(at: number, revision: number): JsonObject {
  const times = { lastProbeTime: null, lastTransitionTime: '2026-11-21T10:00:05Z' };
  const types = ['PodReadyToStartContainers', 'Initialized', 'Ready', 'ContainersReady', 'PodScheduled'];
  const image = `registry.example.com/storefront/web:1.${revision}.0`;
  return {
    phase: 'Running',
    hostIP: `10.0.0.${at % 250}`,
    podIP: `10.1.${Math.floor(at / 250)}.${at % 250}`,
    startTime: '2026-11-21T10:00:01Z',
    conditions: types.map((type) => ({ type, status: 'True', ...times })),
    containerStatuses: [
      {
        name: 'web',
        image,
        imageID: `${image}@sha256:${'ab12'.repeat(16)}`,
        containerID: `containerd://${String(at).padStart(64, '0')}`,
        ready: true,
        started: true,
        restartCount: 0,
        state: { running: { startedAt: '2026-11-21T10:00:03Z' } },
      },
    ],
  };
}
