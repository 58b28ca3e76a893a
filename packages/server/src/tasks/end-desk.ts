/**
 * Purpose: writes down how attempts ended, many in one statement while the one before is on its way.
 *
 * Owns, in memory: what has not been written yet. 1. An end is only told to count once it is written. 2. What was not
 * accepted, because the lease had ended, is counted nowhere.
 */
import { SluiceError } from '@sluice/core/kernel/failure.ts';
import type { TaskEnd } from '../store/tasks/settle-tasks.ts';
import type { TaskEngine } from './task-engine.ts';

/** Most ends of one statement. */
const BATCH = 500;

interface Entry {
  readonly end: TaskEnd;
  readonly written: PromiseWithResolvers<boolean>;
}

/** Writes down how attempts ended. */
export interface EndDesk {
  /** Resolves to whether the end counted; rejects when it could not be written, so that nobody knows. */
  end(tenant: string, end: TaskEnd): Promise<boolean>;
}

/** Two transactions that meet do not do so for ever. */
const ATTEMPTS = 5;

/** Starts with nothing to write. */
export function endDesk(engine: Pick<TaskEngine, 'settle'>): EndDesk {
  const queues = new Map<string, Entry[]>();
  const writing = new Set<string>();

  const write = async (tenant: string): Promise<void> => {
    if (writing.has(tenant)) return;
    writing.add(tenant);
    for (let batch = take(tenant); batch.length > 0; batch = take(tenant))
      try {
        const counted = await settled(
          tenant,
          batch.map(({ end }) => end),
        );
        for (const { end, written } of batch) written.resolve(counted.has(end.id));
      } catch (thrown) {
        for (const { written } of batch) written.reject(thrown);
      }
    writing.delete(tenant);
  };

  /** What the database has undone may be done again; whoever waits need not know. */
  const settled = async (tenant: string, ends: readonly TaskEnd[]): Promise<ReadonlySet<string>> => {
    for (let attempt = 1; ; attempt++)
      try {
        return await engine.settle(tenant, ends);
      } catch (thrown) {
        const isUndone =
          thrown instanceof SluiceError && thrown.code === 'conflict' && thrown.next === 'retry';
        if (!isUndone || attempt === ATTEMPTS) throw thrown;
      }
  };

  /** One task at most once in a statement, which updates each row once. */
  const take = (tenant: string): readonly Entry[] => {
    const waiting = queues.get(tenant) ?? [];
    const ids = new Set<string>();
    const batch: Entry[] = [];
    const rest: Entry[] = [];
    for (const entry of waiting)
      if (batch.length < BATCH && !ids.has(entry.end.id)) {
        ids.add(entry.end.id);
        batch.push(entry);
      } else rest.push(entry);
    if (rest.length > 0) queues.set(tenant, rest);
    else queues.delete(tenant);
    return batch;
  };

  return {
    end: (tenant, end) => {
      const written = Promise.withResolvers<boolean>();
      const waiting = queues.get(tenant) ?? [];
      waiting.push({ end, written });
      queues.set(tenant, waiting);
      void write(tenant);
      return written.promise;
    },
  };
}
