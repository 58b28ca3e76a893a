import { TaskError } from './task-error.ts';

/** Something that is remembered under a key. */
export interface Remembered<Value = unknown> {
  readonly value: Value;
  /** Another one after each change. */
  readonly version: bigint;
}

/** A key with what it holds. */
export interface RememberedKey extends Remembered {
  readonly key: string;
  /** How many lines it holds; 0 where it holds a value. */
  readonly lines: number;
  readonly expiresAt: Date | null;
  readonly updatedAt: Date;
}

/** A line of a key. */
export interface RememberedLine<Value = unknown> {
  /** Counts from 1. */
  readonly sequence: number;
  readonly value: Value;
  readonly at: Date;
}

/** Something that was found. */
export interface RememberedFound {
  readonly key: string;
  /** Of the line; 0 where the key holds a value. */
  readonly sequence: number;
  readonly value: unknown;
  /** The greater, the better it fits; comparable within one search only. */
  readonly score: number;
}

/** How something is to be remembered. */
export interface RememberOptions {
  /** Forgotten so long after, in ms; never when it is left out, but of a session after 30 days. */
  readonly forMs?: number;
  /** What it means, as a vector, to be found by `near`. */
  readonly embedding?: readonly number[];
}

/** What is remembered of one session, agent or tenant. Nothing of it can be used once the task has ended. */
export interface Memory {
  /** Null where there is nothing. */
  get<Value = unknown>(key: string): Promise<Remembered<Value> | null>;
  /**
   * Remembers a value; gives its version.
   * @param options `expectedVersion`: only where this is the present version; 0 only where there is nothing yet
   * @throws MemoryConflict when it is not
   */
  put(
    key: string,
    value: unknown,
    options?: RememberOptions & { readonly expectedVersion?: bigint | number },
  ): Promise<bigint>;
  /** Changes a value whatever others do meanwhile: `change` is called again when somebody was faster. */
  update<Value = unknown>(
    key: string,
    change: (present: Value | null) => Value,
    options?: RememberOptions,
  ): Promise<Value>;
  /** Adds a line; gives its sequence, counted from 1. What was added is never changed. */
  append(key: string, value: unknown, options?: RememberOptions): Promise<number>;
  /** Lines after a sequence, in order; at most 1,000, and 100 when nothing is said. */
  lines<Value = unknown>(
    key: string,
    page?: { readonly after?: number; readonly limit?: number },
  ): Promise<readonly RememberedLine<Value>[]>;
  /** Keys that begin so, in order, after one of them; at most 1,000, and 100 when nothing is said. */
  list(page?: {
    readonly prefix?: string;
    readonly after?: string;
    readonly limit?: number;
  }): Promise<readonly RememberedKey[]>;
  /** What has words, or is near to a vector, the best first; at most 100, and 10 when nothing is said. */
  search(
    what: string | { readonly near: readonly number[] },
    options?: { readonly limit?: number },
  ): Promise<readonly RememberedFound[]>;
  /** Forgets a key; gives whether there was something. */
  delete(key: string, options?: { readonly expectedVersion?: bigint | number }): Promise<boolean>;
}

/** What a task may use: what is remembered of its session, its agent, and its tenant. */
export interface TaskMemory {
  /** Only for tasks of a session. */
  readonly session: Memory;
  readonly agent: Memory;
  readonly tenant: Memory;
}

/** Somebody else has changed what was to be changed; the attempt is tried again when nobody catches it. */
export class MemoryConflict extends TaskError {
  constructor(message: string, cause?: unknown) {
    super('transient', message, cause === undefined ? {} : { cause });
    this.name = 'MemoryConflict';
  }
}

/** So many others do not change one key at the same moment. */
const TRIES = 20;

/** Reads, changes and writes, again and again until nobody was faster. */
export async function updated<Value>(
  memory: Pick<Memory, 'get' | 'put'>,
  key: string,
  change: (present: Value | null) => Value,
  options: RememberOptions = {},
): Promise<Value> {
  for (let attempt = 1; ; attempt++) {
    const present = await memory.get<Value>(key);
    const value = change(present?.value ?? null);
    try {
      await memory.put(key, value, { ...options, expectedVersion: present?.version ?? 0n });
      return value;
    } catch (thrown) {
      if (!(thrown instanceof MemoryConflict) || attempt === TRIES) throw thrown;
    }
  }
}
