import type { Instant } from '@sluice/core/kernel/instant.ts';
import { afterFailure, type RetryPolicy } from '@sluice/core/tasks/after-failure.ts';
import type { AttemptReport } from '@sluice/core/tasks/attempt-report.ts';
import type { FailureClass } from '@sluice/core/tasks/failure-class.ts';
import type { LeaseFence, TaskEnd } from '../store/tasks/settle-tasks.ts';

/** What a worker says of its attempt, or the server for it. */
export type AttemptWord = { readonly report?: AttemptReport } & (
  | { readonly kind: 'done'; readonly result: unknown }
  | {
      readonly kind: 'failed';
      readonly failureClass: FailureClass;
      readonly message: string;
      /** How long whoever refused it asked to wait, in ms. */
      readonly retryAfterMs: number | null;
    }
  /** Given back unharmed, because the worker stops. */
  | { readonly kind: 'returned' }
);

/** An attempt with what decides on the next one. */
export interface EndingAttempt extends LeaseFence {
  /** How often the task has failed before. */
  readonly failures: number;
  readonly deadlineAt: Instant | null;
  readonly policy: RetryPolicy;
  /** What it cost, in millionths of the component's currency. */
  readonly costMicros: number;
  readonly hasBudget: boolean;
  readonly now: Instant;
  /** From 0 to 1, by chance. */
  readonly place: number;
}

/** What becomes of a task after an attempt. */
export function attemptEnd(word: AttemptWord, attempt: EndingAttempt): TaskEnd {
  const {
    id,
    attempt: number,
    worker,
    failures,
    deadlineAt,
    policy,
    hasBudget,
    now,
    place,
    costMicros,
  } = attempt;
  const fence = { id, attempt: number, worker, costMicros };
  if (word.kind === 'done') return { ...fence, state: 'succeeded', result: word.result };
  if (word.kind === 'returned') return { ...fence, state: 'waiting' };
  const { failureClass, message, retryAfterMs } = word;
  const failed = { failureClass, failures: failures + 1, now, deadlineAt, retryAfterMs, place, hasBudget };
  const next = afterFailure(policy, failed);
  const failure = { failureClass, message };
  if (next.state === 'dead') return { ...fence, state: 'dead', failure };
  return { ...fence, state: 'scheduled', failure, dueAt: next.dueAt };
}
