import type { JsonObject, JsonValue } from '@sluice/core/kernel/json.ts';

/** `spec` of a Rollout, once it has been found to have its shape; names and meanings are Argo's. */
export interface RolloutSpec {
  readonly replicas?: number;
  readonly selector?: { readonly matchLabels?: Readonly<Record<string, string>> };
  readonly workloadRef?: {
    readonly apiVersion: string;
    readonly kind: string;
    readonly name: string;
    readonly scaleDown?: string;
  };
  readonly strategy: { readonly canary?: CanaryStrategy; readonly blueGreen?: BlueGreenStrategy };
  readonly minReadySeconds?: number;
  readonly progressDeadlineSeconds?: number;
  readonly progressDeadlineAbort?: boolean;
  readonly revisionHistoryLimit?: number;
  readonly rollbackWindow?: { readonly revisions?: number };
  readonly paused?: boolean;
  readonly restartAt?: string;
  readonly analysis?: object;
}

/** Which templates to run, and with which arguments. */
export interface RolloutAnalysis {
  readonly templates: readonly TemplateReference[];
  readonly args?: readonly RolloutArgument[];
  readonly dryRun?: readonly MetricRule[];
  readonly measurementRetention?: readonly MetricRule[];
  readonly analysisRunMetadata?: object;
}

/** An AnalysisTemplate, or a ClusterAnalysisTemplate. */
export interface TemplateReference {
  readonly templateName: string;
  readonly clusterScope?: boolean;
}

/** An argument that a Rollout gives to its templates. */
export interface RolloutArgument {
  readonly name: string;
  readonly value?: string | number | boolean;
  readonly valueFrom?: {
    readonly podTemplateHashValue?: 'Stable' | 'Latest';
    readonly fieldRef?: { readonly fieldPath: string };
  };
}

/** A regular expression of the names of metrics. */
export interface MetricRule {
  readonly metricName: string;
}

/** How a text must look; exactly one of the three. */
export interface StringMatch {
  readonly exact?: string;
  readonly prefix?: string;
  readonly regex?: string;
}

/** One step of a canary; exactly one key is there. */
export interface CanaryStep {
  readonly setWeight?: number;
  readonly pause?: { readonly duration?: number | string };
  readonly setCanaryScale?: {
    readonly replicas?: number;
    readonly weight?: number;
    readonly matchTrafficWeight?: boolean;
  };
  readonly setHeaderRoute?: HeaderRoute;
  readonly setMirrorRoute?: MirrorRoute;
  readonly analysis?: RolloutAnalysis;
  readonly experiment?: ExperimentStep;
  readonly plugin?: { readonly name: string };
  readonly replicaProgressThreshold?: object;
}

/** Requests with these headers go to the canary; without a match the route of that name is taken away. */
export interface HeaderRoute {
  readonly name?: string;
  readonly match?: readonly { readonly headerName: string; readonly headerValue: StringMatch }[];
}

/** Copies of these requests go to the canary; without a match the route of that name is taken away. */
export interface MirrorRoute {
  readonly name: string;
  readonly percentage?: number;
  readonly match?: readonly {
    readonly method?: StringMatch;
    readonly path?: StringMatch;
    readonly headers?: Readonly<Record<string, StringMatch>>;
  }[];
}

/** Copies of either version that run beside the rollout for a time. */
export interface ExperimentStep {
  readonly duration?: string;
  readonly templates: readonly {
    readonly name: string;
    readonly specRef: 'stable' | 'canary';
    readonly replicas?: number;
    readonly weight?: number;
    readonly metadata?: object;
    readonly selector?: object;
    readonly service?: object;
  }[];
  readonly analyses?: readonly (TemplateReference & {
    readonly name: string;
    readonly requiredForCompletion?: boolean;
    readonly args?: readonly RolloutArgument[];
  })[];
  readonly dryRun?: readonly MetricRule[];
  readonly scaleDownDelaySeconds?: number;
  readonly analysisRunMetadata?: object;
}

/** A VirtualService whose routes are weighed. */
export interface VirtualServiceReference {
  readonly name: string;
  readonly routes?: readonly string[];
  readonly tlsRoutes?: readonly JsonObject[];
  readonly tcpRoutes?: readonly JsonObject[];
}

/** Who splits the traffic; without any the number of pods does. */
export interface TrafficRouting {
  readonly istio?: {
    readonly virtualService?: VirtualServiceReference;
    readonly virtualServices?: readonly VirtualServiceReference[];
    readonly destinationRule?: {
      readonly name: string;
      readonly canarySubsetName: string;
      readonly stableSubsetName: string;
    };
  };
  readonly plugins?: Readonly<Record<string, JsonValue>>;
  readonly managedRoutes?: readonly { readonly name: string }[];
  readonly maxTrafficWeight?: number;
  readonly [other: string]: unknown;
}

/** What both strategies have. */
interface CommonStrategy {
  readonly scaleDownDelaySeconds?: number;
  readonly scaleDownDelayRevisionLimit?: number;
  readonly abortScaleDownDelaySeconds?: number;
  readonly maxUnavailable?: number | string;
  readonly antiAffinity?: object;
}

/** Weight by weight. */
export interface CanaryStrategy extends CommonStrategy {
  readonly canaryService?: string;
  readonly stableService?: string;
  readonly pingPong?: { readonly pingService: string; readonly pongService: string };
  readonly steps?: readonly CanaryStep[];
  readonly trafficRouting?: TrafficRouting;
  readonly analysis?: RolloutAnalysis & { readonly startingStep?: number };
  readonly maxSurge?: number | string;
  readonly minPodsPerReplicaSet?: number;
  readonly dynamicStableScale?: boolean;
  readonly replicaProgressThreshold?: object;
  readonly canaryMetadata?: object;
  readonly stableMetadata?: object;
}

/** All at once, after a preview. */
export interface BlueGreenStrategy extends CommonStrategy {
  readonly activeService: string;
  readonly previewService?: string;
  readonly previewReplicaCount?: number;
  readonly autoPromotionEnabled?: boolean;
  readonly autoPromotionSeconds?: number;
  readonly prePromotionAnalysis?: RolloutAnalysis;
  readonly postPromotionAnalysis?: RolloutAnalysis;
  readonly activeMetadata?: object;
  readonly previewMetadata?: object;
}
