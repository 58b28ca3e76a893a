import type { JsonObject } from '@sluice/core/kernel/json.ts';
import type { PoolSpec } from '@sluice/core/tasks/pool-spec.ts';
import type {
  KubernetesSettings,
  MonitorSettings,
  NetworkSettings,
  ServiceAccountSettings,
} from '@sluice/kubernetes/settings/kubernetes-settings.ts';
import type { WorkloadSettings } from '@sluice/kubernetes/settings/workload-settings.ts';
import { DEFAULTS } from '../../language/defaults.ts';
import type { KubernetesInput } from '../../language/kubernetes/kubernetes-language.ts';
import { defaultMs } from '../default-value.ts';
import type { ClusterPlace } from '../placed-target.ts';
import { resolveMetrics } from './resolve-metrics.ts';
import { type RoutedComponent, resolveRouters } from './resolve-routers.ts';
import { poolAutoscaling, resolveAutoscaling, resolveLimits } from './resolve-scaling.ts';

/** What the settings of a component in a cluster depend on beside the block `kubernetes`. */
export interface SettingsParts extends RoutedComponent {
  readonly place: ClusterPlace;
  readonly workload: WorkloadSettings;
  readonly baseDirectory: string;
  readonly instances: number;
  /** How many workers there are, of a component of agents that says so. */
  readonly pool: PoolSpec | undefined;
}

/** What a component says of Kubernetes, with every default filled in. */
export function resolveKubernetes(block: KubernetesInput, parts: SettingsParts): KubernetesSettings {
  const routers = resolveRouters(block.router, parts);
  const vpa = block.vpa ?? 'none';
  const disruption = block.disruption ?? DEFAULTS.kubernetes.disruption;
  return {
    namespace: namespaceOf(block, parts.place),
    workload: parts.workload,
    serviceAccount: resolveServiceAccount(block['service-account']),
    autoscaling: poolAutoscaling(parts.pool, parts.instances) ?? resolveAutoscaling(block.autoscale),
    verticalAutoscaling: vpa === 'none' ? null : vpa,
    maxDisrupted: disruption === 'off' ? null : disruption,
    network: resolveNetwork(block.network),
    monitor: resolveMonitor(block.monitor),
    routers,
    metrics: resolveMetrics(block.metrics, routers, parts.baseDirectory),
    limits: resolveLimits(block.limits),
    labels: block.labels ?? {},
    annotations: block.annotations ?? {},
  };
}

/** The namespace of a component in a cluster: that of its target, else that of the block, else `default`. */
export const namespaceOf = (
  block: { readonly namespace?: string | undefined },
  place: ClusterPlace,
): string => place.namespace ?? block.namespace ?? DEFAULTS.kubernetes.namespace;

function resolveServiceAccount(account: KubernetesInput['service-account']): ServiceAccountSettings | null {
  if (account === undefined) return null;
  if (typeof account === 'string') return { name: account, create: false, annotations: {}, token: false };
  return {
    name: account.name,
    create: account.create ?? false,
    annotations: account.annotations ?? {},
    token: account.token ?? false,
  };
}

function resolveNetwork(network: KubernetesInput['network']): NetworkSettings | null {
  if (network === undefined || network === 'off') return null;
  const parts = (list: readonly Readonly<Record<string, unknown>>[]): readonly JsonObject[] =>
    list.map((part) => part as JsonObject);
  return { from: parts(network.from ?? []), to: network.to === undefined ? null : parts(network.to) };
}

function resolveMonitor(monitor: KubernetesInput['monitor']): MonitorSettings | null {
  if (monitor === undefined || monitor === 'off') return null;
  const written = monitor === 'on' ? {} : monitor;
  const byDefault = DEFAULTS.kubernetes.monitor;
  return {
    path: written.path ?? byDefault.path,
    port: written.port ?? 0,
    intervalMs: written.interval ?? defaultMs(byDefault.interval),
    labels: written.labels ?? {},
  };
}
