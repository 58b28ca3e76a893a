import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { beforeEach, describe, expect, it } from 'vitest';
import { revisionId, trackId } from '@sluice/core/kernel/ids.ts';
import { claimTasks } from '../tasks/claim-tasks.ts';
import { settleTasks } from '../tasks/settle-tasks.ts';
import { submitTasks } from '../tasks/submit-tasks.ts';
import { putTaskSplit } from '../tasks/task-queues.ts';
import { withDatabase } from '../testing/with-database.ts';
import {
  beginToolCall,
  deleteOldToolCalls,
  endToolCall,
  extendToolCalls,
  findToolCall,
  giveUpToolCall,
  listToolCalls,
  type NewToolCall,
  refuseToolCall,
  tryToolCall,
} from './tool-calls.ts';

const database = withDatabase();
const TENANT = 'default';
const QUEUE = trackId('shop', 'production', 'agent');
const V1 = revisionId('agent-1');
let taskId = '';

const call = (more: Partial<NewToolCall> = {}): NewToolCall => ({
  ...{ taskId, call: 'refund', id: randomUUID(), attempt: 1, name: 'refund', tool: 'refund', version: '1' },
  ...{ digest: 'd', arguments: '{}', mayRepeat: false, holder: 'server-1', leaseMs: 60_000, ...more },
});
const begin = (more: Partial<NewToolCall> = {}) => beginToolCall(database.db, TENANT, call(more));
const holder = () => ({ taskId, call: 'refund', holder: 'server-1', attempt: 1 });
const find = () => findToolCall(database.db, TENANT, { taskId, call: 'refund' });
const failed = { state: 'failed', failure: { reason: 'failed', message: 'no' } } as const;
/** Whoever runs calls has not been heard of for long. */
const age = () =>
  sql`update tool_calls set lease_until = lease_until - interval '1 day'`.execute(database.db);

beforeEach(async () => {
  taskId = randomUUID();
  await putTaskSplit(database.db, TENANT, { queue: QUEUE, generation: 1, split: { weights: [] } });
  const task = {
    ...{ id: taskId, revision: V1, lane: '', priority: 5, fairnessKey: '', session: null, weight: 1 },
    ...{ dueAt: null, deadlineAt: null, idempotencyKey: null, input: null },
  };
  await submitTasks(database.db, TENANT, { queue: QUEUE, generation: 1, tasks: [task] });
  await claimTasks(database.db, TENANT, {
    ...{ queue: QUEUE, revision: V1, abilities: [], sessions: [], leaseMs: 60_000, workers: ['one'] },
  });
});

describe('a call', () => {
  it('is written down before it is made, with whom it is made for', async () => {
    expect(await begin()).toBe(true);
    expect(await find()).toMatchObject({
      ...{ queue: QUEUE, revision: V1, worker: 'one', state: 'running', tries: 1, isAbandoned: false },
    });
    expect(
      await endToolCall(database.db, TENANT, holder(), {
        state: 'succeeded',
        result: { ok: 1 },
        mayRepeat: false,
      }),
    ).toBe(true);
    expect(await find()).toMatchObject({
      state: 'succeeded',
      result: { ok: 1 },
      endedAt: expect.any(Number),
    });
  });

  it('is not begun for an attempt that has no lease any more', async () => {
    expect(await begin({ attempt: 2 })).toBe(false);
    await settleTasks(database.db, TENANT, [
      { id: taskId, attempt: 1, worker: 'one', state: 'succeeded', result: null },
    ]);
    expect(await begin()).toBe(false);
    expect(await find()).toBeUndefined();
  });

  it('is begun once, however many ask at the same time', async () => {
    const begun = await Promise.all(Array.from({ length: 8 }, (_, at) => begin({ holder: `server-${at}` })));
    expect(begun.filter(Boolean)).toHaveLength(1);
  });

  it('is not made again after it succeeded', async () => {
    await begin({ mayRepeat: true });
    await endToolCall(database.db, TENANT, holder(), { state: 'succeeded', result: 1, mayRepeat: true });
    expect(await begin({ mayRepeat: true })).toBe(false);
  });

  it.each([
    [true, true],
    [false, false],
  ])('that failed and may be repeated (%s) is made again: %s', async (mayRepeat, isAgain) => {
    await begin();
    await endToolCall(database.db, TENANT, holder(), { ...failed, mayRepeat });
    expect(await begin({ holder: 'server-2' })).toBe(isAgain);
    expect(await find()).toMatchObject(isAgain ? { state: 'running', tries: 2, failure: null } : failed);
  });

  it('whose holder is gone is made again only where that does no harm', async () => {
    await begin({ mayRepeat: true });
    expect(await begin({ holder: 'server-2', mayRepeat: true })).toBe(false);
    await age();
    expect(await find()).toMatchObject({ isAbandoned: true });
    expect(await begin({ holder: 'server-2', mayRepeat: false })).toBe(true);
    await age();
    expect(await begin({ holder: 'server-3' })).toBe(false);
    await giveUpToolCall(database.db, TENANT, holder(), { reason: 'unknown', message: 'nobody knows' });
    expect(await find()).toMatchObject({ state: 'unknown', failure: { reason: 'unknown' } });
    expect(await begin({ holder: 'server-3', mayRepeat: true })).toBe(false);
  });

  it('stays with a holder that lives', async () => {
    await begin({ mayRepeat: true });
    await age();
    await extendToolCalls(database.db, { holder: 'server-1', leaseMs: 60_000 });
    expect(await begin({ holder: 'server-2' })).toBe(false);
  });

  it('is not ended, nor tried again, by who has lost it', async () => {
    await begin({ mayRepeat: true });
    await age();
    await begin({ holder: 'server-2', mayRepeat: true });
    const late = { state: 'succeeded', result: 'late', mayRepeat: true } as const;
    expect(await endToolCall(database.db, TENANT, holder(), late)).toBe(false);
    const other = { tool: 'other', version: '1', mayRepeat: true };
    expect(await tryToolCall(database.db, TENANT, holder(), other)).toBe(false);
    expect(await tryToolCall(database.db, TENANT, { ...holder(), holder: 'server-2' }, other)).toBe(true);
    expect(await find()).toMatchObject({ state: 'running', tool: 'other', tries: 3 });
  });

  it('that was refused is written down, and may be made when it is allowed', async () => {
    await refuseToolCall(database.db, TENANT, call(), { reason: 'not-permitted', message: 'no' });
    expect(await find()).toMatchObject({ state: 'refused', tries: 0, mayRepeat: true });
    expect(await begin()).toBe(true);
  });
});

it('lists calls, the newest first, by task, agent, tool and state', async () => {
  const id = (at: number) => `00000000-0000-7000-8000-00000000000${at}`;
  for (const at of [1, 2, 3])
    await begin({ call: String(at), id: id(at), tool: at === 3 ? 'find' : 'refund' });
  const list = async (wish: object) =>
    (await listToolCalls(database.db, TENANT, { limit: 10, ...wish })).map((one) => one.call);
  expect(await list({ taskId })).toEqual(['3', '2', '1']);
  expect(await list({ queue: QUEUE, limit: 2 })).toEqual(['3', '2']);
  expect(await list({ after: id(3) })).toEqual(['2', '1']);
  expect(await list({ tool: 'find' })).toEqual(['3']);
  expect(await list({ state: 'failed' })).toEqual([]);
  expect(await listToolCalls(database.db, 'other', { limit: 10 })).toEqual([]);
});

it('forgets calls that are old, and none that runs', async () => {
  await begin({ call: 'runs' });
  await begin();
  await endToolCall(database.db, TENANT, holder(), { ...failed, mayRepeat: false });
  expect(await deleteOldToolCalls(database.db, { before: Date.now() + 60_000, limit: 10 })).toBe(1);
  expect(await listToolCalls(database.db, TENANT, { limit: 10 })).toMatchObject([{ call: 'runs' }]);
});
