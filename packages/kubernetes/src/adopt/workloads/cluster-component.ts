import type { JsonObject } from '@sluice/core/kernel/json.ts';
import type { ComponentSpec, RequestPolicy, RouteSpec } from '@sluice/core/rollout/component-spec.ts';
import type { StrategySpec } from '@sluice/core/rollout/strategy-spec.ts';
import type { KubernetesSettings } from '../../settings/kubernetes-settings.ts';
import type { AdoptionSettings } from '../adoption.ts';
import { healthOf, resourcesOf, servingContainer } from './instance-facts.ts';
import type { PodTemplate } from './pod-template.ts';

/** What the parts of an adopted component are put together from. */
export interface ComponentParts {
  readonly name: string;
  readonly instances: number;
  readonly template: PodTemplate;
  readonly port: number | null;
  readonly kubernetes: KubernetesSettings;
  readonly strategy: StrategySpec;
  readonly route?: RouteSpec;
  readonly request?: Partial<RequestPolicy>;
}

/** Longest wait for the head of an answer when the files say nothing, in ms; as for components of one machine. */
const DEFAULT_TIMEOUT_MS = 60_000;

/** An adopted component in the words of the engine. Variables stay in the template, which is taken as it is. */
export function clusterComponent(parts: ComponentParts, settings: AdoptionSettings): ComponentSpec {
  const { name, instances, template, port, kubernetes, strategy } = parts;
  return {
    name,
    workload: {
      on: 'cluster',
      cluster: settings.cluster,
      // Settings are plain JSON by their own docstring; only an index signature is missing.
      settings: kubernetes as unknown as JsonObject,
    },
    instances,
    route: parts.route ?? { host: null, path: '/' },
    request: { protocol: 'http1', timeoutMs: DEFAULT_TIMEOUT_MS, maxBodyBytes: 0, ...parts.request },
    health: healthOf(servingContainer(template, port)),
    env: {},
    secrets: {},
    needs: [],
    resources: resourcesOf(template),
    drainMs: template.graceSeconds * 1000,
    user: strategy.sticky,
    strategy,
  };
}

/** Settings of an adopted workload that makes nothing beside itself. */
export const plainSettings = (
  namespace: string,
  workload: KubernetesSettings['workload'],
): KubernetesSettings => ({
  namespace,
  workload,
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
});
