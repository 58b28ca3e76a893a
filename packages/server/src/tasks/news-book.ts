/**
 * Purpose: keeps what workers of this server tell while they work, many events in one statement.
 *
 * Owns, in memory: what has not been written yet, and how much there was of each task. 1. What a task may tell is bounded:
 * beyond that events are left out, and that is told in their place. 2. Events of a task are written in the order in which they
 * were told. 3. What cannot be written is tried again a few times, and what does not find room meanwhile is left out; that is
 * told to the log. A worker never waits for it.
 */
import { SluiceError } from '@sluice/core/kernel/failure.ts';
import type { Instant } from '@sluice/core/kernel/instant.ts';
import { keptBodies, TASK_EVENT_LIMITS, type TaskEventBody } from '@sluice/core/tasks/task-event.ts';
import type { NewTaskEvent } from '../store/tasks/task-events.ts';

/** What news are kept with. */
export interface NewsBookPorts {
  readonly write: (tenant: string, events: readonly NewTaskEvent[]) => Promise<void>;
  /** Told that something of these tasks was written, or given up. */
  readonly written: (tenant: string, tasks: ReadonlySet<string>) => void;
  readonly now: () => Instant;
  readonly failed: (thrown: unknown) => void;
  /** How long is waited for more before something is written, in ms. */
  readonly afterMs?: number;
}

/** Keeps what workers tell. */
export interface NewsBook {
  note(tenant: string, task: string, attempt: number, body: TaskEventBody): void;
  /** Whether something that was told of a task still waits to be written. */
  hasUnwritten(tenant: string, task: string): boolean;
  /** Writes what waits, and takes no more. */
  close(): Promise<void>;
}

const AFTER_MS = 20;
/** Events of one statement. */
const BATCH = 500;
/** Events that may wait to be written. */
const MOST_WAITING = 20_000;
/** Tasks of which is known how much they told. */
const MOST_TASKS = 50_000;
const ATTEMPTS = 3;

interface Told {
  readonly tenant: string;
  readonly event: NewTaskEvent;
}

/** Starts with nothing to write. */
export function newsBook(ports: NewsBookPorts): NewsBook {
  const waiting: Told[] = [];
  const unwritten = new Map<string, number>();
  const counts = new Map<string, number>();
  let writing: Promise<void> | null = null;
  let timer: NodeJS.Timeout | undefined;
  let isClosed = false;
  let leftOut = 0;

  const add = (told: Told): void => {
    waiting.push(told);
    const key = keyOf(told.tenant, told.event.task);
    unwritten.set(key, (unwritten.get(key) ?? 0) + 1);
  };

  const writeOnce = async (): Promise<void> => {
    const tenant = waiting[0]?.tenant ?? '';
    const batch = takeOf(waiting, tenant);
    const events = batch.map(({ event }) => event);
    await tried(() => ports.write(tenant, events)).catch(ports.failed);
    for (const { task } of events) {
      const left = (unwritten.get(keyOf(tenant, task)) ?? 1) - 1;
      if (left > 0) unwritten.set(keyOf(tenant, task), left);
      else unwritten.delete(keyOf(tenant, task));
    }
    ports.written(tenant, new Set(events.map(({ task }) => task)));
  };

  const writeAll = async (): Promise<void> => {
    while (waiting.length > 0) await writeOnce();
    if (leftOut > 0) ports.failed(tooMuch(leftOut));
    leftOut = 0;
    writing = null;
  };

  const writeSoon = (): void => {
    if (writing !== null || timer !== undefined) return;
    timer = setTimeout(() => {
      timer = undefined;
      writing = writeAll();
    }, ports.afterMs ?? AFTER_MS);
  };

  return {
    note: (tenant, task, attempt, body) => {
      if (isClosed) return;
      for (const kept of keptBodies(body)) {
        const place = counted(counts, keyOf(tenant, task));
        if (place > TASK_EVENT_LIMITS.ofTask) continue;
        if (waiting.length >= MOST_WAITING) {
          leftOut += 1;
          continue;
        }
        const isLast = place === TASK_EVENT_LIMITS.ofTask;
        add({ tenant, event: eventOf({ task, attempt, at: ports.now(), body: isLast ? FULL : kept }) });
      }
      if (waiting.length > 0) writeSoon();
    },
    hasUnwritten: (tenant, task) => unwritten.has(keyOf(tenant, task)),
    close: async () => {
      isClosed = true;
      clearTimeout(timer);
      await writing;
      await writeAll();
    },
  };
}

const FULL: TaskEventBody = {
  kind: 'log',
  level: 'warn',
  message: `The task has told ${TASK_EVENT_LIMITS.ofTask} events; what it tells from here on is left out.`,
};

const tooMuch = (count: number): SluiceError =>
  new SluiceError(
    'exhausted',
    `${count} events of tasks were left out: they came faster than they were kept`,
    {
      next: 'stop',
    },
  );

const keyOf = (tenant: string, task: string): string => `${tenant} ${task}`;

const eventOf = ({
  body: { kind, ...body },
  ...told
}: Omit<NewTaskEvent, 'kind' | 'body'> & { readonly body: TaskEventBody }): NewTaskEvent => ({
  ...told,
  kind,
  body,
});

/** Counts one more of a task; those that told something lately are remembered. */
function counted(counts: Map<string, number>, key: string): number {
  const count = (counts.get(key) ?? 0) + 1;
  counts.delete(key);
  counts.set(key, count);
  const [oldest] = counts.keys();
  if (counts.size > MOST_TASKS && oldest !== undefined) counts.delete(oldest);
  return count;
}

/** Takes the next events, of one tenant, in order. */
function takeOf(waiting: Told[], tenant: string): readonly Told[] {
  const other = waiting.findIndex((told) => told.tenant !== tenant);
  return waiting.splice(0, Math.min(BATCH, other === -1 ? waiting.length : other));
}

async function tried(write: () => Promise<void>): Promise<void> {
  for (let attempt = 1; ; attempt++)
    try {
      return await write();
    } catch (thrown) {
      if (attempt === ATTEMPTS) throw thrown;
    }
}
