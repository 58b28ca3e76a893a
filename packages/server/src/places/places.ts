import type { ComponentSpec } from '@sluice/core/rollout/component-spec.ts';
import type { MetricsProvider } from '../metrics/metrics-provider.ts';
import type { TrafficRouter } from '../routing/traffic-router.ts';
import type { Target } from '../targets/target.ts';

/** Where a component runs, who sends requests to it, and who counts them. */
export interface Place {
  readonly target: Target;
  readonly router: TrafficRouter;
  readonly metrics: MetricsProvider;
}

/** Finds the place of a component by its workload. */
export interface Places {
  /** Never throws: a place that cannot be reached, or is not known, says so whenever it is asked for anything. */
  of(component: ComponentSpec): Place;
}

/** The same place for every component. */
export const onlyPlace = (place: Place): Places => ({ of: () => place });
