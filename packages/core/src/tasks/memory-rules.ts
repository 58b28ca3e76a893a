import { ok, refuse, type Result } from '../kernel/result.ts';
import { MEMORY_LIMITS } from './memory-limits.ts';

/** Where something is remembered: for a session of an agent, an agent (no session), or a tenant (no queue either). */
export interface MemoryScope {
  /** The track of the agent; empty for the tenant's scope. */
  readonly queue: string;
  /** Empty for the scope of the agent, or of the tenant. */
  readonly session: string;
}

/** How far a scope reaches. */
export type MemoryReach = 'session' | 'agent' | 'tenant';

/** How far a scope reaches. */
export const reachOf = ({ queue, session }: MemoryScope): MemoryReach => {
  if (queue === '') return 'tenant';
  return session === '' ? 'agent' : 'session';
};

/** What somebody wants to be remembered. */
export interface MemoryWish {
  readonly key: string;
  /** Any JSON. */
  readonly value: unknown;
  /** In bytes of JSON. */
  readonly valueBytes: number;
  readonly timeToLiveMs?: number | undefined;
  readonly embedding?: readonly number[] | undefined;
}

/** A key as it is before a change. */
export interface MemoryPresent {
  readonly version: number;
  /** 0 where it holds a value. */
  readonly lines: number;
  readonly bytes: number;
}

/** What a scope holds before a change. */
export interface MemoryUse {
  readonly keys: number;
  readonly bytes: number;
}

const KEY = /^[A-Za-z0-9][A-Za-z0-9._:@-]{0,199}$/;

/** Whether a text can be a key. */
export const isMemoryKey = (key: string): boolean => KEY.test(key);

/** Refuses a key that is none. */
export const checkedKey = (key: string): Result<string> =>
  isMemoryKey(key)
    ? ok(key)
    : invalid(
        `The key is '${key.slice(0, 80)}'.`,
        'Use 1 to 200 letters, digits, dots, dashes, underscores, colons and at signs, a letter or digit first.',
      );

/** Refuses what cannot be remembered, whatever is there already. */
export function checkedWish(wish: MemoryWish): Result<MemoryWish> {
  const { key, valueBytes, timeToLiveMs, embedding = [] } = wish;
  const { shortestMs, longestMs, dimensions } = MEMORY_LIMITS;
  const named = checkedKey(key);
  if (!named.ok) return named;
  if (valueBytes > MEMORY_LIMITS.valueBytes)
    return invalid(
      `The value of ${key} has ${valueBytes} bytes of JSON, and ${MEMORY_LIMITS.valueBytes} are the most.`,
      'Divide it over several keys, or upload it as a payload and remember its name.',
    );
  if (timeToLiveMs !== undefined && !(timeToLiveMs >= shortestMs && timeToLiveMs <= longestMs))
    return invalid(
      `${key} is to be forgotten after ${timeToLiveMs} ms.`,
      'Send a second to ten years, or leave it out.',
    );
  const isFinite = embedding.every((number) => Number.isFinite(number));
  if (embedding.length > dimensions || !isFinite)
    return invalid(
      `The vector of ${key} has ${embedding.length} numbers, or one that is none.`,
      `Send at most ${dimensions} finite numbers.`,
    );
  return ok(wish);
}

/** What an entry counts against the limits, in bytes. */
export const weightOf = ({ key, valueBytes, embedding = [] }: MemoryWish): number =>
  key.length + valueBytes + 4 * embedding.length;

/**
 * Refuses a change that is made of an older state than the present one.
 * @param expected 0 where nothing should be there; undefined where whatever is there may be changed
 */
export function asExpected(
  key: string,
  present: MemoryPresent | null,
  expected: number | undefined,
): Result<null> {
  const version = present?.version ?? 0;
  if (expected === undefined || expected === version) return ok(null);
  return refuse(
    'conflict',
    version === 0
      ? `${key} was to be changed from version ${expected}, and there is nothing any more.`
      : `${key} was to be changed from version ${expected}, and its present version is ${version}.`,
    'Read it again, and change what is there now.',
  );
}

/** Refuses a value where there are lines, and lines where there is a value. */
export function ofOneKind(
  key: string,
  present: MemoryPresent | null,
  wanted: 'value' | 'lines',
): Result<null> {
  if (present === null || present.lines > 0 === (wanted === 'lines')) return ok(null);
  return refuse(
    'other-kind',
    wanted === 'lines'
      ? `${key} holds a value, so that no line can be added to it.`
      : `${key} holds ${present.lines} lines, so that no value can be put there.`,
    'Use another key, or delete this one first.',
  );
}

/** Refuses what a scope has no room for. */
export function withRoom(
  scope: MemoryScope,
  use: MemoryUse,
  change: { readonly keys: number; readonly bytes: number; readonly lines: number },
): Result<null> {
  const { keys, scopeBytes, lines } = MEMORY_LIMITS;
  const where = `The memory of the ${reachOf(scope)}`;
  if (change.lines > lines)
    return full(`The key has ${lines} lines, which are the most.`, 'Go on under another key.');
  if (change.keys > 0 && use.keys + change.keys > keys)
    return full(`${where} has ${use.keys} keys, and ${keys} are the most.`, LESS);
  if (change.bytes > 0 && use.bytes + change.bytes > scopeBytes)
    return full(`${where} has ${use.bytes} bytes, and ${scopeBytes} are the most.`, LESS);
  return ok(null);
}

const LESS = 'Delete what is of no use any more, or say how long it is to be remembered.';

/** Refuses what a tenant has no room for. */
export const withRoomOfTenant = (bytes: number): Result<null> =>
  bytes < MEMORY_LIMITS.tenantBytes
    ? ok(null)
    : full(
        `All agents together remember ${bytes} bytes, and ${MEMORY_LIMITS.tenantBytes} are the most.`,
        LESS,
      );

const invalid = (what: string, remedy: string) =>
  refuse('invalid-memory', `It was not remembered. ${what}`, remedy);
const full = (what: string, remedy: string) =>
  refuse('limit-memory', `It was not remembered. ${what}`, remedy);

/** The texts of a value, by which it is found. */
export function searchedText(key: string, value: unknown): string {
  const texts: string[] = [key.replaceAll(/[._:@-]/g, ' ')];
  let left: number = MEMORY_LIMITS.searched;
  const visit = (inner: unknown): void => {
    if (left <= 0 || inner === null) return;
    if (typeof inner === 'string') {
      texts.push(inner.slice(0, left));
      left -= inner.length;
    } else if (typeof inner === 'number') texts.push(String(inner));
    else if (typeof inner === 'object') for (const part of Object.values(inner)) visit(part);
  };
  visit(value);
  return texts.join('\n');
}
