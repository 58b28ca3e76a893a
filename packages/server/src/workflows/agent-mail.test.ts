import { sql } from '../store/testing/sql.ts';
import { afterEach, beforeEach, describe, expect, it, test } from 'vitest';
import { assert } from '@sluice/core/kernel/assert.ts';
import type { LeasedTask } from '../store/tasks/claim-tasks.ts';
import { submitTasks } from '../store/tasks/submit-tasks.ts';
import { deleteExpiredMessages, deleteIdleMailboxes, mailBytes } from '../store/workflows/agent-messages.ts';
import { withDatabase } from '../store/testing/with-database.ts';
import { agentMail, type AgentMail, type Mail, MAIL_LIMITS } from './agent-mail.ts';
import {
  AGENT,
  OTHER,
  serveAgents,
  TENANT,
  V1,
  type WorkflowWorld,
  workflowWorld,
} from './testing/workflow-world.ts';

const database = withDatabase();
let world: WorkflowWorld;
let mail: AgentMail;
beforeEach(async () => {
  await serveAgents(database.db);
  world = workflowWorld(database.db);
  mail = mailWith(0);
});
afterEach(() => world.stop());

/** The mail of the tenant, where so much has come in beside what is there. */
const mailWith = (bytes: number): AgentMail =>
  agentMail(
    { ...world.ports, usedBytes: async () => bytes + (await mailBytes(database.db, TENANT)) },
    TENANT,
  );

const begin = async (queue = AGENT, session: string | null = null): Promise<LeasedTask> => {
  const task = {
    ...{ id: world.ports.newId(), revision: V1, lane: '', priority: 5, fairnessKey: '', weight: 1, session },
    ...{ dueAt: null, deadlineAt: null, idempotencyKey: null, input: null },
  };
  await submitTasks(database.db, TENANT, { queue, generation: 1, tasks: [task] });
  const leased = (await world.claim()).find(({ id }) => id === task.id);
  assert(leased !== undefined, 'it waits');
  return leased;
};
const fenceOf = ({ id, attempt, worker }: LeasedTask) => ({ id, attempt, worker });
const letter = (more: Partial<Mail> & { readonly name?: string; readonly session?: string } = {}): Mail => ({
  to: { kind: 'agent', name: more.name ?? OTHER, session: more.session ?? '' },
  ...{ body: 'hello', key: world.ports.newId(), expiresInMs: MAIL_LIMITS.usualMs, ...more },
});
const send = (from: LeasedTask, more: Parameters<typeof letter>[0] = {}) =>
  mail.send(fenceOf(from), letter(more));
const receive = async (
  to: LeasedTask,
  { abilities = [] as readonly string[], limit = 100, waitMs = 0, hiddenMs = 60_000 } = {},
) => {
  const got = await mail.receive(
    fenceOf(to),
    { abilities, limit, waitMs, hiddenMs },
    AbortSignal.timeout(5_000),
  );
  assert(got.ok, `it was refused: ${JSON.stringify(got)}`);
  return got.value;
};
const acknowledge = (by: LeasedTask, receipts: Parameters<AgentMail['acknowledge']>[1]) =>
  mail.acknowledge(fenceOf(by), receipts);

describe('a message', () => {
  it('reaches a task of the agent, is acknowledged, and can be answered', async () => {
    const [asker, helper] = [await begin(), await begin(OTHER)];
    expect(await send(asker, { body: { q: 1 } })).toMatchObject({
      ok: true,
      value: { sequence: 1, isNew: true },
    });
    expect(await receive(asker)).toEqual([]);
    const [message] = await receive(helper);
    expect(message).toMatchObject({
      ...{
        body: { q: 1 },
        senderTask: asker.id,
        senderQueue: AGENT,
        deliveries: 1,
        sequence: 1,
        kind: 'agent',
      },
    });
    assert(message !== undefined, 'it is there');
    expect(await acknowledge(helper, [message])).toEqual({ ok: true, value: new Set([message.id]) });
    const to = { kind: 'task', name: message.senderTask, session: '' } as const;
    await send(helper, { to, body: 'an answer' });
    expect(await receive(asker)).toMatchObject([{ body: 'an answer', senderTask: helper.id }]);
    expect(await receive(helper)).toEqual([]);
  });

  it('to a capability reaches one that has it', async () => {
    const [asker, helper] = [await begin(), await begin(OTHER)];
    await send(asker, { to: { kind: 'capability', name: 'translate', session: '' } });
    expect(await receive(helper, { abilities: ['write'] })).toEqual([]);
    expect(await receive(helper, { abilities: ['write', 'translate'] })).toMatchObject([{ body: 'hello' }]);
  });

  it('to a session is for that one alone', async () => {
    const [asker, mine, other] = [await begin(), await begin(OTHER, 'mine'), await begin(OTHER, 'other')];
    await send(asker, { session: 'mine' });
    expect(await receive(other)).toEqual([]);
    expect(await receive(mine)).toMatchObject([{ session: 'mine', sequence: 1 }]);
  });

  it('that nobody acknowledges is handed out again, and an older receipt counts no more', async () => {
    const [asker, helper] = [await begin(), await begin(OTHER)];
    await send(asker);
    const [first] = await receive(helper, { hiddenMs: 0 });
    const [second] = await receive(helper);
    assert(first !== undefined && second !== undefined, 'it comes twice');
    expect(second).toMatchObject({ id: first.id, sequence: 1, deliveries: 2 });
    expect(await receive(helper)).toEqual([]);
    expect(await acknowledge(helper, [first])).toEqual({ ok: true, value: new Set() });
    expect(await acknowledge(helper, [second])).toEqual({ ok: true, value: new Set([first.id]) });
  });

  it('is sent once by one key, also when it has been acknowledged', async () => {
    const [asker, helper] = [await begin(), await begin(OTHER)];
    const once = () => send(asker, { key: 'k' });
    const [first, second] = [await once(), await once()];
    expect(second).toEqual({ ok: true, value: { ...(first.ok && first.value), isNew: false } });
    await acknowledge(helper, await receive(helper));
    expect(await once()).toMatchObject({ value: { isNew: false } });
    expect(await receive(helper)).toEqual([]);
  });

  it('is waited for', async () => {
    const [asker, helper] = [await begin(), await begin(OTHER)];
    const waiting = receive(helper, { waitMs: 10_000 });
    await send(asker);
    expect(await waiting).toMatchObject([{ body: 'hello' }]);
  });

  it('that has expired is not handed out, and leaves room when it is removed', async () => {
    const [asker, helper] = [await begin(), await begin(OTHER)];
    await send(asker, { expiresInMs: 1 });
    await sql`update agent_messages set expires_at = clock_timestamp() - interval '1 second'`.execute(
      database.db,
    );
    expect(await receive(helper)).toEqual([]);
    expect(await deleteExpiredMessages(database.db, 10)).toBe(1);
    expect((await sql`select open from mailboxes`.execute(database.db)).rows).toEqual([{ open: 0 }]);
    expect(await deleteIdleMailboxes(database.db, 10)).toBe(0);
    await send(asker, { to: { kind: 'task', name: helper.id, session: '' } });
    await acknowledge(helper, await receive(helper));
    expect(await deleteIdleMailboxes(database.db, 10)).toBe(0);
    await sql`update agent_messages set expires_at = clock_timestamp() - interval '1 second'`.execute(
      database.db,
    );
    expect([
      await deleteExpiredMessages(database.db, 10),
      await deleteIdleMailboxes(database.db, 10),
    ]).toEqual([1, 1]);
  });
});

it('many senders number what they send without gaps, and each message reaches one receiver', async () => {
  const [asker, one, two] = [await begin(), await begin(OTHER), await begin(OTHER)];
  await Promise.all(Array.from({ length: 40 }, (_, n) => send(asker, { body: n })));
  const got = (await Promise.all([one, two].map((task) => receive(task, { limit: 25 })))).flat();
  got.push(...(await receive(one)));
  expect(got.map(({ sequence }) => sequence).toSorted((a, b) => a - b)).toEqual(
    Array.from({ length: 40 }, (_, n) => n + 1),
  );
});

test.each([
  ['a body that is too large', { body: 'x'.repeat(70_000) }, 'its body has 70002 bytes'],
  ['an agent that is none', { name: 'nobody' }, "'nobody' is no agent"],
  [
    'a capability that is none',
    { to: { kind: 'capability', name: 'a b', session: '' } },
    "'a b' is no capability",
  ],
  ['a session that is too long', { session: 'x'.repeat(201) }, 'its session has 201'],
  ['a time that is too long', { expiresInMs: Number.MAX_SAFE_INTEGER }, 'it would be kept for'],
] as const)('%s is refused', async (_, more, words) => {
  const sent = await send(await begin(), more);
  expect(sent.ok ? '' : sent.refusal.message).toContain(words);
});

it('only whoever has the task may speak for it, and no other tenant hears of it', async () => {
  const [asker, helper] = [await begin(), await begin(OTHER)];
  await send(asker);
  await world.end(helper, { result: 1 });
  const gone = { ok: false, refusal: { code: 'lease-lost' } };
  const signal = AbortSignal.timeout(1_000);
  const wish = { abilities: [], limit: 1, waitMs: 0, hiddenMs: 1 };
  expect(await send(helper)).toMatchObject(gone);
  expect(await mail.receive(fenceOf(helper), wish, signal)).toMatchObject(gone);
  expect(await acknowledge(helper, [])).toMatchObject(gone);
  const strange = agentMail({ ...world.ports, usedBytes: async () => 0 }, 'stranger');
  expect(await strange.receive(fenceOf(asker), wish, signal)).toMatchObject(gone);
});

it('an address beyond its limit takes nothing more', async () => {
  const asker = await begin();
  await send(asker);
  await sql`update mailboxes set open = ${MAIL_LIMITS.open}`.execute(database.db);
  expect(await send(asker)).toMatchObject({ ok: false, refusal: { code: 'limit-reached' } });
});

it('finds no room beside so much that nobody has acknowledged, whatever the address', async () => {
  const [one, other] = [await begin(), await begin(OTHER)];
  await send(one, { body: 'x'.repeat(1_000) });
  mail = mailWith(MAIL_LIMITS.tenantBytes - 10);
  expect(await send(one, { session: 'of its own' })).toMatchObject({ refusal: { code: 'limit-reached' } });
  const [got] = await receive(other);
  assert(got !== undefined, 'it was sent');
  await acknowledge(other, [got]);
  expect(await send(one, { session: 'of its own' })).toMatchObject({ ok: true });
});
