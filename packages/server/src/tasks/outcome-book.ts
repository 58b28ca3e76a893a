/**
 * Purpose: counts what came of attempts, by revision and second, as evidence for the judge.
 *
 * Owns, in memory: the seconds that are not written for good yet. A second is written again while attempts that ended in it
 * come in, always whole, so that a write that is repeated changes nothing. When the server dies the last moments are lost as
 * evidence; the tasks themselves are not.
 */
import type { RevisionId, TrackId } from '@sluice/core/kernel/ids.ts';
import type { Instant } from '@sluice/core/kernel/instant.ts';
import { bucketOf, type SparseHistogram } from '@sluice/core/analysis/histogram.ts';
import {
  addCounts,
  type CountedAttempt,
  countsOf,
  NO_COUNTS,
  type OutcomeCounts,
  scoreCounts,
} from '@sluice/core/tasks/outcome-counts.ts';
import type { ComparedPair } from '../store/tasks/shadow-tasks.ts';
import type { OutcomeSecond } from '../store/tasks/task-outcomes.ts';

/** What a page of the book is about. */
interface Subject {
  readonly tenant: string;
  readonly queue: TrackId;
  readonly revision: RevisionId;
  readonly at: Instant;
}

/** One attempt that has ended and counted. */
export interface AttemptOutcome extends Subject, CountedAttempt {
  readonly durationMs: number;
}

/** Scores that were given to work that had ended before. */
export interface LateScores extends Subject {
  readonly scores: Readonly<Record<string, number>>;
}

/** A task that a copy was made of, when both have ended. */
export interface CountedPair extends Omit<ComparedPair, 'tenant' | 'queue'>, Omit<Subject, 'revision'> {}

/** Where outcomes are written. */
export interface OutcomeBookPorts {
  readonly write: (tenant: string, seconds: readonly OutcomeSecond[]) => Promise<void>;
  readonly failed: (thrown: unknown) => void;
}

/** Counts what came of attempts. */
export interface OutcomeBook {
  note(outcome: AttemptOutcome): void;
  score(scores: LateScores): void;
  pair(pair: CountedPair): void;
  /** Writes what is not written; also goes on by itself. */
  flush(): Promise<void>;
  close(): Promise<void>;
}

const SECOND_MS = 1000;
const EVERY_MS = 250;
/** A second that is older than this has all its attempts, or never will. */
const KEPT_MS = 10_000;

interface Page {
  readonly tenant: string;
  readonly queue: TrackId;
  readonly revision: RevisionId;
  readonly second: Instant;
  attempts: number;
  failures: number;
  readonly latency: Map<number, number>;
  counts: OutcomeCounts;
  isWritten: boolean;
}

/** Starts with nothing counted. */
export function outcomeBook({ write, failed }: OutcomeBookPorts): OutcomeBook {
  const pages = new Map<string, Page>();
  let latest = 0;

  const pageOf = ({ tenant, queue, revision, at }: Subject): Page => {
    latest = Math.max(latest, at);
    const second = Math.floor(at / SECOND_MS) * SECOND_MS;
    const key = JSON.stringify([tenant, queue, revision, second]);
    const made: Page = pages.get(key) ?? {
      ...{ tenant, queue, revision, second },
      ...{
        attempts: 0,
        failures: 0,
        latency: new Map<number, number>(),
        counts: NO_COUNTS,
        isWritten: false,
      },
    };
    pages.set(key, made);
    return made;
  };

  const flush = async (): Promise<void> => {
    const open = [...pages.values()].filter(({ isWritten }) => !isWritten);
    for (const page of open) page.isWritten = true;
    for (const [tenant, those] of Map.groupBy(open, ({ tenant: one }) => one))
      try {
        await write(tenant, those.map(secondOf));
      } catch (thrown) {
        for (const page of those) page.isWritten = false;
        failed(thrown);
      }
    for (const [key, page] of pages) if (page.isWritten && page.second < latest - KEPT_MS) pages.delete(key);
  };

  const flushing = setInterval(() => void flush(), EVERY_MS);
  return {
    note: (outcome) => {
      const page = pageOf(outcome);
      page.attempts += 1;
      page.failures += outcome.failureClass === null ? 0 : 1;
      page.counts = added(page.counts, countsOf(outcome));
      const bucket = bucketOf(outcome.durationMs);
      page.latency.set(bucket, (page.latency.get(bucket) ?? 0) + 1);
      page.isWritten = false;
    },
    score: ({ scores, ...subject }) => {
      count(pageOf(subject), { scores: scoreCounts(scores) });
    },
    pair: ({ candidate, stable, hasCandidateFailed, hasStableFailed, isSame, ...subject }) => {
      const lost = (isFailed: boolean, other: boolean): number => (isFailed && !other ? 1 : 0);
      const pairsLost = lost(hasCandidateFailed, hasStableFailed);
      count(pageOf({ ...subject, revision: candidate }), { pairs: 1, pairsLost, mismatches: isSame ? 0 : 1 });
      count(pageOf({ ...subject, revision: stable }), {
        ...{ pairs: 1, pairsLost: lost(hasStableFailed, hasCandidateFailed) },
      });
    },
    flush,
    close: async () => {
      clearInterval(flushing);
      await flush();
    },
  };
}

function count(page: Page, counts: Partial<OutcomeCounts>): void {
  page.counts = added(page.counts, { ...NO_COUNTS, ...counts });
  page.isWritten = false;
}

/** Names of scores in one second of a revision: whoever gives each attempt names of its own makes each sum longer. */
const MOST_NAMES = 256;

function added(before: OutcomeCounts, counts: OutcomeCounts): OutcomeCounts {
  const room = MOST_NAMES - Object.keys(before.scores).length;
  const names = Object.keys(counts.scores).filter((name) => !Object.hasOwn(before.scores, name));
  if (names.length <= room) return addCounts(before, counts);
  const left = new Set(names.slice(Math.max(0, room)));
  const scores = Object.fromEntries(Object.entries(counts.scores).filter(([name]) => !left.has(name)));
  return addCounts(before, { ...counts, scores });
}

function secondOf({ queue, revision, second, attempts, failures, latency, counts }: Page): OutcomeSecond {
  const sparse: SparseHistogram = [...latency].toSorted(([a], [b]) => a - b);
  return { queue, revision, second, attempts, failures, latency: sparse, counts };
}
