import { sql } from 'kysely';
import { expect, it } from 'vitest';
import { revisionId, trackId } from '@sluice/core/kernel/ids.ts';
import { withDatabase } from '../testing/with-database.ts';
import { deleteOldHookFirings, type HookFiring, listHookFirings, putHookFirings } from './hook-firings.ts';
import { beginSession, continueSession, endIdleSessions } from './hook-sessions.ts';

const database = withDatabase();
const TENANT = 'default';
const QUEUE = trackId('shop', 'production', 'agent');
const TASK = '01930000-0000-7000-8000-000000000001';
const firing = (at: number, more: Partial<HookFiring> = {}): HookFiring => ({
  ...{ id: `0193000${at}-0000-7000-8000-000000000000`, queue: QUEUE, revision: revisionId('agent-1') },
  ...{ hook: 'budget', moment: 'before-task', session: null, taskId: TASK, attempt: 1, tool: null },
  ...{ isAllowed: false, hasFailed: false, message: 'no budget', durationMs: 12, ...more },
});
const list = (wish: object = {}) => listHookFirings(database.db, TENANT, { limit: 10, ...wish });

it('keeps what hooks said, and lists it, the newest first', async () => {
  const [first, second] = [firing(1), firing(2, { taskId: null, session: 'talk' })];
  await putHookFirings(database.db, TENANT, [first, second]);
  await putHookFirings(database.db, TENANT, []);
  expect(await list()).toEqual([second, first]);
  expect(await list({ taskId: TASK })).toEqual([first]);
  expect(await list({ queue: QUEUE, after: second.id })).toEqual([first]);
});

it('forgets what hooks said long ago', async () => {
  await putHookFirings(database.db, TENANT, [firing(1)]);
  expect(await deleteOldHookFirings(database.db, { before: 0, limit: 10 })).toBe(0);
  expect(await deleteOldHookFirings(database.db, { before: Date.now(), limit: 10 })).toBe(1);
});

it('knows a session from its beginning until nothing has happened for a while, and gives its end to one', async () => {
  const session = { queue: QUEUE, session: 'talk', revision: revisionId('agent-1') };
  expect(await continueSession(database.db, TENANT, session)).toBe(false);
  await beginSession(database.db, TENANT, session);
  expect(await continueSession(database.db, TENANT, session)).toBe(true);
  expect(await endIdleSessions(database.db, { idleMs: 60_000, limit: 10 })).toEqual([]);
  await sql`update hook_sessions set last_at = last_at - interval '1 hour'`.execute(database.db);
  const ends = await Promise.all(
    Array.from({ length: 4 }, () => endIdleSessions(database.db, { idleMs: 60_000, limit: 10 })),
  );
  expect(ends.flat()).toEqual([{ tenant: TENANT, ...session }]);
});
