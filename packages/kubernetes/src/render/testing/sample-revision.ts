import { revisionId, trackId } from '@sluice/core/kernel/ids.ts';
import type { ComponentSpec } from '@sluice/core/rollout/component-spec.ts';
import { SAMPLE_CANARY, sampleComponent } from '@sluice/core/rollout/testing/sample-component.ts';
import type { KubernetesSettings } from '../../settings/kubernetes-settings.ts';
import type { ContainerSettings } from '../../settings/workload-settings.ts';
import type { RenderedRevision } from '../rendered-revision.ts';

/** A container of which only the image is said. */
export const SAMPLE_CONTAINER: ContainerSettings = {
  kind: 'container',
  image: 'registry.example/shop/web:1.4.2',
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
  security: { user: null, allowRoot: false, writableRoot: false, capabilities: [] },
  placement: {
    nodeSelector: {},
    tolerations: [],
    priorityClass: null,
    spreadOver: ['topology.kubernetes.io/zone', 'kubernetes.io/hostname'],
    antiAffinity: 'none',
  },
};

/** Settings with little beside a container and a route of the Gateway API. */
export const SAMPLE_SETTINGS: KubernetesSettings = {
  namespace: 'shop',
  workload: SAMPLE_CONTAINER,
  serviceAccount: null,
  autoscaling: null,
  verticalAutoscaling: null,
  maxDisrupted: '25%',
  network: null,
  monitor: null,
  routers: [
    {
      kind: 'gateway-api',
      route: 'HTTPRoute',
      name: null,
      parents: [{ kind: 'Gateway', name: 'public', namespace: 'gateways', section: null }],
      sessionCookie: null,
      timeoutMs: null,
    },
  ],
  metrics: null,
  limits: null,
  labels: {},
  annotations: {},
};

/** A revision of the component `web` of the shop in production, four instances at the whole of the traffic. */
export function sampleRevision(
  settings: Partial<KubernetesSettings> = {},
  component: Partial<ComponentSpec> = {},
): RenderedRevision {
  const whole = { ...SAMPLE_SETTINGS, ...settings };
  return {
    track: trackId('shop', 'production', 'web'),
    revision: revisionId('web-5e1f0c9a7b42'),
    version: 'v1.4.2',
    application: 'shop',
    environment: 'production',
    component: {
      ...sampleComponent(SAMPLE_CANARY),
      // Nobody who renders reads the settings in the component: they are given beside it, with their type.
      workload: { on: 'cluster', cluster: 'default', settings: {} },
      ...component,
    },
    settings: whole,
  };
}
