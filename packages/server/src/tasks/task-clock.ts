/**
 * Purpose: brings about what time brings: what is due waits, what is past its deadline ends, and what somebody has lost goes to
 * others.
 *
 * Owns since when it has looked without a gap. 1. Every server does it for all tenants; they pass over what another one has in
 * hand, so that it does not matter how many do it, nor that one dies. 2. Nothing is called lost by who has just come, or come
 * back: for as long as a lease lasts workers have time to be heard of that have been silent because nobody was there.
 */
import type { Logger } from 'pino';
import { SluiceError } from '@sluice/core/kernel/failure.ts';
import { revisionId } from '@sluice/core/kernel/ids.ts';
import type { Instant } from '@sluice/core/kernel/instant.ts';
import { NO_REPORT } from '@sluice/core/tasks/attempt-report.ts';
import { attemptEnd } from './attempt-end.ts';
import type { AttemptPolicies } from './attempt-policies.ts';
import type { OutcomeBook } from './outcome-book.ts';
import type { RetryBudget } from './retry-budget.ts';
import type { TaskEngine } from './task-engine.ts';
import { realTimers, type Timers } from './timers.ts';

/** What the clock works with. */
export interface TaskClockPorts {
  readonly engine: Pick<TaskEngine, 'advance' | 'settle'>;
  readonly policyOf: AttemptPolicies;
  readonly budget: RetryBudget;
  readonly outcomes: Pick<OutcomeBook, 'note'>;
  readonly leaseMs: number;
  readonly now: () => Instant;
  readonly chance: () => number;
  readonly log: Pick<Logger, 'warn'>;
  /** Compares tasks with their copies, at most so many; gives how many. */
  readonly compare?: (limit: number) => Promise<number>;
  /** Told when something has become due somewhere. */
  readonly due: () => void;
  /** The process's own without. */
  readonly timers?: Timers;
}

/** A running clock. */
export interface TaskClock {
  /** One turn, for tests; it goes on by itself. */
  turn(): Promise<void>;
  stop(): Promise<void>;
}

const EVERY_MS = 250;
/** Who has not looked for so long, in ms, or for a third of a lease, was away. */
const LEAST_GAP_MS = 4 * EVERY_MS;
/** Most tasks of each kind in one turn; there is another one at once while one is full. */
const LIMIT = 500;

/** Starts the clock. */
export function taskClock(ports: TaskClockPorts): TaskClock {
  let isStopped = false;
  const timers = ports.timers ?? realTimers;
  let cancel = (): void => undefined;
  let present: Promise<void> = Promise.resolve();

  const presence = attention(ports, timers);

  const turn = async (): Promise<boolean> => {
    const knows = presence.begin();
    const { due, expired, overdue } = await ports.engine.advance(LIMIT);
    const lost = knows ? overdue : [];
    for (const [tenant, tasks] of Map.groupBy(lost, (task) => task.tenant))
      await loseAll(ports, tenant, tasks);
    if (due > 0 || lost.length > 0) ports.due();
    const compared = (await ports.compare?.(LIMIT)) ?? 0;
    presence.end();
    return Math.max(due, expired, lost.length, compared) >= LIMIT;
  };

  const again = (afterMs: number): void => {
    if (isStopped) return;
    cancel = timers.after(afterMs, () => {
      present = turn()
        .catch((thrown: unknown) => {
          ports.log.warn(
            { reason: SluiceError.from(thrown, 'moving tasks').message },
            'tasks were not moved',
          );
          return false;
        })
        .then((isFull) => again(isFull ? 0 : EVERY_MS));
    });
  };
  again(EVERY_MS);

  return {
    turn: async () => void (await turn()),
    stop: async () => {
      isStopped = true;
      cancel();
      await present;
    },
  };
}

/** Whether somebody has looked without a gap for as long as a lease lasts; by both clocks, as one of them stands still in a sleep. */
function attention({ leaseMs, now }: TaskClockPorts, timers: Timers) {
  let since = timers.elapsedMs();
  let looked = { elapsedMs: since, at: now() };
  return {
    begin: (): boolean => {
      const elapsedMs = timers.elapsedMs();
      const gapMs = Math.max(elapsedMs - looked.elapsedMs, now() - looked.at);
      if (gapMs > Math.max(LEAST_GAP_MS, leaseMs / 3)) since = elapsedMs;
      return elapsedMs - since >= leaseMs;
    },
    end: (): void => {
      looked = { elapsedMs: timers.elapsedMs(), at: now() };
    },
  };
}

type Overdue = Awaited<ReturnType<TaskEngine['advance']>>['overdue'];

/** Leases that ended without a word are failures of the class `lost`, also in the eyes of the judge. */
async function loseAll(ports: TaskClockPorts, tenant: string, tasks: Overdue): Promise<void> {
  const at = ports.now();
  const ends = await Promise.all(
    tasks.map(async (task) => {
      const { retry: policy } = await ports.policyOf(tenant, task.queue, revisionId(task.revision));
      const hasBudget = ports.budget.hasLeft(tenant, task.queue, at);
      return attemptEnd(LOST, { ...task, policy, hasBudget, costMicros: 0, now: at, place: ports.chance() });
    }),
  );
  const counted = await ports.engine.settle(tenant, ends, { isOverdue: true });
  for (const { id, queue, revision } of tasks.filter((task) => counted.has(task.id))) {
    const isRetried = ends.some((end) => end.id === id && end.state === 'scheduled');
    ports.budget.note(tenant, queue, at, isRetried ? 'retry' : 'attempt');
    ports.outcomes.note({
      ...{ tenant, queue, revision: revisionId(revision), at },
      ...{ failureClass: 'lost', durationMs: ports.leaseMs, costMicros: 0, report: NO_REPORT },
    });
  }
}

const LOST = {
  kind: 'failed',
  failureClass: 'lost',
  message: 'nothing was heard of its worker any more',
  retryAfterMs: null,
} as const;
