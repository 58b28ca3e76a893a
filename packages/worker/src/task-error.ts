import type { FailureClass } from '@sluice/core/tasks/failure-class.ts';

/** Ends an attempt with a class that the component's retry policy knows; thrown by agents and their tools. */
export class TaskError extends Error {
  readonly failureClass: FailureClass;
  /** How long whoever refused it asked to wait, in ms; a retry comes no sooner. */
  readonly retryAfterMs: number | undefined;

  constructor(
    failureClass: FailureClass,
    message: string,
    options: { readonly retryAfterMs?: number; readonly cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'TaskError';
    this.failureClass = failureClass;
    this.retryAfterMs = options.retryAfterMs;
  }

  /** What is told of anything that was thrown: a TaskError as it is, everything else as a crash. */
  static from(thrown: unknown): TaskError {
    return thrown instanceof TaskError ? thrown : new TaskError('crash', wordsOf(thrown), { cause: thrown });
  }
}

/** Why an attempt has to stop before it has ended. */
export type AbortReason =
  /** The server took it away: it was cancelled, moved, or the worker was silent for too long. */
  | 'revoked'
  /** The session broke, and when it came back the lease was over. */
  | 'lost'
  /** Its deadline is over. */
  | 'timeout'
  /** The worker stops, and its time to finish is over. */
  | 'stopping';

const REASONS: Readonly<Record<AbortReason, string>> = {
  revoked: 'the task was taken away from this worker',
  lost: 'the lease ended while the worker had no session',
  timeout: 'the deadline of the task is over',
  stopping: 'the worker stops',
};

/** The reason of a task's signal; its name is `AbortError`, as that of everything else that is aborted. */
export class TaskAborted extends Error {
  readonly reason: AbortReason;

  constructor(reason: AbortReason) {
    super(REASONS[reason]);
    this.name = 'AbortError';
    this.reason = reason;
  }
}

/** Whether something was thrown because a signal was aborted, and not because anything failed. */
export const isAbort = (thrown: unknown): boolean =>
  thrown instanceof Error && (thrown.name === 'AbortError' || isAbort(thrown.cause));

/** What was thrown in one line: its name, unless that says nothing, and its message. */
export function wordsOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return `thrown: ${inWords(thrown)}`;
  return thrown.name === 'Error' || thrown.name === '' ? thrown.message : `${thrown.name}: ${thrown.message}`;
}

/** Objects without a prototype, and such whose `toString` throws, have no words of their own. */
function inWords(thrown: unknown): string {
  try {
    return String(thrown);
  } catch {
    return typeof thrown;
  }
}
