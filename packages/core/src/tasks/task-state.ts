import { ok, refuse, type Result } from '../kernel/result.ts';

/** Where a task stands. The last three are ends; of them only `dead` can be left again, by a redrive. */
export type TaskState =
  /** It waits for other tasks. */
  | 'blocked'
  /** It waits for a moment: a delay that was asked for, or the pause before a retry. */
  | 'scheduled'
  /** A worker may take it. */
  | 'waiting'
  /** A worker has a lease of it. */
  | 'running'
  | 'succeeded'
  /** It failed for good, and is kept as a dead letter with its reason. */
  | 'dead'
  | 'cancelled';

/** What can happen to a task. */
export type TaskEventKind =
  /** What it waited for has succeeded. */
  | 'unblocked'
  /** What it waited for has ended otherwise. */
  | 'dependencyEnded'
  | 'due'
  | 'leased'
  | 'completed'
  | 'failed'
  /** The lease ended without a word of the worker. */
  | 'leaseLost'
  /** The worker gave it back unharmed, because it stops. */
  | 'returned'
  /** It went to another revision, because its own one is taken back. */
  | 'moved'
  /** Its deadline passed. */
  | 'expired'
  | 'cancelled'
  | 'redriven';

const NOT_WHILE: readonly TaskState[] = [];

/** Nothing of this happens to what has ended, or to what has not come so far. */
const never: Readonly<Record<TaskEventKind, readonly TaskState[]>> = {
  unblocked: NOT_WHILE,
  dependencyEnded: NOT_WHILE,
  due: NOT_WHILE,
  leased: NOT_WHILE,
  completed: NOT_WHILE,
  failed: NOT_WHILE,
  leaseLost: NOT_WHILE,
  returned: NOT_WHILE,
  moved: NOT_WHILE,
  expired: NOT_WHILE,
  cancelled: NOT_WHILE,
  redriven: NOT_WHILE,
};

/** Whatever has not ended may be ended by its deadline or by a person. */
const open: typeof never = { ...never, expired: ['dead'], cancelled: ['cancelled'] };

/**
 * The total table: into which states an event may bring a task. An empty list refuses the event. Where there are several,
 * the retry policy and the clock decide (`after-failure.ts`).
 */
export const TASK_TABLE: Readonly<Record<TaskState, typeof never>> = {
  blocked: {
    ...open,
    unblocked: ['waiting', 'scheduled'],
    dependencyEnded: ['dead', 'cancelled'],
    moved: ['blocked'],
  },
  scheduled: { ...open, due: ['waiting'], moved: ['scheduled'] },
  waiting: { ...open, leased: ['running'], moved: ['waiting'] },
  running: {
    ...open,
    completed: ['succeeded'],
    failed: ['scheduled', 'dead'],
    leaseLost: ['scheduled', 'dead'],
    returned: ['waiting'],
    moved: ['waiting'],
  },
  succeeded: never,
  dead: { ...never, redriven: ['waiting', 'blocked'] },
  cancelled: never,
};

/** The states in which nothing happens any more by itself. */
export const ENDED: readonly TaskState[] = ['succeeded', 'dead', 'cancelled'];

/** Whether a task has ended. */
export const hasEnded = (state: TaskState): boolean => ENDED.includes(state);

/** The states from which an event may bring a task anywhere. */
export const statesFor = (event: TaskEventKind): readonly TaskState[] =>
  (Object.keys(TASK_TABLE) as TaskState[]).filter((state) => TASK_TABLE[state][event].length > 0);

/** Refuses what the table does not allow. */
export function allowed(from: TaskState, event: TaskEventKind, to: TaskState): Result<TaskState> {
  if (TASK_TABLE[from][event].includes(to)) return ok(to);
  return refuse(
    'not-possible',
    `A task that is ${from} cannot become ${to} because it was ${event}.`,
    `Look at it again with \`sluice tasks show\`; from ${from} it can be ${possible(from)}.`,
  );
}

function possible(from: TaskState): string {
  const events = (Object.keys(never) as TaskEventKind[]).filter(
    (event) => TASK_TABLE[from][event].length > 0,
  );
  return events.length === 0 ? 'nothing any more' : events.join(', ');
}
