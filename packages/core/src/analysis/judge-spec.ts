/** How much each kind of evidence counts, each at least 0; cost where it is judged. */
export interface EvidenceWeights {
  readonly errors: number;
  readonly latency: number;
  readonly custom: number;
  readonly cost?: number;
}

/** What a rollout asks of the judge; fixed when the rollout starts. */
export interface JudgeSpec {
  /** The highest probability that a release no worse than stable is rolled back, over all metrics and all looks. */
  readonly alpha: number;
  /** The highest probability that a release which is `rPass` times worse is passed early. */
  readonly beta: number;
  /** Early promotion needs proof that the odds of failure are below this multiple of stable's. */
  readonly rPass: number;
  /** The error rate that the service promises not to exceed, a fraction. */
  readonly sloErrorRate: number;
  /**
   * Early promotion is also given for proof that the candidate's error rate is below this fraction, whatever the
   * ratio; without it, two arms without a single error could never pass. Null: only the ratio counts.
   */
  readonly passErrorRate: number | null;
  /** Differences up to this ratio are not held against a release; `auto` is 1 below 100 requests/s and 1.1 above. */
  readonly minEffect: number | 'auto';
  /**
   * How much longer than stable's a candidate's answer may take before it counts as slow, in milliseconds, at least 0:
   * a process with little traffic is a little slower than one that is busy, whatever was released.
   */
  readonly latencyToleranceMs: number;
  /**
   * How many times what stable's work costs the candidate's may cost before it counts as dear, at least 1; left out where cost is
   * not judged.
   */
  readonly costTolerance?: number;
  /** How long after each start of a candidate instance its ticks count as warming up, in milliseconds. */
  readonly warmUpMs: number;
  /** Shares of the evidence; renormalised over the metrics that exist when the rollout starts. */
  readonly weights: EvidenceWeights;
  /** The custom metrics that are judged, by their name in `Tick.custom`; they share one weight equally. */
  readonly custom: readonly string[];
  /** Silence of the candidate for this long, while traffic was expected, is called no data; in milliseconds. */
  readonly noDataAfterMs: number;
}

/** The defaults of judge.md section 5.1. */
export const DEFAULT_JUDGE_SPEC: JudgeSpec = {
  alpha: 0.01,
  beta: 0.05,
  rPass: 2,
  sloErrorRate: 0.01,
  passErrorRate: 0.001,
  minEffect: 'auto',
  latencyToleranceMs: 1,
  warmUpMs: 30_000,
  weights: { errors: 0.5, latency: 0.3, custom: 0.2 },
  custom: [],
  noDataAfterMs: 60_000,
};

/** Traffic from which on `auto` asks for a margin: below, differences of 10 % cannot be seen anyway. */
const MARGIN_FROM_REQUESTS_PER_SECOND = 100;

/** The ratio up to which a difference is not held against a release; at least 1. */
export function marginRatio(spec: JudgeSpec, requestsPerSecond: number): number {
  if (spec.minEffect !== 'auto') return Math.max(1, spec.minEffect);
  return requestsPerSecond >= MARGIN_FROM_REQUESTS_PER_SECOND ? 1.1 : 1;
}
