import { describe, expect, it } from 'vitest';
import { rehearsedMemory } from './rehearsed-memory.ts';
import { type Memory, MemoryConflict, type RememberedLine } from './task-memory.ts';

/** Memory that has something in it, and takes nothing. */
const real: Memory = {
  get: async <Value>(key: string) => (key === 'likes' ? { value: 'red' as Value, version: 7n } : null),
  list: async () => [
    { key: 'log', lines: 2, value: null, version: 9n, expiresAt: null, updatedAt: new Date(0) },
  ],
  lines: async <Value>() =>
    [1, 2].map(
      (sequence): RememberedLine<Value> => ({
        ...{ sequence, value: `real ${sequence}` as Value, at: new Date(0) },
      }),
    ),
  search: async () => [],
  put: async () => expect.fail('something was written'),
  update: async () => expect.fail('something was written'),
  append: async () => expect.fail('something was written'),
  delete: async () => expect.fail('something was deleted'),
};
const memory = () => rehearsedMemory({ session: real, agent: real, tenant: real }).agent;

describe('the memory of a task that is only compared', () => {
  it('reads what there is and what it wrote itself, and writes nothing', async () => {
    const own = memory();
    expect(await own.get('likes')).toEqual({ value: 'red', version: 7n });
    const version = await own.put('likes', { colour: 'blue' }, { expectedVersion: 7 });
    expect(await own.get('likes')).toEqual({ value: { colour: 'blue' }, version });
    expect(await own.update<number>('count', (present) => (present ?? 0) + 1)).toBe(1);
    expect(await own.update<number>('count', (present) => (present ?? 0) + 1)).toBe(2);
    expect(await own.delete('likes')).toBe(true);
    expect(await own.get('likes')).toBeNull();
    expect(await own.delete('likes', { expectedVersion: 0 })).toBe(false);
    expect(await memory().get('likes')).toMatchObject({ value: 'red' });
  });

  it('refuses a change of what has another version, as the server does', async () => {
    const own = memory();
    await expect(own.put('likes', 1, { expectedVersion: 6n })).rejects.toBeInstanceOf(MemoryConflict);
    await expect(own.put('new', 1, { expectedVersion: 1 })).rejects.toBeInstanceOf(MemoryConflict);
  });

  it('adds its lines after those that there are', async () => {
    const own = memory();
    expect(await own.append('log', 'mine')).toBe(3);
    expect(await own.append('log', 'mine too')).toBe(4);
    const lines = await own.lines('log');
    expect(lines.map(({ sequence, value }) => `${sequence} ${String(value)}`)).toEqual([
      ...['1 real 1', '2 real 2', '3 mine', '4 mine too'],
    ]);
  });
});
