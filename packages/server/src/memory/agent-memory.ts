/**
 * Purpose: what agents remember, kept in PostgreSQL, for their workers and for people.
 *
 * Owns the tables `memory_*`. 1. A worker reads and writes only in the scopes of a task that it has, while it has it. 2. Of two
 * who change a key from the same version one is refused. 3. What a task writes that may do nothing that others notice is
 * checked and left out.
 */
import { ok, refuse, type Result } from '@sluice/core/kernel/result.ts';
import { type AttemptHolder, leaseLost } from '@sluice/core/tasks/attempt-holder.ts';
import { MEMORY_LIMITS } from '@sluice/core/tasks/memory-limits.ts';
import {
  asExpected,
  checkedKey,
  checkedWish,
  type MemoryReach,
  type MemoryScope,
  ofOneKind,
  reachOf,
  searchedText,
  weightOf,
  withRoom,
  withRoomOfTenant,
} from '@sluice/core/tasks/memory-rules.ts';
import type { Database } from '../store/database/open-database.ts';
import {
  changeMemory,
  type MemoryBefore,
  type MemoryChange,
  type MemoryChanged,
} from '../store/memory/change-memory.ts';
import {
  listMemory,
  type MemoryEntryRow,
  type MemoryFoundRow,
  type MemoryLineRow,
  readMemory,
  readMemoryLines,
  searchNear,
  searchWords,
} from '../store/memory/read-memory.ts';
import { type VectorSupport, vectorSupport } from '../store/memory/vector-extension.ts';
import { taskScope } from './task-scope.ts';

/** Who asks: a person for a scope, or a worker in the name of an attempt. */
export type MemoryPlace =
  | { readonly scope: MemoryScope }
  | { readonly fence: AttemptHolder; readonly reach: MemoryReach };

/** A value that is to be remembered. */
export interface MemoryValue {
  /** Any JSON. */
  readonly value: unknown;
  /** Forgotten so long after; never without, but of a session after `MEMORY_LIMITS.sessionMs`. */
  readonly timeToLiveMs?: number | undefined;
  readonly embedding?: readonly number[] | undefined;
}

/** A key with what it holds. */
export type MemoryEntry = MemoryEntryRow;

/** Part of a list. */
export interface MemoryPage<Item> {
  readonly items: readonly Item[];
  readonly hasMore: boolean;
}

/** What agents remember. */
export interface AgentMemory {
  /** Null where there is nothing, or its time is over. */
  get(place: MemoryPlace, key: string): Promise<Result<MemoryEntryRow | null>>;
  put(
    place: MemoryPlace,
    key: string,
    value: MemoryValue & { readonly expectedVersion?: number | undefined },
  ): Promise<Result<MemoryChanged>>;
  /** Adds a line; `lines` of the answer is its sequence. */
  append(place: MemoryPlace, key: string, value: MemoryValue): Promise<Result<MemoryChanged>>;
  list(
    place: MemoryPlace,
    page: { readonly prefix: string; readonly after: string; readonly limit: number },
  ): Promise<Result<MemoryPage<MemoryEntryRow>>>;
  lines(
    place: MemoryPlace,
    page: { readonly key: string; readonly after: number; readonly limit: number },
  ): Promise<Result<MemoryPage<MemoryLineRow>>>;
  /** By words, or where a vector is given by nearness; fewer than asked for where they are large. */
  search(
    place: MemoryPlace,
    search: { readonly text: string; readonly near: readonly number[]; readonly limit: number },
  ): Promise<Result<readonly MemoryFoundRow[]>>;
  /** Answers whether there was something. */
  forget(
    place: MemoryPlace,
    key: string,
    how: { readonly expectedVersion?: number | undefined },
  ): Promise<Result<boolean>>;
}

/** What memory is kept with. */
export interface AgentMemoryPorts {
  readonly db: Database;
  readonly tenant: string;
  /** What all agents of the tenant remember together, in bytes; may be some seconds old. */
  readonly usedBytes: () => Promise<number>;
}

/** The memory of a tenant's agents. */
export function agentMemory(ports: AgentMemoryPorts): AgentMemory {
  const { db, tenant } = ports;
  /** What somebody may look at. */
  const within = async <Value>(
    place: MemoryPlace,
    read: (scope: MemoryScope) => Promise<Value>,
  ): Promise<Result<Value>> => {
    const found = await placeOf(db, tenant, place);
    return found.ok ? ok(await read(found.value.scope)) : found;
  };
  return {
    get: (place, key) => within(place, (scope) => readMemory(db, tenant, scope, key)),
    put: (place, key, value) => write(ports, { kind: 'put', place, key }, value),
    append: (place, key, value) => write(ports, { kind: 'append', place, key }, value),
    list: (place, page) =>
      within(place, async (scope) =>
        pageOf(page.limit, await listMemory(db, tenant, scope, { ...page, limit: page.limit + 1 })),
      ),
    lines: (place, page) =>
      within(place, async (scope) =>
        pageOf(page.limit, await readMemoryLines(db, tenant, scope, { ...page, limit: page.limit + 1 })),
      ),
    search: async (place, { text, near, limit }) => {
      const fault = searchFault(text, near);
      if (fault) return fault;
      if (near.length === 0)
        return within(place, async (scope) =>
          withinPage(await searchWords(db, tenant, scope, { text, limit })),
        );
      const support = await vectorSupport(db);
      if (support !== 'available') return noVectors(support);
      return within(place, async (scope) => withinPage(await searchNear(db, tenant, scope, { near, limit })));
    },
    forget: (place, key, how) => forget(ports, { place, key }, how),
  };
}

interface Written {
  readonly place: MemoryPlace;
  readonly key: string;
}

async function write(
  ports: AgentMemoryPorts,
  { kind, place, key }: Written & { readonly kind: 'put' | 'append' },
  { expectedVersion, ...said }: MemoryValue & { readonly expectedVersion?: number | undefined },
): Promise<Result<MemoryChanged>> {
  const valueBytes = Buffer.byteLength(JSON.stringify(said.value) ?? 'null');
  const wish = checkedWish({ key, valueBytes, ...said });
  if (!wish.ok) return wish;
  const room = withRoomOfTenant(await ports.usedBytes());
  if (!room.ok) return room;
  const bytes = weightOf(wish.value);
  const isLine = kind === 'append';
  return change(ports, { place, key }, (scope, { use, present }) => {
    const more = {
      ...{ keys: present === null ? 1 : 0, lines: isLine ? (present?.lines ?? 0) + 1 : 0 },
      bytes: isLine ? bytes : bytes - (present?.bytes ?? 0),
    };
    for (const verdict of [
      asExpected(key, present, expectedVersion),
      ofOneKind(key, present, isLine ? 'lines' : 'value'),
      withRoom(scope, use, more),
    ])
      if (!verdict.ok) return verdict;
    return ok({
      ...{ kind, bytes, value: said.value, text: searchedText(key, said.value) },
      embedding: said.embedding === undefined || said.embedding.length === 0 ? null : said.embedding,
      timeToLiveMs: said.timeToLiveMs ?? (reachOf(scope) === 'session' ? MEMORY_LIMITS.sessionMs : null),
    });
  });
}

async function forget(
  ports: AgentMemoryPorts,
  { place, key }: Written,
  { expectedVersion }: { readonly expectedVersion?: number | undefined },
): Promise<Result<boolean>> {
  const named = checkedKey(key);
  if (!named.ok) return named;
  let wasThere = false;
  const changed = await change(ports, { place, key }, (_scope, { present }) => {
    wasThere = present !== null;
    const verdict = asExpected(key, present, expectedVersion);
    return verdict.ok ? ok({ kind: 'forget' }) : verdict;
  });
  return changed.ok ? ok(wasThere) : changed;
}

async function change(
  { db, tenant }: AgentMemoryPorts,
  { place, key }: Written,
  decide: (scope: MemoryScope, before: MemoryBefore) => Result<MemoryChange>,
): Promise<Result<MemoryChanged>> {
  const found = await placeOf(db, tenant, place);
  if (!found.ok) return found;
  const { scope, fence, mayAct } = found.value;
  const changed = await changeMemory(db, tenant, { scope, key, fence }, (before) => {
    const decided = decide(scope, before);
    return decided.ok && !mayAct ? ok({ kind: 'nothing' }) : decided;
  });
  return changed === 'lease-lost' && fence ? leaseLost(fence) : (changed as Result<MemoryChanged>);
}

interface FoundPlace {
  readonly scope: MemoryScope;
  readonly fence: AttemptHolder | null;
  readonly mayAct: boolean;
}

async function placeOf(db: Database, tenant: string, place: MemoryPlace): Promise<Result<FoundPlace>> {
  if ('scope' in place) return ok({ scope: place.scope, fence: null, mayAct: true });
  const { fence, reach } = place;
  const task = await taskScope(db, tenant, fence, reach);
  return task.ok ? ok({ ...task.value, fence }) : task;
}

function pageOf<Item extends Remembered>(limit: number, items: readonly Item[]): MemoryPage<Item> {
  const page = withinPage(items.slice(0, limit));
  return { items: page, hasMore: items.length > page.length };
}

interface Remembered {
  readonly value: unknown;
}

/** The first of them, as many as one answer may hold; one at least. */
function withinPage<Item extends Remembered>(items: readonly Item[]): readonly Item[] {
  let bytes = 0;
  const end = items.findIndex(({ value }, nth) => {
    bytes += Buffer.byteLength(JSON.stringify(value));
    return nth > 0 && bytes > MEMORY_LIMITS.pageBytes;
  });
  return end < 0 ? items : items.slice(0, end);
}

function searchFault(text: string, near: readonly number[]): Result<never> | null {
  const { query, dimensions } = MEMORY_LIMITS;
  if (near.length === 0 && (text.trim() === '' || text.length > query))
    return refuse(
      'invalid-search',
      `Nothing was searched: the text has ${text.length} characters.`,
      `Send 1 to ${query} characters, or a vector.`,
    );
  if (near.length <= dimensions && near.every((number) => Number.isFinite(number))) return null;
  return refuse(
    'invalid-search',
    `Nothing was searched: the vector has ${near.length} numbers, or one that is none.`,
    `Send at most ${dimensions} finite numbers.`,
  );
}

const noVectors = (support: Exclude<VectorSupport, 'available'>) =>
  refuse(
    'no-vectors',
    support === 'not-installed'
      ? 'Nothing was searched: the database has no extension `vector`, so that it cannot compare vectors.'
      : 'Nothing was searched: the database has the extension `vector`, but the server may not create it.',
    support === 'not-installed'
      ? 'Search by words, or use a PostgreSQL with pgvector installed (DATABASE_URL); the embedded one has none.'
      : 'Search by words, or let an administrator of the database run `create extension vector` in it.',
  );
