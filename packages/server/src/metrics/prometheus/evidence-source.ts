import type { RevisionId } from '@sluice/core/kernel/ids.ts';

/** The names under which a revision appears in labels. */
export interface RevisionNames {
  readonly revision: RevisionId;
  /** Of its Deployment; its pods are named after it. */
  readonly workload: string;
  readonly service: string;
}

/**
 * Cumulative counters in PromQL. Of a `selector` the samples themselves are read, with their own times; an `expression` is
 * evaluated at the borders of ticks.
 */
export interface CounterQuery {
  readonly kind: 'selector' | 'expression';
  readonly text: string;
}

/** What a series counts, and for whom. */
export interface SeriesRole {
  readonly revision: RevisionId;
  /** Its increase is requests, failed requests, or (a counter of one status) both. */
  readonly requests: boolean;
  readonly errors: boolean;
}

/** Where requests, errors and latencies of some revisions are found. */
export interface EvidenceSource {
  readonly requests: CounterQuery;
  /** Null: latency is not judged. */
  readonly latency: CounterQuery | null;
  /** Milliseconds in one unit of the latency's buckets. */
  readonly latencyUnitMs: number;
  /** Null for a series that belongs to none of the revisions, or that could belong to several. */
  roleOf(labels: Readonly<Record<string, string>>): SeriesRole | null;
  revisionOf(labels: Readonly<Record<string, string>>): RevisionId | null;
}
