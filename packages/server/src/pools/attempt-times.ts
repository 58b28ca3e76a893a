import { type SparseHistogram, valueOf } from '@sluice/core/analysis/histogram.ts';
import type { RevisionId, TrackId } from '@sluice/core/kernel/ids.ts';
import type { Instant } from '@sluice/core/kernel/instant.ts';
import type { OutcomeSecond } from '../store/tasks/task-outcomes.ts';

/** How long attempts take. */
export interface AttemptTimes {
  /** The mean of the last minutes, in ms; null when none has ended. */
  mean(queue: TrackId, revision: RevisionId): Promise<number | null>;
}

/** What times are read from. */
export interface AttemptTimesPorts {
  readonly read: (
    queue: TrackId,
    span: { readonly since: Instant; readonly until: Instant },
  ) => Promise<readonly Pick<OutcomeSecond, 'revision' | 'latency'>[]>;
  readonly now: () => Instant;
}

const LOOK_BACK_MS = 300_000;
/** Means change slowly; so long one is taken for true, in ms. */
const KEPT_MS = 15_000;

/** Reads the outcomes of a queue now and then, and keeps what they come to. */
export function attemptTimes({ read, now }: AttemptTimesPorts): AttemptTimes {
  const kept = new Map<
    TrackId,
    { readonly at: Instant; readonly means: Promise<ReadonlyMap<string, number>> }
  >();
  return {
    mean: async (queue, revision) => {
      const at = now();
      const present = kept.get(queue);
      const isFresh = present !== undefined && at - present.at < KEPT_MS;
      const means = isFresh
        ? present.means
        : read(queue, { since: at - LOOK_BACK_MS, until: at }).then(meansOf);
      if (!isFresh) kept.set(queue, { at, means });
      try {
        return (await means).get(revision) ?? null;
      } catch (thrown) {
        kept.delete(queue);
        throw thrown;
      }
    },
  };
}

function meansOf(
  seconds: readonly Pick<OutcomeSecond, 'revision' | 'latency'>[],
): ReadonlyMap<string, number> {
  const sums = new Map<string, { ms: number; count: number }>();
  for (const { revision, latency } of seconds)
    for (const [bucket, count] of latency as SparseHistogram) {
      const { ms, count: before } = sums.get(revision) ?? { ms: 0, count: 0 };
      sums.set(revision, { ms: ms + valueOf(bucket) * count, count: before + count });
    }
  return new Map([...sums].map(([revision, { ms, count }]) => [revision, ms / count]));
}
