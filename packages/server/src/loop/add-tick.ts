import type { ArmCounts } from '../metrics/metrics-provider.ts';
import type { TrafficSums } from '../store/traffic/traffic-minutes.ts';

/** The sums of no traffic at all. */
export const NO_TRAFFIC: TrafficSums = { requests: 0, errors: 0, seconds: 0, sumErrorsSquared: 0 };

/** Sums with one more tick of a revision, whole seconds long. */
export const addTick = (
  sums: TrafficSums,
  arm: Pick<ArmCounts, 'requests' | 'errors'>,
  durationMs: number,
): TrafficSums => ({
  requests: sums.requests + arm.requests,
  errors: sums.errors + arm.errors,
  seconds: sums.seconds + Math.round(durationMs / 1000),
  sumErrorsSquared: sums.sumErrorsSquared + arm.errors ** 2,
});
