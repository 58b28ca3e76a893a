import type { JsonObject } from '@sluice/core/kernel/json.ts';
import type { MetricsSettings } from './metrics-settings.ts';
import type { RouterSettings } from './router-settings.ts';
import type { WorkloadSettings } from './workload-settings.ts';

/**
 * What a component says of Kubernetes, with every default filled in. Plain JSON: it is part of the revision and stored
 * with it. What every target knows (instances, health, resources, environment) stands in the component itself.
 */
export interface KubernetesSettings {
  readonly namespace: string;
  readonly workload: WorkloadSettings;
  /** The service account of the pods; null means `default` of the namespace, without a token. */
  readonly serviceAccount: ServiceAccountSettings | null;
  /** Null: the number of instances is fixed. */
  readonly autoscaling: AutoscalingSettings | null;
  /** Mode of a VerticalPodAutoscaler; null: none is made. */
  readonly verticalAutoscaling: 'off' | 'initial' | 'recreate' | null;
  /** Pods of a revision that a drain may take at once, as a number or `25%`; null: no budget is made. */
  readonly maxDisrupted: number | string | null;
  /** Null: no NetworkPolicy is made. */
  readonly network: NetworkSettings | null;
  /** Null: no ServiceMonitor is made. */
  readonly monitor: MonitorSettings | null;
  /** Who splits the traffic, from the edge inwards; at least one. */
  readonly routers: readonly RouterSettings[];
  /** Where evidence comes from; null: nothing is judged but health and checks. */
  readonly metrics: MetricsSettings | null;
  /** Limits of the namespace that come with the environment; null: none. */
  readonly limits: NamespaceLimits | null;
  /** Labels and annotations that are added to everything that is made. */
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

/** A service account that the pods run as. */
export interface ServiceAccountSettings {
  readonly name: string;
  /** Whether Sluice makes it. */
  readonly create: boolean;
  readonly annotations: Readonly<Record<string, string>>;
  /** Whether its token is mounted into the pods. */
  readonly token: boolean;
}

/** Bounds and measures of a HorizontalPodAutoscaler, one of which every revision has. */
export interface AutoscalingSettings {
  /** Most pods at the whole of the traffic; the fewest are the component's instances. */
  readonly maxInstances: number;
  /** Average processor use aimed at, in per cent of the request; null: not by processor. */
  readonly cpuPercent: number | null;
  /** Average memory use aimed at, in per cent of the request; null: not by memory. */
  readonly memoryPercent: number | null;
  /** Metrics of pods (`type: Pods`), such as the length of a queue, and the average aimed at as a Kubernetes quantity. */
  readonly podMetrics: readonly { readonly name: string; readonly average: string }[];
  /** Who follows the pool of a component of agents, which measures by itself; left out for everything else. */
  readonly pool?: { readonly scaler: 'hpa' | 'keda'; readonly sleeps: boolean };
  /** How fast it may grow and shrink. */
  readonly scaleUp: ScalingBehavior;
  readonly scaleDown: ScalingBehavior;
}

/** How fast an autoscaler may change the number of pods in one direction. */
export interface ScalingBehavior {
  /** The most careful wish of the last so many ms counts. */
  readonly stabilizationMs: number;
  /** The policy that allows the larger change counts; empty: as Kubernetes does by default. */
  readonly policies: readonly {
    readonly type: 'Pods' | 'Percent';
    readonly value: number;
    readonly periodMs: number;
  }[];
}

/** Who may reach the pods, and what they may reach. */
export interface NetworkSettings {
  /** Peers in the form of `spec.ingress[].from` of a NetworkPolicy; empty: everybody may reach the port. */
  readonly from: readonly JsonObject[];
  /** Rules in the form of `spec.egress`; null: going out is not restricted. */
  readonly to: readonly JsonObject[] | null;
}

/** What the Prometheus operator is told to scrape. */
export interface MonitorSettings {
  readonly path: string;
  /** Port of the container; 0 means the port of the component. */
  readonly port: number;
  readonly intervalMs: number;
  readonly labels: Readonly<Record<string, string>>;
}

/** A ResourceQuota and a LimitRange of the namespace; values are Kubernetes quantities. */
export interface NamespaceLimits {
  readonly quota: Readonly<Record<string, string>> | null;
  readonly container: {
    readonly default: Readonly<Record<string, string>>;
    readonly defaultRequest: Readonly<Record<string, string>>;
    readonly max: Readonly<Record<string, string>>;
    readonly min: Readonly<Record<string, string>>;
  } | null;
}
