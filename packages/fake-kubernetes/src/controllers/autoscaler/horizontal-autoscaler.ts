import type { ApiObject, Condition } from '../objects/api-object.ts';
import type { Resource } from '../objects/resource.ts';

/** A HorizontalPodAutoscaler of autoscaling/v2, as far as it is played. */
export interface HorizontalAutoscaler extends ApiObject {
  readonly spec: {
    readonly scaleTargetRef: { readonly apiVersion?: string; readonly kind: string; readonly name: string };
    readonly minReplicas?: number;
    readonly maxReplicas: number;
    readonly metrics?: readonly MetricSpec[];
    readonly behavior?: { readonly scaleUp?: ScalingRules; readonly scaleDown?: ScalingRules };
  };
  readonly status?: HorizontalAutoscalerStatus;
}

/** How an autoscaler is. */
export interface HorizontalAutoscalerStatus {
  readonly observedGeneration?: number;
  readonly lastScaleTime?: string;
  readonly currentReplicas?: number;
  readonly desiredReplicas: number;
  readonly currentMetrics?: readonly object[] | null;
  readonly conditions?: readonly Condition[];
}

/** What is aimed at, by processor or memory of the pods or by a metric that they export. */
export type MetricSpec =
  | { readonly type: 'Resource'; readonly resource: { readonly name: string; readonly target: MetricTarget } }
  | {
      readonly type: 'ContainerResource';
      readonly containerResource: {
        readonly name: string;
        readonly container: string;
        readonly target: MetricTarget;
      };
    }
  | {
      readonly type: 'Pods';
      readonly pods: { readonly metric: { readonly name: string }; readonly target: MetricTarget };
    }
  | {
      readonly type: 'External';
      readonly external: { readonly metric: { readonly name: string }; readonly target: MetricTarget };
    }
  | {
      readonly type: 'Object';
      readonly object: { readonly metric: { readonly name: string }; readonly target: MetricTarget };
    };

/** The value that is aimed at. */
export interface MetricTarget {
  readonly type: 'Utilization' | 'AverageValue' | 'Value';
  readonly averageUtilization?: number;
  readonly averageValue?: string;
  readonly value?: string;
}

/** How fast the number may change in one direction. */
export interface ScalingRules {
  readonly stabilizationWindowSeconds?: number;
  readonly selectPolicy?: 'Max' | 'Min' | 'Disabled';
  readonly policies?: readonly ScalingPolicy[];
  readonly tolerance?: string;
}

/** One bound of a change within a period. */
export interface ScalingPolicy {
  readonly type: 'Pods' | 'Percent';
  readonly value: number;
  readonly periodSeconds: number;
}

/** HorizontalPodAutoscalers of autoscaling/v2. */
export const AUTOSCALERS: Resource<HorizontalAutoscaler> = {
  group: 'autoscaling',
  version: 'v2',
  plural: 'horizontalpodautoscalers',
  kind: 'HorizontalPodAutoscaler',
  namespaced: true,
};
