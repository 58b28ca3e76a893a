/**
 * Purpose: what a connected worker may say, from its first word to its last, whatever carries the words.
 *
 * Owns, in memory: what each attempt of a connected worker is judged by. 1. A worker's word about an attempt is judged by the
 * component's retry policy, written, and only then answered. 2. Attempts are counted as evidence when their end was accepted.
 */
import { SluiceError } from '@sluice/core/kernel/failure.ts';
import type { Instant } from '@sluice/core/kernel/instant.ts';
import { costMicros, NO_REPORT } from '@sluice/core/tasks/attempt-report.ts';
import type { LeasedTask } from '../store/tasks/claim-tasks.ts';
import { attemptEnd, type AttemptWord } from './attempt-end.ts';
import type { AttemptPolicies } from './attempt-policies.ts';
import type { Dispatcher, WorkerDoor, WorkerSession } from './dispatcher.ts';
import type { WorkerHello } from './worker-hello.ts';
import type { EndDesk } from './end-desk.ts';
import type { OutcomeBook } from './outcome-book.ts';
import type { RetryBudget } from './retry-budget.ts';

/** What workers are served with. */
export interface WorkerDeskPorts {
  readonly dispatcher: Pick<Dispatcher, 'connect' | 'wake'>;
  readonly ends: EndDesk;
  readonly outcomes: Pick<OutcomeBook, 'note'>;
  readonly budget: RetryBudget;
  readonly policyOf: AttemptPolicies;
  readonly now: () => Instant;
  /** From 0 to 1. */
  readonly chance: () => number;
}

/** A worker that was let in. */
export interface WorkerVisit extends Omit<WorkerSession, 'release'> {
  /**
   * Ends an attempt.
   * @returns whether it counted: not when the lease was lost, or the attempt is not the worker's
   */
  end(id: string, attempt: number, word: AttemptWord): Promise<boolean>;
}

/** Serves workers that connect. */
export interface WorkerDesk {
  welcome(hello: WorkerHello, door: WorkerDoor): WorkerVisit;
}

interface Attempt extends Pick<LeasedTask, 'attempt' | 'failures' | 'deadlineAt'> {
  readonly begunAt: Instant;
}

/** Starts with nobody let in. */
export const workerDesk = (ports: WorkerDeskPorts): WorkerDesk => ({
  welcome: (hello, door) => {
    const running = new Map<string, Attempt>();
    const session = ports.dispatcher.connect(hello, {
      assign: (task) => {
        running.set(task.id, { ...task, begunAt: ports.now() });
        door.assign(task);
      },
      revoke: (lease) => {
        running.delete(lease.id);
        door.revoke(lease);
      },
    });
    return {
      want: (more) => session.want(more),
      beat: () => session.beat(),
      close: () => session.close(),
      resume: async (leases) => {
        const held = await session.resume(leases);
        for (const { id, attempt } of leases) {
          const lease = held.get(id);
          if (lease?.attempt === attempt) running.set(id, { ...lease, begunAt: lease.startedAt });
        }
        return held;
      },
      end: async (id, attempt, word) => {
        const known = running.get(id);
        if (known === undefined || known.attempt !== attempt) return false;
        const isCounted = await ended(ports, hello, { id, ...known }, word);
        // What was given back may have come again before this is known.
        if (running.get(id) === known) running.delete(id);
        session.release({ id, attempt });
        return isCounted;
      },
    };
  },
});

async function ended(
  ports: WorkerDeskPorts,
  { tenant, worker, queue, revision }: WorkerHello,
  attempt: Attempt & { readonly id: string },
  word: AttemptWord,
): Promise<boolean> {
  const { now, chance, budget, policyOf } = ports;
  const { retry: policy, prices } = await policyOf(tenant, queue, revision);
  const hasFailed = word.kind === 'failed';
  const at = now();
  const hasBudget = !hasFailed || budget.hasLeft(tenant, queue, at);
  const durationMs = Math.max(0, at - attempt.begunAt);
  const report = word.report ?? NO_REPORT;
  const cost = costMicros(prices, report.usage, durationMs);
  const deciding = { policy, hasBudget, costMicros: cost, now: at, place: chance() };
  const end = attemptEnd(word, { ...attempt, worker, ...deciding });
  const isCounted = await ports.ends.end(tenant, end).catch((thrown: unknown) => {
    throw SluiceError.from(thrown, `ending attempt ${attempt.attempt} at the task ${attempt.id}`);
  });
  if (!isCounted || word.kind === 'returned') return isCounted;
  budget.note(tenant, queue, at, end.state === 'scheduled' ? 'retry' : 'attempt');
  ports.outcomes.note({
    ...{ tenant, queue, revision, at, durationMs, report },
    failureClass: hasFailed ? word.failureClass : null,
    costMicros: cost,
  });
  return true;
}
