import type { JsonObject } from '@sluice/core/kernel/json.ts';
import { revisionId, type TrackId } from '@sluice/core/kernel/ids.ts';
import type { ComponentSpec } from '@sluice/core/rollout/component-spec.ts';
import type { KubernetesSettings } from '@sluice/kubernetes/settings/kubernetes-settings.ts';
import type { ContainerSettings } from '@sluice/kubernetes/settings/workload-settings.ts';
import type { RevisionRecord } from '../revision-record.ts';
import { testComponent } from './test-revision.ts';

/** For tests: one container in a namespace, without anything that is not asked for. */
export const testSettings = (
  namespace: string,
  changes: Partial<KubernetesSettings> = {},
): KubernetesSettings => ({
  namespace,
  workload: testContainer(),
  serviceAccount: null,
  autoscaling: null,
  verticalAutoscaling: null,
  maxDisrupted: null,
  network: null,
  monitor: null,
  routers: [{ kind: 'service' }],
  metrics: null,
  limits: null,
  labels: {},
  annotations: {},
  ...changes,
});

/** For tests: a container of an image that is never pulled. */
export const testContainer = (changes: Partial<ContainerSettings> = {}): ContainerSettings => ({
  kind: 'container',
  image: 'registry.example/web:1.0',
  pullPolicy: 'IfNotPresent',
  command: [],
  args: [],
  port: 8080,
  requests: { cpuMillis: 0, memoryBytes: 0 },
  livenessPath: null,
  files: {},
  writableFolders: [],
  secretKeys: {},
  pullSecrets: [],
  security: { user: 1000, allowRoot: false, writableRoot: false, capabilities: [] },
  placement: {
    nodeSelector: {},
    tolerations: [],
    priorityClass: null,
    spreadOver: [],
    antiAffinity: 'none',
  },
  ...changes,
});

/** For tests: a component that a cluster runs. */
export const clusterComponent = (
  settings: KubernetesSettings,
  changes: Partial<ComponentSpec> = {},
): ComponentSpec =>
  testComponent({
    workload: { on: 'cluster', cluster: 'test', settings: settings as unknown as JsonObject },
    health: { path: '/', withinMs: 10_000, intervalMs: 1_000, timeoutMs: 1_000, failures: 3 },
    ...changes,
  });

/** For tests: a revision of a track by its number. */
export const clusterRevision = (
  track: TrackId,
  number: number,
  settings: KubernetesSettings,
  changes: Partial<ComponentSpec> = {},
): RevisionRecord => ({
  id: revisionId(`web-${String(number).padStart(12, '0')}`),
  track,
  version: `v${number}`,
  component: clusterComponent(settings, changes),
  checks: [],
  directory: null,
});
