/**
 * Purpose: writes into the ledger what people do to tasks and workers, under the names that they give.
 *
 * Owns nothing. 1. Whoever gives no name is a program, whose tasks are their own record. 2. What was refused is not written
 * down. 3. That a task was cancelled is written in the transaction that does it; everything else right after.
 */
import type { Instant } from '@sluice/core/kernel/instant.ts';
import type { Result } from '@sluice/core/kernel/result.ts';
import type { Problem } from '@sluice/protocol/http/views.ts';
import type { NewLedgerEntry } from '../store/ledger/grow-ledger.ts';
import type { TaskRegistry } from './task-registry.ts';

/** What is written down with. */
export interface LedgeredPorts {
  readonly append: (entry: NewLedgerEntry) => Promise<void>;
  readonly now: () => Instant;
}

/** Tasks whose changes by people stand in the ledger. */
export function ledgeredTasks(tasks: TaskRegistry, { append, now }: LedgeredPorts): TaskRegistry {
  const noted = async <Value>(
    result: Result<Value, Problem>,
    by: string | undefined,
    entry: (value: Value) => Pick<NewLedgerEntry, 'action' | 'subject' | 'detail'>,
  ): Promise<Result<Value, Problem>> => {
    if (result.ok && by !== undefined) await append({ at: now(), actor: by, ...entry(result.value) });
    return result;
  };
  return {
    ...tasks,
    submit: async (track, wanted, by) =>
      noted(await tasks.submit(track, wanted, by), by, ({ tasks: taken }) => ({
        ...{ action: 'tasksSubmitted', subject: track },
        detail: { count: taken.length, first: taken[0]?.id ?? null },
      })),
    retry: async (id, by) =>
      noted(await tasks.retry(id, by), by, ({ track }) => ({
        ...{ action: 'taskRetried', subject: track, detail: { task: id } },
      })),
    retryDead: async (track, limit, by) =>
      noted(await tasks.retryDead(track, limit, by), by, ({ retried }) => ({
        ...{ action: 'deadLettersRetried', subject: track, detail: { count: retried.length } },
      })),
    drain: async (worker, by) =>
      noted(await tasks.drain(worker, by), by, ({ track }) => ({
        ...{ action: 'workerDrained', subject: track, detail: { worker } },
      })),
  };
}
