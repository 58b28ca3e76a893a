/**
 * Purpose: tells whoever follows a task what becomes of it, until it has ended.
 *
 * Owns, in memory: who follows what. 1. What a task becomes, and what its workers tell, is read from the store, so that it is
 * heard of whichever server its worker is connected to, and from the beginning: looked for a few times in a second, and at once
 * when this server knows of a change. 2. Whoever follows and does not read is read nothing for until it does; nothing is left
 * out. 3. The end is said after everything that was told before it: an end that another server has brought about is looked at
 * twice, because that server may still be writing what was told.
 */
import { hasEnded } from '@sluice/core/tasks/task-state.ts';
import type { TaskEventBody } from '@sluice/core/tasks/task-event.ts';
import type { Instant } from '@sluice/core/kernel/instant.ts';
import type { EventsAfter, TaskEventRow } from '../store/tasks/task-events.ts';
import type { TaskRow } from '../store/tasks/task-row.ts';
import type { TaskStanding } from '../store/tasks/task-standings.ts';
import type { NewsBook } from './news-book.ts';

/** Something about a task. */
export type TaskWord =
  | ({ readonly kind: 'status' } & Omit<TaskStanding, 'id'>)
  | {
      readonly kind: 'event';
      /** Grows within a task. */
      readonly sequence: number;
      readonly at: Instant;
      readonly attempt: number;
      readonly event: TaskEventBody;
    }
  /** The last word. */
  | { readonly kind: 'ended'; readonly task: TaskRow };

/** What news come from. */
export interface TaskNewsPorts {
  /** Where tasks stand; what does not exist is missing. */
  readonly standings: (tenant: string, ids: readonly string[]) => Promise<readonly TaskStanding[]>;
  readonly read: (tenant: string, id: string) => Promise<TaskRow | null>;
  /** What was told of tasks after the given events, at most so many of each. */
  readonly events: (
    tenant: string,
    wanted: readonly EventsAfter[],
    limit: number,
  ) => Promise<readonly TaskEventRow[]>;
  /** What workers of this server tell. */
  readonly book: Pick<NewsBook, 'note' | 'hasUnwritten'>;
  readonly failed: (thrown: unknown) => void;
  /** How often is looked for changes that happened on other servers, in ms. */
  readonly everyMs?: number;
}

/** From where on a task is followed. */
export interface FollowedFrom {
  /** Only events after this one; all of them without. */
  readonly after?: number;
}

/** News of tasks. */
export interface TaskNews {
  /**
   * Says where the task stands and what was told of it, and then what becomes of it, until it has ended or the signal aborts;
   * then it ends. Says nothing at all of a task that there is not.
   */
  follow(tenant: string, id: string, signal: AbortSignal, from?: FollowedFrom): AsyncIterable<TaskWord>;
  /** A worker of this server tells something of a task that it has. */
  tell(tenant: string, id: string, attempt: number, event: TaskEventBody): void;
  /** This server knows that something has become of a task. */
  changed(tenant: string, id: string): void;
  /** This server has kept what was told of tasks. */
  written(tenant: string, ids: Iterable<string>): void;
  /** Nobody is told anything any more; resolves when nothing is read any more. */
  close(): Promise<void>;
}

const EVERY_MS = 200;
/** Tasks of one statement. */
const BATCH = 200;
/** Events that are read at once of one task, and that a follower may leave unread. */
const MOST_UNREAD = 500;

interface Follower {
  readonly words: TaskWord[];
  /** The last event that was read for it. */
  sequence: number;
  last: string;
  /** Whether an end may be believed at once: this server serves the worker, or it was seen before. */
  isNearEnd: boolean;
  isOver: boolean;
  arrived: PromiseWithResolvers<void>;
}

/** By tenant, and by task. */
type Followed = Map<string, Map<string, Set<Follower>>>;

/** Starts with nobody who follows. */
export function taskNews(ports: TaskNewsPorts): TaskNews {
  const followed: Followed = new Map();
  const pressing = new Map<string, Set<string>>();
  let looking: Promise<void> | null = null;
  let resting: NodeJS.Timeout | undefined;
  let isClosed = false;

  const lookSoon = (): void => {
    clearTimeout(resting);
    if (followed.size > 0 && !isClosed) resting = setTimeout(look, ports.everyMs ?? EVERY_MS, 'all');
  };

  const look = (which: 'all' | 'pressing'): void => {
    if (looking !== null || isClosed) return;
    const wanted = [...(which === 'all' ? followed : pressing)].map(
      ([tenant, ids]) => [tenant, [...ids.keys()]] as const,
    );
    pressing.clear();
    looking = lookAt(ports, followed, wanted, press)
      .catch(ports.failed)
      .finally(() => {
        looking = null;
        if (pressing.size > 0) look('pressing');
        else lookSoon();
      });
  };

  const press = (tenant: string, id: string): void => {
    if (!followed.get(tenant)?.has(id)) return;
    const ids = pressing.get(tenant) ?? new Set();
    pressing.set(tenant, ids.add(id));
    look('pressing');
  };

  return {
    follow: (tenant, id, signal, { after = 0 } = {}) => {
      const follower: Follower = {
        ...{ words: [], sequence: after, last: '', isNearEnd: false, isOver: signal.aborted },
        arrived: Promise.withResolvers<void>(),
      };
      const over = (): void => finish(follower);
      signal.addEventListener('abort', over, { once: true });
      enter(followed, tenant, id, follower);
      press(tenant, id);
      return readOut(follower, {
        more: () => press(tenant, id),
        left: () => {
          signal.removeEventListener('abort', over);
          leave(followed, tenant, id, follower);
        },
      });
    },
    tell: (tenant, id, attempt, event) => ports.book.note(tenant, id, attempt, event),
    changed: (tenant, id) => {
      // What a worker of this server has told is known to be written or not.
      for (const follower of followed.get(tenant)?.get(id) ?? []) follower.isNearEnd = true;
      press(tenant, id);
    },
    written: (tenant, ids) => {
      for (const id of ids) press(tenant, id);
    },
    close: async () => {
      isClosed = true;
      clearTimeout(resting);
      for (const tasks of followed.values())
        for (const followers of tasks.values()) for (const follower of followers) finish(follower);
      await looking;
    },
  };
}

async function lookAt(
  ports: TaskNewsPorts,
  followed: Followed,
  wanted: readonly (readonly [string, readonly string[]])[],
  press: (tenant: string, id: string) => void,
): Promise<void> {
  for (const [tenant, ids] of wanted)
    for (let from = 0; from < ids.length; from += BATCH) {
      const batch = ids.slice(from, from + BATCH);
      const standings = new Map(
        (await ports.standings(tenant, batch)).map((standing) => [standing.id, standing]),
      );
      // Asked before the events are read: what is written from now on need not be among them.
      const unwritten = new Set(batch.filter((id) => ports.book.hasUnwritten(tenant, id)));
      const told = await eventsFor(ports, tenant, followed, batch);
      for (const id of batch) {
        const standing = standings.get(id);
        const task = standing && hasEnded(standing.state) ? await ports.read(tenant, id) : null;
        const isWritten = !unwritten.has(id);
        for (const follower of followed.get(tenant)?.get(id) ?? []) {
          if (standing && task === null) sayStatus(follower, standing);
          const read = sayEvents(follower, told.get(id) ?? []);
          if (read === 'more') press(tenant, id);
          if (standing === undefined) finish(follower);
          else if (task && read === 'all' && isWritten) sayEnd(follower, standing, task);
        }
      }
    }
}

/** What was told after the events that the one who has read the least of a task has read. */
async function eventsFor(
  { events }: TaskNewsPorts,
  tenant: string,
  followed: Followed,
  ids: readonly string[],
): Promise<Map<string, TaskEventRow[]>> {
  const wanted = ids.flatMap((task) => {
    const hungry = [...(followed.get(tenant)?.get(task) ?? [])].filter((follower) => !isFull(follower));
    return hungry.length === 0 ? [] : [{ task, after: Math.min(...hungry.map((one) => one.sequence)) }];
  });
  if (wanted.length === 0) return new Map();
  return Map.groupBy(await events(tenant, wanted, MOST_UNREAD), ({ task }) => task);
}

const isFull = ({ words }: Follower): boolean => words.length >= MOST_UNREAD;

/** @returns whether that was all that there is now; nothing is read for a follower that does not read */
function sayEvents(follower: Follower, rows: readonly TaskEventRow[]): 'all' | 'more' | 'none' {
  if (isFull(follower)) return 'none';
  for (const { sequence, at, attempt, kind, body } of rows) {
    if (sequence <= follower.sequence) continue;
    follower.sequence = sequence;
    const event = { kind, ...(body as object) } as TaskEventBody;
    add(follower, { kind: 'event', sequence, at, attempt, event });
  }
  return rows.length < MOST_UNREAD ? 'all' : 'more';
}

function sayEnd(follower: Follower, standing: TaskStanding, task: TaskRow): void {
  if (!follower.isNearEnd) {
    follower.isNearEnd = true;
    return;
  }
  sayStatus(follower, standing);
  add(follower, { kind: 'ended', task });
  finish(follower);
}

function sayStatus(follower: Follower, { id: _id, ...standing }: TaskStanding): void {
  const status = { kind: 'status', ...standing } as const;
  const text = JSON.stringify(status);
  if (text === follower.last) return;
  follower.last = text;
  add(follower, status);
}

function add(follower: Follower, word: TaskWord): void {
  if (follower.isOver) return;
  follower.words.push(word);
  follower.arrived.resolve();
}

function finish(follower: Follower): void {
  follower.isOver = true;
  follower.arrived.resolve();
}

async function* readOut(
  follower: Follower,
  { more, left }: { readonly more: () => void; readonly left: () => void },
): AsyncGenerator<TaskWord> {
  try {
    for (;;) {
      const wasFull = isFull(follower);
      for (let word = follower.words.shift(); word !== undefined; word = follower.words.shift()) yield word;
      if (follower.isOver) return;
      follower.arrived = Promise.withResolvers();
      if (wasFull) more();
      await follower.arrived.promise;
    }
  } finally {
    left();
  }
}

function enter(all: Followed, tenant: string, id: string, follower: Follower): void {
  const tasks = all.get(tenant) ?? new Map<string, Set<Follower>>();
  const followers = tasks.get(id) ?? new Set();
  all.set(tenant, tasks.set(id, followers.add(follower)));
}

function leave(all: Followed, tenant: string, id: string, follower: Follower): void {
  const tasks = all.get(tenant);
  const followers = tasks?.get(id);
  followers?.delete(follower);
  if (followers?.size === 0) tasks?.delete(id);
  if (tasks?.size === 0) all.delete(tenant);
}
