import { ok } from '@sluice/core/kernel/result.ts';
import { asExpected, type MemoryPresent } from '@sluice/core/tasks/memory-rules.ts';
import type { AgentMemory, MemoryEntry, MemoryPlace } from '../../memory/agent-memory.ts';

/** For tests: the memory of agents in memory; searches find the keys that have the text. */
export function memoryOfAgents(): AgentMemory {
  const known = new Map<string, MemoryEntry>();
  let versions = 0;
  const at = (place: MemoryPlace, key: string) => `${JSON.stringify(place)} ${key}`;
  const present = (entry: MemoryEntry | undefined): MemoryPresent | null =>
    entry === undefined ? null : { version: entry.version, lines: entry.lines, bytes: 0 };
  const under = (place: MemoryPlace) =>
    [...known]
      .filter(([name]) => name.startsWith(at(place, '')))
      .map(([, entry]) => entry)
      .toSorted((a, b) => (a.key < b.key ? -1 : 1));
  return {
    get: async (place, key) => ok(known.get(at(place, key)) ?? null),
    put: async (place, key, { value, expectedVersion }) => {
      const verdict = asExpected(key, present(known.get(at(place, key))), expectedVersion);
      if (!verdict.ok) return verdict;
      versions += 1;
      known.set(at(place, key), {
        ...{ key, value, version: versions, lines: 0, expiresAt: null, updatedAt: 1 },
      });
      return ok({ version: versions, lines: 0 });
    },
    append: async () => ok({ version: ++versions, lines: 1 }),
    list: async (place, { prefix, after, limit }) => {
      const all = under(place).filter(({ key }) => key.startsWith(prefix) && key > after);
      return ok({ items: all.slice(0, limit), hasMore: all.length > limit });
    },
    lines: async () => ok({ items: [], hasMore: false }),
    search: async (place, { text, limit }) => {
      const found = under(place).filter(({ key }) => key.includes(text));
      return ok(found.slice(0, limit).map(({ key, value }) => ({ key, sequence: 0, value, score: 1 })));
    },
    forget: async (place, key, { expectedVersion }) => {
      const entry = known.get(at(place, key));
      const verdict = asExpected(key, present(entry), expectedVersion);
      return verdict.ok ? ok(known.delete(at(place, key))) : verdict;
    },
  };
}
