import type { LeasedTask } from '../store/tasks/claim-tasks.ts';
import type { AttemptOutcome, OutcomeBook } from './outcome-book.ts';
import type { TaskEngine } from './task-engine.ts';

/** Who looks on while this server gives tasks to workers; it may not throw. */
export interface TaskWatch {
  /** Workers were given these. */
  given(tasks: readonly LeasedTask[]): void;
  /** An attempt has ended, and counted. */
  ended(outcome: AttemptOutcome): void;
}

/** An engine that is looked at; it does what the one below does. */
export const watchedEngine = (engine: TaskEngine, watch: TaskWatch): TaskEngine => ({
  ...engine,
  claim: async (...asked) => {
    const leased = await engine.claim(...asked);
    watch.given(leased);
    return leased;
  },
});

/** A book that is looked at; it does what the one below does. */
export const watchedBook = (book: OutcomeBook, watch: TaskWatch): OutcomeBook => ({
  ...book,
  note: (outcome) => {
    watch.ended(outcome);
    book.note(outcome);
  },
});

/** Nobody looks on. */
export const UNWATCHED: TaskWatch = { given: () => undefined, ended: () => undefined };
