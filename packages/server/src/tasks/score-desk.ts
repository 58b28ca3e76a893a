/**
 * Purpose: takes scores of results that come after a task has ended: from hooks, from people, from whoever looks at it later.
 *
 * Owns nothing. A score counts as evidence about the revision that has the task, in the second in which it comes in: whether it
 * is late does not matter to the judge. What a source corrects later is kept, and counts once.
 */
import type { Instant } from '@sluice/core/kernel/instant.ts';
import { ok, type Result } from '@sluice/core/kernel/result.ts';
import type { ScoreReply } from '@sluice/protocol/http/scores.ts';
import type { Problem } from '@sluice/protocol/http/views.ts';
import type { TaskScores, WrittenScores } from '../store/tasks/task-scores.ts';
import type { OutcomeBook } from './outcome-book.ts';
import { unknownTask } from './task-refusals.ts';

/** What a desk works with. */
export interface ScoreDeskPorts {
  readonly write: (tenant: string, scores: TaskScores) => Promise<WrittenScores | null>;
  readonly outcomes: Pick<OutcomeBook, 'score'>;
  readonly now: () => Instant;
}

/** Takes scores of results. */
export interface ScoreDesk {
  /** Scores are from 0 to 1; gives which of them count as evidence. */
  score(tenant: string, scores: TaskScores): Promise<Result<ScoreReply, Problem>>;
}

/** Starts with nothing. */
export const scoreDesk = ({ write, outcomes, now }: ScoreDeskPorts): ScoreDesk => ({
  score: async (tenant, given) => {
    const written = await write(tenant, given);
    if (written === null) return unknownTask(given.task);
    const { queue, revision, fresh } = written;
    const scores = Object.fromEntries(Object.entries(given.scores).filter(([name]) => fresh.includes(name)));
    if (fresh.length > 0) outcomes.score({ tenant, queue, revision, at: now(), scores });
    return ok({ task: given.task, counted: [...fresh] });
  },
});
