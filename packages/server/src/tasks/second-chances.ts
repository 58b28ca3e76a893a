/**
 * Purpose: gives tasks that failed for good on a revision which was then taken back another chance, on the revision that serves.
 *
 * Owns the timer. 1. What a bad release did to a task is not the task's fault, so that it begins from the start. 2. A task that
 * fails for good on the revision that serves is a dead letter, and stays one. 3. Any server may do it; each task is dealt once.
 */
import type { Logger } from 'pino';
import { SluiceError } from '@sluice/core/kernel/failure.ts';
import type { CondemnedRevision } from '../store/tasks/condemned-tasks.ts';
import { redriveLetters, type RedrivePorts } from './redrive-letters.ts';
import { realTimers, type Timers } from './timers.ts';

/** What chances are given with. */
export interface SecondChancePorts extends RedrivePorts {
  readonly condemned: () => Promise<readonly CondemnedRevision[]>;
  /** At most so many of a revision's. */
  readonly letters: (
    revision: CondemnedRevision,
    limit: number,
  ) => Promise<readonly { readonly id: string; readonly session: string | null }[]>;
  readonly log: Pick<Logger, 'info' | 'warn'>;
  /** The process's own without. */
  readonly timers?: Timers;
}

/** A duty that goes on by itself. */
export interface SecondChances {
  /** One turn, for tests. */
  turn(): Promise<void>;
  close(): Promise<void>;
}

const EVERY_MS = 1_000;
/** Tasks of one statement. */
const BATCH = 500;

/** Starts to look for them. */
export function secondChances(tenant: string, ports: SecondChancePorts): SecondChances {
  let present: Promise<void> | null = null;
  const turn = async (): Promise<void> => {
    for (const revision of await ports.condemned()) await redriveAll(tenant, ports, revision);
  };
  const failed = (thrown: unknown): void => {
    const { message } = SluiceError.from(thrown, 'giving tasks of a bad release another chance');
    ports.log.warn({ reason: message }, 'tasks were not tried again');
  };
  const stop = (ports.timers ?? realTimers).every(EVERY_MS, () => {
    present ??= turn()
      .catch(failed)
      .finally(() => {
        present = null;
      });
  });
  return {
    turn,
    close: async () => {
      stop();
      await present;
    },
  };
}

async function redriveAll(
  tenant: string,
  ports: SecondChancePorts,
  revision: CondemnedRevision,
): Promise<void> {
  for (;;) {
    const letters = await ports.letters(revision, BATCH);
    if (letters.length === 0) return;
    const redriven = await redriveLetters(tenant, ports, { track: revision.queue, letters });
    if (!redriven.ok || redriven.value.length === 0) return;
    const tasks = redriven.value.length;
    ports.log.info(
      { track: revision.queue, tasks },
      'tasks of a release that was taken back are tried again',
    );
  }
}
