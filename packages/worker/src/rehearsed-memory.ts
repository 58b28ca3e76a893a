/**
 * Purpose: the memory of a task whose result is only compared: it reads what there is, and keeps what it writes to itself.
 *
 * Owns, in memory, what the attempt has written; it is gone with the attempt. Lists and searches show what others see.
 */
import { type Memory, MemoryConflict, type RememberedLine, type TaskMemory, updated } from './task-memory.ts';

/** Lets a task write what nobody else sees. */
export const rehearsedMemory = ({ session, agent, tenant }: TaskMemory): TaskMemory => ({
  session: rehearsed(session),
  agent: rehearsed(agent),
  tenant: rehearsed(tenant),
});

interface Written {
  readonly value: unknown;
  readonly version: bigint;
}

function rehearsed(real: Memory): Memory {
  /** Null where it was deleted. */
  const values = new Map<string, Written | null>();
  const added = new Map<string, RememberedLine[]>();
  /** Far beyond those that the server gives. */
  let versions = 2n ** 62n;

  const get: Memory['get'] = async <Value>(key: string) => {
    const own = values.get(key);
    return own === undefined ? real.get<Value>(key) : (own as { value: Value; version: bigint } | null);
  };
  const check = async (key: string, expected: bigint | number | undefined): Promise<void> => {
    if (expected === undefined) return;
    const present = (await get(key))?.version ?? 0n;
    if (present !== BigInt(expected))
      throw new MemoryConflict(`${key} has version ${present}, not ${expected}`);
  };
  const put: Memory['put'] = async (key, value, { expectedVersion } = {}) => {
    await check(key, expectedVersion);
    versions += 1n;
    values.set(key, { value: JSON.parse(JSON.stringify(value) ?? 'null'), version: versions });
    return versions;
  };
  const linesOf = async (key: string): Promise<number> => {
    const { lines = 0 } = (await real.list({ prefix: key, limit: 1 })).find((one) => one.key === key) ?? {};
    return lines;
  };
  return {
    ...{ get, put, list: real.list, search: real.search },
    update: (key, change, options) => updated({ get, put }, key, change, options),
    append: async (key, value) => {
      const own = added.get(key) ?? [];
      const sequence = (own.at(-1)?.sequence ?? (await linesOf(key))) + 1;
      added.set(key, [
        ...own,
        { sequence, value: JSON.parse(JSON.stringify(value) ?? 'null'), at: new Date() },
      ]);
      return sequence;
    },
    lines: async <Value>(key: string, page: { after?: number; limit?: number } = {}) => {
      const { after = 0, limit = 100 } = page;
      const theirs = await real.lines<Value>(key, page);
      const own = (added.get(key) ?? []).filter(({ sequence }) => sequence > after);
      return [...theirs, ...(own as RememberedLine<Value>[])].slice(0, limit);
    },
    delete: async (key, { expectedVersion } = {}) => {
      await check(key, expectedVersion);
      const wasThere = (await get(key)) !== null;
      values.set(key, null);
      return wasThere;
    },
  };
}
