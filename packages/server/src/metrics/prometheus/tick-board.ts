import type { SparseHistogram } from '@sluice/core/analysis/histogram.ts';
import type { RevisionId } from '@sluice/core/kernel/ids.ts';
import type { Instant } from '@sluice/core/kernel/instant.ts';
import type { ArmCounts, TrafficTick } from '../metrics-provider.ts';
import type { LatencyCount } from './spread-latency.ts';

interface Sums {
  requests: number;
  errors: number;
  latency: Map<number, number>;
}

/** What is added to one tick. */
export interface Added {
  /** When the tick begins. */
  readonly tickAt: Instant;
  readonly revision: RevisionId;
  readonly requests: number;
  readonly errors: number;
}

/** Adds up what was counted, by tick and revision. */
export class TickBoard {
  readonly #tickMs: number;
  readonly #sums = new Map<Instant, Map<RevisionId, Sums>>();

  constructor(tickMs: number) {
    this.#tickMs = tickMs;
  }

  add({ tickAt, revision, requests, errors }: Added): void {
    const sums = this.#sumsOf(tickAt, revision);
    sums.requests += requests;
    sums.errors += errors;
  }

  addLatencies(tickAt: Instant, revision: RevisionId, counts: readonly LatencyCount[]): void {
    const { latency } = this.#sumsOf(tickAt, revision);
    for (const { bucket, count } of counts) latency.set(bucket, (latency.get(bucket) ?? 0) + count);
  }

  /** The tick that begins at a moment; a revision of which nothing was counted is not in it. */
  tick(at: Instant): TrafficTick {
    const arms = [...(this.#sums.get(at) ?? [])].map(([revision, sums]) => [revision, armOf(sums)] as const);
    const counted = arms.filter(([, { requests, latency }]) => requests > 0 || latency.length > 0);
    return { at, durationMs: this.#tickMs, arms: Object.fromEntries(counted) };
  }

  #sumsOf(tickAt: Instant, revision: RevisionId): Sums {
    const arms = this.#sums.get(tickAt) ?? new Map<RevisionId, Sums>();
    this.#sums.set(tickAt, arms);
    const sums = arms.get(revision) ?? { requests: 0, errors: 0, latency: new Map() };
    arms.set(revision, sums);
    return sums;
  }
}

function armOf({ requests, errors, latency }: Sums): ArmCounts {
  return {
    requests,
    // Two queries by hand may count differently; more failures than requests there cannot be.
    errors: Math.min(errors, requests),
    latency: sorted(latency),
    trials: 0,
    goals: 0,
    mirrorMismatches: 0,
  };
}

const sorted = (latency: ReadonlyMap<number, number>): SparseHistogram =>
  [...latency].sort(([left], [right]) => left - right);
