import type { JsonObject } from '@sluice/core/kernel/json.ts';

/** `spec` of a Canary, after it was found to have the shape that its definition demands. */
export interface CanarySpec {
  readonly provider?: string;
  readonly metricsServer?: string;
  readonly progressDeadlineSeconds?: number;
  readonly targetRef: { readonly apiVersion: string; readonly kind: string; readonly name: string };
  readonly autoscalerRef?: {
    readonly kind: string;
    readonly name: string;
    readonly primaryScalerQueries?: Readonly<Record<string, string>>;
    readonly primaryScalerReplicas?: { readonly minReplicas?: number; readonly maxReplicas?: number };
  };
  readonly ingressRef?: { readonly name: string };
  readonly routeRef?: { readonly name: string };
  readonly upstreamRef?: { readonly name: string };
  readonly service?: CanaryService;
  readonly skipAnalysis?: boolean;
  readonly revertOnDeletion?: boolean;
  readonly suspend?: boolean;
  readonly analysis: CanaryAnalysis;
}

/** How a Canary's target is reached. */
export interface CanaryService {
  readonly name?: string;
  readonly port: number;
  readonly portName?: string;
  readonly appProtocol?: string;
  readonly trafficDistribution?: string;
  readonly targetPort?: number | string;
  readonly portDiscovery?: boolean;
  readonly headless?: boolean;
  readonly timeout?: string;
  readonly backendTimeout?: string;
  readonly hosts?: readonly string[];
  readonly delegation?: boolean;
  readonly match?: readonly RouteMatch[];
  readonly retries?: {
    readonly attempts?: number;
    readonly perTryTimeout?: string;
    readonly retryOn?: string;
  };
  readonly rewrite?: { readonly uri?: string; readonly authority?: string; readonly type?: string };
  readonly gateways?: readonly string[];
  readonly gatewayRefs?: readonly GatewayReference[];
  readonly trafficPolicy?: JsonObject;
  readonly [more: string]: unknown;
}

/** A parent of the route that Flagger makes. */
export interface GatewayReference {
  readonly kind?: string;
  readonly name: string;
  readonly namespace?: string;
  readonly sectionName?: string;
  readonly port?: number;
}

/** One way of comparing a text. */
export interface TextPattern {
  readonly exact?: string;
  readonly prefix?: string;
  readonly suffix?: string;
  readonly regex?: string;
}

/** Which requests a route takes; only `uri` by prefix is read further. */
export interface RouteMatch {
  readonly uri?: TextPattern;
  readonly [more: string]: unknown;
}

/** Which requests of an A/B test go to the canary. */
export interface TestMatch {
  readonly headers?: Readonly<Record<string, TextPattern>>;
  readonly queryParams?: Readonly<Record<string, TextPattern>>;
  readonly sourceLabels?: Readonly<Record<string, string>>;
}

/** How a new version is examined. */
export interface CanaryAnalysis {
  readonly interval: string;
  readonly iterations?: number;
  readonly threshold: number;
  readonly maxWeight?: number;
  readonly stepWeight?: number;
  readonly stepWeights?: readonly number[];
  readonly stepWeightPromotion?: number;
  readonly mirror?: boolean;
  readonly mirrorWeight?: number;
  readonly primaryReadyThreshold?: number;
  readonly canaryReadyThreshold?: number;
  readonly match?: readonly TestMatch[];
  readonly metrics?: readonly CanaryMetric[];
  readonly alerts?: readonly { readonly name: string }[];
  readonly webhooks?: readonly CanaryWebhook[];
  readonly sessionAffinity?: { readonly cookieName: string; readonly [attribute: string]: unknown };
}

/** A figure that must stay within bounds. */
export interface CanaryMetric {
  readonly name: string;
  readonly interval?: string;
  readonly threshold?: number;
  readonly thresholdRange?: { readonly min?: number; readonly max?: number };
  readonly query?: string;
  readonly templateRef?: { readonly name: string; readonly namespace?: string };
  readonly templateVariables?: Readonly<Record<string, string>>;
}

/** The eight moments at which Flagger calls somebody. */
export type WebhookType =
  | 'confirm-rollout'
  | 'pre-rollout'
  | 'rollout'
  | 'confirm-traffic-increase'
  | 'confirm-promotion'
  | 'post-rollout'
  | 'rollback'
  | 'event';

/** Somebody outside who is asked or told. */
export interface CanaryWebhook {
  readonly name: string;
  readonly type?: WebhookType | '';
  readonly url: string;
  readonly timeout?: string;
  readonly retries?: number;
  readonly disableTLS?: boolean;
  readonly metadata?: Readonly<Record<string, string>>;
}

/** `spec` of a MetricTemplate. */
export interface MetricTemplateSpec {
  readonly provider: {
    readonly type: string;
    readonly address?: string;
    readonly headers?: Readonly<Record<string, readonly string[]>>;
    readonly secretRef?: { readonly name: string };
    readonly insecureSkipVerify?: boolean;
  };
  readonly query: string;
}
