import type { RevisionId, TrackId } from '@sluice/core/kernel/ids.ts';
import { type LimitsSpec, NO_LIMITS } from '@sluice/core/tasks/rate-limits.ts';
import type { RevisionRecord } from '../targets/revision-record.ts';
import { latestFew } from './latest-few.ts';

/** What a revision says of the number and the time of its tasks. */
export interface TaskTerms {
  readonly limits: LimitsSpec;
  /** After how long a task without a deadline is of no use, in ms; null for never. */
  readonly deadlineMs: number | null;
  /** How long an attempt may take, in ms; null for as long as it takes. */
  readonly timeoutMs: number | null;
}

/** What holds for a revision that says nothing. */
export const NO_TERMS: TaskTerms = { limits: NO_LIMITS, deadlineMs: null, timeoutMs: null };

/** The terms of revisions. */
export interface KnownTerms {
  of(tenant: string, queue: TrackId, revision: RevisionId): Promise<TaskTerms>;
  /** As far as somebody has asked for them before; those of a revision that says nothing otherwise. */
  known(tenant: string, queue: TrackId, revision: RevisionId): TaskTerms;
}

/** Revisions whose terms are remembered. */
const MOST_REVISIONS = 1_000;

/** For so long a revision that nobody knows is taken for one that says nothing, in ms. */
const UNKNOWN_MS = 10_000;

/** What a revision is does not change, so that its terms are read once; one that nobody knows is asked for now and then. */
export function knownTerms(
  revision: (tenant: string, track: TrackId, id: RevisionId) => Promise<RevisionRecord | null>,
  elapsedMs: () => number = () => performance.now(),
): KnownTerms {
  const kept = latestFew<TaskTerms>(MOST_REVISIONS);
  const unknown = latestFew<number>(MOST_REVISIONS);
  const keyOf = (...names: readonly string[]): string => names.join(' ');
  return {
    of: async (tenant, queue, id) => {
      const present = kept.get(keyOf(tenant, queue, id));
      if (present) return present;
      const missedAt = unknown.get(keyOf(tenant, queue, id)) ?? Number.NEGATIVE_INFINITY;
      if (elapsedMs() - missedAt < UNKNOWN_MS) return NO_TERMS;
      const record = await revision(tenant, queue, id);
      const { limits = NO_LIMITS, deadlineMs = null, timeoutMs = null } = record?.component.agents ?? {};
      const terms = { limits, deadlineMs, timeoutMs };
      if (record) kept.set(keyOf(tenant, queue, id), terms);
      else unknown.set(keyOf(tenant, queue, id), elapsedMs());
      return terms;
    },
    known: (tenant, queue, id) => kept.get(keyOf(tenant, queue, id)) ?? NO_TERMS,
  };
}
