import type { EventCount } from './tick.ts';

/** What the judge says at any moment. */
export type VerdictKind = 'pass' | 'fail' | 'inconclusive' | 'no-data' | 'provider-error';

/** Requests that count as evidence (not those of the warm-up). */
export interface JudgeCounts {
  /** Trials are requests, events are errors. */
  readonly candidate: EventCount;
  readonly stable: EventCount;
  /** The candidate's requests and errors while it was warming up; they count for the SLO guard only. */
  readonly warmUp: EventCount;
}

/** A verdict with everything a person needs to agree or to object. */
export interface Judgement {
  readonly verdict: VerdictKind;
  /** The evidence against "no worse than stable", as odds to 1; finite, 0 to 1e12. */
  readonly odds: number;
  /** The evidence for "not `rPass` times worse", as odds to 1; finite, 0 to 1e12. */
  readonly passOdds: number;
  /**
   * The evidence for "not `rPass` times as many slow requests", as odds to 1, while a pass still waits for it; null when
   * it is proven or latency is not measured.
   */
  readonly latencyPassOdds: number | null;
  /** Always-valid: the smallest alpha that would have rolled back so far. */
  readonly pValue: number;
  /** Only guards have crossed and stable has too little traffic to confirm: hold and ask a person. */
  readonly held: boolean;
  /** The verdict is fail by comparison with the past alone: stable has no traffic any more. */
  readonly byGuards: boolean;
  readonly leaning: 'against' | 'none' | 'for';
  /** The metric that carries most of the evidence against: `errors`, `latency`, `cost` or a custom name. */
  readonly attribution: string | null;
  /** The odds ratio of failing, with an interval that holds at all times together with confidence 1 - beta. */
  readonly ratio: { readonly estimate: number; readonly low: number; readonly high: number | null } | null;
  /** Ratios from this one on are excluded with confidence 1 - beta; null while nothing is. */
  readonly excludedAbove: number | null;
  readonly counts: JudgeCounts;
  /** How many more requests (of both arms) until a verdict, at the present rates; null when it cannot be said or none are needed. */
  readonly moreRequests: number | null;
  /** What the most of `moreRequests` are needed for; null when `moreRequests` is. */
  readonly moreFor: 'errors' | 'latency' | null;
  /** How long `moreRequests` takes at the present traffic, in milliseconds. */
  readonly moreMs: number | null;
  /** The candidate's share of the requests since the last change of the split, a fraction; null without requests. */
  readonly realisedShare: number | null;
  /** The realised share contradicts the configured one at alpha 0.001; reported, never a reason to roll back. */
  readonly shareMismatch: boolean;
  /** The same in words, the most important first. */
  readonly sentences: readonly string[];
}
