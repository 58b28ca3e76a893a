import type { Instant } from '../kernel/instant.ts';
import { type FailureClass, RETRIED_BY_DEFAULT } from './failure-class.ts';

/** How often, when and after what a task is tried again. */
export interface RetryPolicy {
  /** How often a task may fail before it is dead; 1 never tries again. From 1 to 100. */
  readonly maxFailures: number;
  /** The pause after the first failure, in ms; each further one is `factor` times as long, up to `maxMs`. */
  readonly initialMs: number;
  readonly factor: number;
  readonly maxMs: number;
  /** The part of a pause that is left to chance, from 0 to 1, so that what failed together does not come back together. */
  readonly jitter: number;
  readonly classes: readonly FailureClass[];
}

/** What a component has that says nothing about retries. */
export const DEFAULT_RETRY_POLICY: RetryPolicy = {
  maxFailures: 4,
  initialMs: 1_000,
  factor: 2,
  maxMs: 60_000,
  jitter: 0.5,
  classes: RETRIED_BY_DEFAULT,
};

/** A task that has failed once more. */
export interface FailedTask {
  readonly failureClass: FailureClass;
  /** How often it has failed, this time included. */
  readonly failures: number;
  readonly now: Instant;
  /** When it is of no use any more; null for never. */
  readonly deadlineAt: Instant | null;
  /** How long whoever refused it asked to wait, in ms; null when nobody did. */
  readonly retryAfterMs: number | null;
  /** From 0 to 1, by chance. */
  readonly place: number;
  /** Whether the retry budget of its component has anything left. */
  readonly hasBudget: boolean;
}

/** Why a task is not tried again. */
export type DeadReason = 'class' | 'failures' | 'deadline' | 'budget' | 'dependency';

/** What becomes of a task that failed. */
export type AfterFailure =
  | { readonly state: 'scheduled'; readonly dueAt: Instant }
  | { readonly state: 'dead'; readonly reason: DeadReason };

/** Whether a task is tried again, and when: exponential pauses with jitter, never past its deadline. */
export function afterFailure(policy: RetryPolicy, task: FailedTask): AfterFailure {
  if (!policy.classes.includes(task.failureClass)) return { state: 'dead', reason: 'class' };
  if (task.failures >= policy.maxFailures) return { state: 'dead', reason: 'failures' };
  if (!task.hasBudget) return { state: 'dead', reason: 'budget' };
  const dueAt = task.now + Math.round(Math.max(pauseMs(policy, task), task.retryAfterMs ?? 0));
  if (task.deadlineAt !== null && dueAt >= task.deadlineAt) return { state: 'dead', reason: 'deadline' };
  return { state: 'scheduled', dueAt };
}

function pauseMs({ initialMs, factor, maxMs, jitter }: RetryPolicy, { failures, place }: FailedTask): number {
  const longest = Math.min(maxMs, initialMs * factor ** (failures - 1));
  return longest * (1 - jitter * place);
}
