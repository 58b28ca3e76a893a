import { describe, expect, it } from 'vitest';
import { assert } from '@sluice/core/kernel/assert.ts';
import type { Result } from '@sluice/core/kernel/result.ts';
import { MEMORY_LIMITS } from '@sluice/core/tasks/memory-limits.ts';
import { reportSkip } from '@sluice/test-all/skip-report.ts';
import { deleteEmptyScopes, forgetExpired } from '../store/memory/prune-memory.ts';
import { memoryBytes } from '../store/memory/read-memory.ts';
import { vectorSupport } from '../store/memory/vector-extension.ts';
import { passTime } from '../store/testing/pass-memory-time.ts';
import { rowCounts } from '../store/testing/track-fixtures.ts';
import { withDatabase } from '../store/testing/with-database.ts';
import { type AgentMemory, agentMemory } from './agent-memory.ts';

const database = withDatabase();
const memory = (tenant = 'default'): AgentMemory =>
  agentMemory({ db: database.db, tenant, usedBytes: () => memoryBytes(database.db, tenant) });
const AGENT = { scope: { queue: 'shop/production/agent', session: '' } };
const SESSION = { scope: { queue: 'shop/production/agent', session: 'talk' } };
const TENANT = { scope: { queue: '', session: '' } };
const valueOf = <Value>(result: Result<Value>): Value => {
  assert(result.ok, `it was refused: ${JSON.stringify(result)}`);
  return result.value;
};

describe('a value', () => {
  it('is remembered under its key in its scope, and nowhere else', async () => {
    const { version } = valueOf(await memory().put(AGENT, 'likes', { value: { colour: 'red' } }));
    expect(valueOf(await memory().get(AGENT, 'likes'))).toMatchObject({
      ...{ key: 'likes', version, value: { colour: 'red' }, lines: 0, expiresAt: null },
    });
    for (const place of [SESSION, TENANT]) expect(valueOf(await memory().get(place, 'likes'))).toBeNull();
    expect(valueOf(await memory('another').get(AGENT, 'likes'))).toBeNull();
    expect(valueOf(await memory('another').list(AGENT, { prefix: '', after: '', limit: 10 })).items).toEqual(
      [],
    );
    expect(valueOf(await memory('another').search(AGENT, { text: 'red', near: [], limit: 10 }))).toEqual([]);
  });

  it('may be null', async () => {
    await memory().put(TENANT, 'nothing', { value: null });
    expect(valueOf(await memory().get(TENANT, 'nothing'))).toMatchObject({ value: null, lines: 0 });
  });

  it('is changed by one of two who read the same version, and the other is told the present one', async () => {
    const { version } = valueOf(await memory().put(AGENT, 'count', { value: 1, expectedVersion: 0 }));
    const both = await Promise.all(
      [2, 3].map((value) => memory().put(AGENT, 'count', { value, expectedVersion: version })),
    );
    expect(both.filter(({ ok }) => ok)).toHaveLength(1);
    const present = valueOf(await memory().get(AGENT, 'count'))?.version;
    expect(both.find(({ ok }) => !ok)).toMatchObject({
      refusal: { code: 'conflict', message: expect.stringContaining(`present version is ${present}`) },
    });
  });

  it('that was deleted and written again is not taken for the old one', async () => {
    const { version } = valueOf(await memory().put(AGENT, 'k', { value: 1 }));
    expect(valueOf(await memory().forget(AGENT, 'k', { expectedVersion: version }))).toBe(true);
    expect(valueOf(await memory().forget(AGENT, 'k', {}))).toBe(false);
    await memory().put(AGENT, 'k', { value: 2 });
    expect(await memory().forget(AGENT, 'k', { expectedVersion: version })).toMatchObject({ ok: false });
    expect(valueOf(await memory().get(AGENT, 'k'))).toMatchObject({ value: 2 });
  });

  it('is forgotten when its time is over, at once for readers and then in the store', async () => {
    await memory().put(AGENT, 'short', { value: 'soon gone', timeToLiveMs: 60_000 });
    await memory().put(AGENT, 'long', { value: 'stays' });
    await passTime(database.db, 61_000);
    expect(valueOf(await memory().get(AGENT, 'short'))).toBeNull();
    expect(valueOf(await memory().search(AGENT, { text: 'gone', near: [], limit: 10 }))).toEqual([]);
    expect(
      await memory().put(AGENT, 'short', { value: 1, expectedVersion: 0, timeToLiveMs: 60_000 }),
    ).toMatchObject({
      ok: true,
    });
    await passTime(database.db, 61_000);
    expect(await forgetExpired(database.db, 10)).toBe(1);
    expect(await rowCounts(database.db)).toEqual({ memory_keys: 1, memory_scopes: 1 });
    expect(await memoryBytes(database.db, 'default')).toBe('long'.length + '"stays"'.length);
    await memory().forget(AGENT, 'long', {});
    expect(await deleteEmptyScopes(database.db, 10)).toBe(1);
    expect(await rowCounts(database.db)).toEqual({});
  });

  it('of a session is forgotten after a while, unless something else is said', async () => {
    await memory().put(SESSION, 'k', { value: 1 });
    const entry = valueOf(await memory().get(SESSION, 'k'));
    const after = (entry?.expiresAt ?? 0) - (entry?.updatedAt ?? 0);
    expect(Math.round(after / 1000)).toBe(MEMORY_LIMITS.sessionMs / 1000);
  });

  it('is counted, and refused where there is no room', async () => {
    const value = 'x'.repeat(60_000);
    const most = Math.floor(MEMORY_LIMITS.scopeBytes / 60_010);
    for (let n = 0; n < most; n++)
      valueOf(await memory().put(AGENT, `k${n}`, { value, timeToLiveMs: 60_000 }));
    const more = () => memory().put(AGENT, 'more', { value });
    expect(await more()).toMatchObject({ refusal: { code: 'limit-memory' } });
    expect(valueOf(await memory().put(SESSION, 'k', { value })).version).toBeGreaterThan(0);
    // What is over its time makes room, though nobody has swept it.
    await passTime(database.db, 61_000);
    expect(await more()).toMatchObject({ ok: true });
    expect(await memory().put(AGENT, 'huge', { value: 'x'.repeat(MEMORY_LIMITS.valueBytes) })).toMatchObject({
      refusal: { code: 'invalid-memory' },
    });
  });
});

it('is given in pages that stay small however much is asked for, and goes on after each', async () => {
  const text = `many ${'x'.repeat(60_000)}`;
  for (let n = 0; n < 20; n++) {
    valueOf(await memory().put(AGENT, `k${n + 10}`, { value: text }));
    valueOf(await memory().append(SESSION, 'log', { value: text }));
  }
  const keys = valueOf(await memory().list(AGENT, { prefix: '', after: '', limit: 1_000 }));
  const after = keys.items.at(-1)?.key ?? '';
  const more = valueOf(await memory().list(AGENT, { prefix: '', after, limit: 1_000 }));
  expect([keys.items.length, keys.hasMore, more.items.length, more.hasMore]).toEqual([17, true, 3, false]);
  const lines = valueOf(await memory().lines(SESSION, { key: 'log', after: 0, limit: 1_000 }));
  expect([lines.items.length, lines.hasMore]).toEqual([17, true]);
  expect(valueOf(await memory().search(AGENT, { text: 'many', near: [], limit: 100 }))).toHaveLength(17);
});

describe('lines', () => {
  it('are added in one order, whoever adds them at the same time, and never changed', async () => {
    const added = await Promise.all(
      Array.from({ length: 20 }, (_, n) => memory().append(AGENT, 'log', { value: { n } })),
    );
    const sequences = added.map((one) => valueOf(one).lines);
    expect(sequences.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, n) => n + 1));
    const first = valueOf(await memory().lines(AGENT, { key: 'log', after: 0, limit: 15 }));
    expect(first).toMatchObject({ hasMore: true });
    const rest = valueOf(await memory().lines(AGENT, { key: 'log', after: 15, limit: 15 }));
    expect(rest.items.map(({ sequence }) => sequence)).toEqual([16, 17, 18, 19, 20]);
    expect(await memory().put(AGENT, 'log', { value: 1 })).toMatchObject({ refusal: { code: 'other-kind' } });
    expect(valueOf(await memory().get(AGENT, 'log'))).toMatchObject({ lines: 20, value: null });
    await memory().put(AGENT, 'value', { value: 1 });
    expect(await memory().append(AGENT, 'value', { value: 1 })).toMatchObject({
      refusal: { code: 'other-kind' },
    });
    await memory().forget(AGENT, 'log', {});
    expect(await rowCounts(database.db)).toEqual({ memory_keys: 1, memory_scopes: 1 });
  });
});

describe('whoever looks for something', () => {
  it('lists keys by their beginning, page by page', async () => {
    for (const key of ['b', 'user:2', 'user:1', 'user:3']) await memory().put(AGENT, key, { value: key });
    const page = { prefix: 'user:', after: '', limit: 2 };
    const first = valueOf(await memory().list(AGENT, page));
    expect(first.items.map(({ key }) => key)).toEqual(['user:1', 'user:2']);
    expect(first.hasMore).toBe(true);
    const rest = valueOf(await memory().list(AGENT, { ...page, after: 'user:2' }));
    expect(rest).toMatchObject({ items: [{ key: 'user:3' }], hasMore: false });
  });

  it('finds values and lines by their words, the best first', async () => {
    await memory().put(AGENT, 'one', { value: { text: 'The quick brown fox' } });
    await memory().put(AGENT, 'two', { value: { text: 'fox and fox and another fox' } });
    await memory().append(AGENT, 'log', { value: 'a lazy dog' });
    await memory().append(AGENT, 'log', { value: 'a fox, a quick one' });
    const find = async (text: string) =>
      valueOf(await memory().search(AGENT, { text, near: [], limit: 10 })).map(
        ({ key, sequence }) => `${key} ${sequence}`,
      );
    expect((await find('fox'))[0]).toBe('two 0');
    expect(await find('"brown fox"')).toEqual(['one 0']);
    expect((await find('quick fox')).toSorted()).toEqual(['log 2', 'one 0']);
    expect(await find('fox -quick')).toEqual(['two 0']);
    expect(await find('cat')).toEqual([]);
    for (const text of ['', 'x'.repeat(1_001)])
      expect(await memory().search(AGENT, { text, near: [], limit: 1 })).toMatchObject({
        refusal: { code: 'invalid-search' },
      });
  });

  it('finds what is near to a vector, or is told what is missing', async () => {
    await memory().put(AGENT, 'east', { value: 'e', embedding: [1, 0.1] });
    await memory().put(AGENT, 'north', { value: 'n', embedding: [0, 1] });
    await memory().put(AGENT, 'deep', { value: 'd', embedding: [0, 1, 0] });
    await memory().append(AGENT, 'log', { value: 'w', embedding: [-1, 0] });
    const found = await memory().search(AGENT, { text: '', near: [1, 0], limit: 2 });
    const support = await vectorSupport(database.db);
    if (support === 'available') {
      expect(valueOf(found).map(({ key }) => key)).toEqual(['east', 'north']);
      return;
    }
    reportSkip('search by vectors was not tested: this PostgreSQL has no extension `vector` (pgvector)');
    expect(found).toMatchObject({
      refusal: { code: 'no-vectors', remedy: expect.stringContaining('Search by words') },
    });
  });
});
