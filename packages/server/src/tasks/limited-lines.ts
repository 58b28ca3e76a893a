import type { RevisionId, TrackId } from '@sluice/core/kernel/ids.ts';
import type { LineHead, LinePlace, LinesClaim, TaskOfLine } from '../store/tasks/limits-lines.ts';
import type { FilledBucket, LimitedUse } from '../store/tasks/limits-room.ts';

/** The lines of a queue while nobody else claims within its limits. */
export interface HeldLines {
  /** How much runs, and what buckets hold. */
  uses(): Promise<readonly LimitedUse[]>;
  /** The lines of a revision, each with its head. */
  heads(revision: RevisionId): Promise<readonly LineHead[]>;
  /** Leases tasks of some lines. */
  lease(claim: LinesClaim): Promise<readonly TaskOfLine[]>;
  /** Writes down where lines of a revision stand. */
  place(revision: RevisionId, lines: readonly LinePlace[]): Promise<void>;
  /** Writes down what buckets hold now. */
  fill(buckets: readonly FilledBucket[]): Promise<void>;
}

/** Where lines and limits are kept; what claims do with them stands in `limited-claims.ts`. */
export interface LimitedLines {
  /** Whether a revision has several lines, or one that asks for more than abilities and labels. */
  areSpecial(
    tenant: string,
    of: { readonly queue: TrackId; readonly revision: RevisionId },
  ): Promise<boolean>;
  /** Lets one claim of a queue go on at a time, over all servers. What it writes is there as a whole, or not at all. */
  hold<Answer>(tenant: string, queue: TrackId, claim: (lines: HeldLines) => Promise<Answer>): Promise<Answer>;
}
