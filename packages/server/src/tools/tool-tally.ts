/**
 * Purpose: how many tools an attempt has called through this server, and how many of the calls failed.
 *
 * Owns, in memory: the counts of attempts until they are taken. A worker counts its calls itself, here and in its own program;
 * this is what holds for one that does not.
 */

/** Calls of one attempt. */
export interface TalliedCalls {
  readonly calls: number;
  readonly errors: number;
}

/** Counts calls by attempt. */
export interface ToolTally {
  note(taskId: string, attempt: number, hasFailed: boolean): void;
  of(taskId: string, attempt: number): TalliedCalls;
  /** Forgets an attempt. */
  take(taskId: string, attempt: number): TalliedCalls;
}

/** Attempts whose end this server never heard of are forgotten, the oldest first. */
const MOST = 50_000;
const NONE: TalliedCalls = { calls: 0, errors: 0 };

/** Starts with nothing counted. */
export function toolTally(): ToolTally {
  const attempts = new Map<string, TalliedCalls>();
  const of = (taskId: string, attempt: number): TalliedCalls => attempts.get(`${taskId} ${attempt}`) ?? NONE;
  return {
    of,
    note: (taskId, attempt, hasFailed) => {
      const { calls, errors } = of(taskId, attempt);
      attempts.set(`${taskId} ${attempt}`, { calls: calls + 1, errors: errors + (hasFailed ? 1 : 0) });
      const [oldest] = attempts.keys();
      if (attempts.size > MOST && oldest !== undefined) attempts.delete(oldest);
    },
    take: (taskId, attempt) => {
      const counted = of(taskId, attempt);
      attempts.delete(`${taskId} ${attempt}`);
      return counted;
    },
  };
}
