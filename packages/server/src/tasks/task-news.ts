/**
 * Purpose: tells whoever follows a task what becomes of it, until it has ended.
 *
 * Owns, in memory: who follows what. 1. What a task becomes is read from the store, so that it is heard of whichever server
 * its worker is connected to: looked for a few times in a second, and at once when this server knows of a change. 2. What
 * workers tell while they work is kept nowhere: it is heard by those who follow on the worker's server at that moment.
 * 3. Whoever follows and does not read loses events, and is told how many, but never a state or the end.
 */
import type { Instant } from '@sluice/core/kernel/instant.ts';
import { hasEnded } from '@sluice/core/tasks/task-state.ts';
import type { TaskRow } from '../store/tasks/task-row.ts';
import type { TaskStanding } from '../store/tasks/task-standings.ts';

/** Something about a task. */
export type TaskWord<Event> =
  | ({ readonly kind: 'status' } & Omit<TaskStanding, 'id'>)
  | { readonly kind: 'event'; readonly at: Instant; readonly attempt: number; readonly event: Event }
  /** So many events were left out here. */
  | { readonly kind: 'left-out'; readonly count: number }
  /** The last word. */
  | { readonly kind: 'ended'; readonly task: TaskRow };

/** What news come from. */
export interface TaskNewsPorts {
  /** Where tasks stand; what does not exist is missing. */
  readonly standings: (tenant: string, ids: readonly string[]) => Promise<readonly TaskStanding[]>;
  readonly read: (tenant: string, id: string) => Promise<TaskRow | null>;
  readonly now: () => Instant;
  readonly failed: (thrown: unknown) => void;
  /** How often is looked for changes that happened on other servers, in ms. */
  readonly everyMs?: number;
}

/** News of tasks. */
export interface TaskNews<Event> {
  /**
   * Says where the task stands, and then what becomes of it, until it has ended or the signal aborts; then it ends. Says
   * nothing at all of a task that there is not.
   */
  follow(tenant: string, id: string, signal: AbortSignal): AsyncIterable<TaskWord<Event>>;
  /** A worker of this server tells something of a task that it has. */
  tell(tenant: string, id: string, attempt: number, event: Event): void;
  /** This server knows that something has become of a task. */
  changed(tenant: string, id: string): void;
}

const EVERY_MS = 200;
/** Tasks of one statement. */
const BATCH = 1_000;
/** Events that a follower may leave unread. */
const MOST_UNREAD = 1_000;

interface Follower<Event> {
  readonly words: TaskWord<Event>[];
  leftOut: number;
  last: string;
  isOver: boolean;
  arrived: PromiseWithResolvers<void>;
}

/** By tenant, and by task. */
type Followed<Event> = Map<string, Map<string, Set<Follower<Event>>>>;

/** Starts with nobody who follows. */
export function taskNews<Event>(ports: TaskNewsPorts): TaskNews<Event> {
  const followed: Followed<Event> = new Map();
  const pressing = new Map<string, Set<string>>();
  let looking: Promise<void> | null = null;
  let resting: NodeJS.Timeout | undefined;

  const lookSoon = (): void => {
    clearTimeout(resting);
    if (followed.size > 0) resting = setTimeout(look, ports.everyMs ?? EVERY_MS, 'all');
  };

  const look = (which: 'all' | 'pressing'): void => {
    if (looking !== null) return;
    const wanted = [...(which === 'all' ? followed : pressing)].map(
      ([tenant, ids]) => [tenant, [...ids.keys()]] as const,
    );
    pressing.clear();
    looking = lookAt(ports, followed, wanted)
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
    follow: (tenant, id, signal) => {
      const follower: Follower<Event> = {
        ...{ words: [], leftOut: 0, last: '', isOver: signal.aborted },
        arrived: Promise.withResolvers<void>(),
      };
      const over = (): void => finish(follower);
      signal.addEventListener('abort', over, { once: true });
      enter(followed, tenant, id, follower);
      press(tenant, id);
      return readOut(follower, () => {
        signal.removeEventListener('abort', over);
        leave(followed, tenant, id, follower);
      });
    },
    tell: (tenant, id, attempt, event) => {
      for (const follower of followed.get(tenant)?.get(id) ?? [])
        if (follower.words.length < MOST_UNREAD)
          add(follower, { kind: 'event', at: ports.now(), attempt, event });
        else follower.leftOut += 1;
    },
    changed: press,
  };
}

async function lookAt<Event>(
  { standings, read }: TaskNewsPorts,
  followed: Followed<Event>,
  wanted: readonly (readonly [string, readonly string[]])[],
): Promise<void> {
  for (const [tenant, ids] of wanted)
    for (let from = 0; from < ids.length; from += BATCH) {
      const batch = ids.slice(from, from + BATCH);
      const found = new Map((await standings(tenant, batch)).map((standing) => [standing.id, standing]));
      for (const id of batch) {
        const standing = found.get(id);
        const task = standing && hasEnded(standing.state) ? await read(tenant, id) : null;
        for (const follower of followed.get(tenant)?.get(id) ?? []) say(follower, standing, task);
      }
    }
}

function say<Event>(
  follower: Follower<Event>,
  standing: TaskStanding | undefined,
  task: TaskRow | null,
): void {
  if (standing) sayStatus(follower, standing);
  if (task) add(follower, { kind: 'ended', task });
  if (task || !standing) finish(follower);
}

function sayStatus<Event>(follower: Follower<Event>, { id: _id, ...standing }: TaskStanding): void {
  const status = { kind: 'status', ...standing } as const;
  const text = JSON.stringify(status);
  if (text === follower.last) return;
  follower.last = text;
  add(follower, status);
}

function add<Event>(follower: Follower<Event>, word: TaskWord<Event>): void {
  if (follower.isOver) return;
  if (follower.leftOut > 0) {
    follower.words.push({ kind: 'left-out', count: follower.leftOut });
    follower.leftOut = 0;
  }
  follower.words.push(word);
  follower.arrived.resolve();
}

function finish<Event>(follower: Follower<Event>): void {
  follower.isOver = true;
  follower.arrived.resolve();
}

async function* readOut<Event>(follower: Follower<Event>, left: () => void): AsyncGenerator<TaskWord<Event>> {
  try {
    for (;;) {
      for (let word = follower.words.shift(); word !== undefined; word = follower.words.shift()) yield word;
      if (follower.isOver) return;
      follower.arrived = Promise.withResolvers();
      await follower.arrived.promise;
    }
  } finally {
    left();
  }
}

function enter<Event>(all: Followed<Event>, tenant: string, id: string, follower: Follower<Event>): void {
  const tasks = all.get(tenant) ?? new Map<string, Set<Follower<Event>>>();
  const followers = tasks.get(id) ?? new Set();
  all.set(tenant, tasks.set(id, followers.add(follower)));
}

function leave<Event>(all: Followed<Event>, tenant: string, id: string, follower: Follower<Event>): void {
  const tasks = all.get(tenant);
  const followers = tasks?.get(id);
  followers?.delete(follower);
  if (followers?.size === 0) tasks?.delete(id);
  if (tasks?.size === 0) all.delete(tenant);
}
