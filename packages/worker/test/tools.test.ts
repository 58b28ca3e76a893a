import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { HookSpec } from '@sluice/core/tasks/hook-spec.ts';
import { type AgentServer, startAgentServer } from '@sluice/server/api/grpc/testing/agent-server.ts';
import { listHookFirings } from '@sluice/server/store/hooks/hook-firings.ts';
import { readTask } from '@sluice/server/store/tasks/change-tasks.ts';
import { listToolCalls } from '@sluice/server/store/tools/tool-calls.ts';
import { setup, teardown } from '@sluice/server/store/testing/global-setup.ts';
import { withDatabase } from '@sluice/server/store/testing/with-database.ts';
import { AnsweringServer } from '@sluice/server/tools/testing/answering-server.ts';
import {
  AGENT,
  type Declared,
  REVISION,
  TENANT,
  ToolServer,
} from '@sluice/server/tools/testing/tool-server.ts';
import { startWorker, type StartedWorker } from '@sluice/worker/start-worker.ts';
import type { Task, TaskContext } from '@sluice/worker/task.ts';
import type { WorkerOptions } from '@sluice/worker/worker-options.ts';

// What was set up first is torn down last.
beforeAll(setup);
afterAll(teardown);
const PATIENCE = { timeout: 20_000, interval: 20 };
const database = withDatabase();
let shop: AnsweringServer;
let cleanups: (() => Promise<unknown>)[] = [];

beforeEach(async () => {
  shop = await AnsweringServer.start();
  cleanups = [];
});
afterEach(async () => {
  for (const cleanup of cleanups.toReversed()) await cleanup();
  await shop.close();
});

interface Served {
  readonly tools: ToolServer;
  readonly server: AgentServer;
}
async function serve(declared: Declared): Promise<Served> {
  const tools = new ToolServer(database.db, declared);
  const server = await startAgentServer({
    ...{ db: database.db, queue: AGENT, revisions: [REVISION], tools: tools.running },
  });
  cleanups.push(
    () => tools.close(),
    () => server.stop(),
  );
  return { tools, server };
}
type Handler = (task: Task<unknown>, context: TaskContext) => unknown;
async function hire(
  { server }: Served,
  handle: Handler,
  more: Partial<WorkerOptions<unknown>> = {},
): Promise<StartedWorker> {
  const worker = await startWorker({
    ...{ handle, url: server.url, agent: AGENT, revision: REVISION, stopsOnSignals: false },
    ...{ report: () => undefined, ...more },
  });
  cleanups.push(() => worker.stop(0));
  return worker;
}
async function submit({ server }: Served, more: { session?: string } = {}): Promise<string> {
  const taken = await server.desk.submit(TENANT, AGENT, [{ input: { order: 'A-1' }, ...more }]);
  return taken.ok ? (taken.value[0]?.id ?? '') : '';
}
async function ended(id: string) {
  await vi.waitFor(async () => {
    const task = await readTask(database.db, TENANT, id);
    expect(['succeeded', 'dead']).toContain(task?.state);
  }, PATIENCE);
  return readTask(database.db, TENANT, id);
}
const posted = () => ({ kind: 'http' as const, url: shop.url, headers: {}, secrets: {} });
const calls = () => listToolCalls(database.db, TENANT, { limit: 50 });

describe('an agent', () => {
  it('calls a declared tool through the server, and its call is kept', async () => {
    shop.answers(() => ({ body: { state: 'sent' } }));
    const served = await serve({ tools: { find: ['find-order@1'] } });
    await served.tools.register({ runner: posted(), readOnly: true, description: 'Finds.' });
    await hire(served, async ({ input }, { callTool, tools }) => [
      await callTool('find', input as Record<string, unknown>),
      (await tools()).map(({ name, description, readOnly }) => ({ name, description, readOnly })),
    ]);
    expect(await ended(await submit(served))).toMatchObject({
      state: 'succeeded',
      result: [{ state: 'sent' }, [{ name: 'find', description: 'Finds.', readOnly: true }]],
    });
    expect(shop.heard).toMatchObject([{ body: { order: 'A-1' } }]);
    expect(await calls()).toMatchObject([{ state: 'succeeded', tool: 'find-order' }]);
  });

  it('is told why a call is refused, and ends as refused when it does not go on without', async () => {
    const served = await serve({ tools: { find: ['find-order@1'] } });
    await served.tools.register({ runner: posted() });
    const reasons: string[] = [];
    await hire(served, async (_, { callTool }) => {
      await callTool('find').catch(() => undefined);
      await callTool('refund').catch((thrown: { reason: string }) => reasons.push(thrown.reason));
      await callTool('delete-all');
    });
    expect(await ended(await submit(served))).toMatchObject({
      ...{ state: 'dead', attempt: 1, failure: { failureClass: 'refused' } },
    });
    expect(reasons).toEqual(['not-permitted']);
  });

  it('that fails after a call has it answered from the record the next time', async () => {
    shop.answers(() => ({ body: { nth: shop.heard.length } }));
    const served = await serve({ tools: { refund: ['refund@1'] } });
    await served.tools.register({ name: 'refund', runner: posted() });
    await hire(served, async ({ attempt }, { callTool }) => {
      const paid = await callTool('refund', { order: 'A-1' }, { idempotencyKey: 'pay' });
      if (attempt === 1) throw new TypeError('the agent breaks down after it has paid');
      return paid;
    });
    expect(await ended(await submit(served))).toMatchObject({
      state: 'succeeded',
      attempt: 2,
      result: { nth: 1 },
    });
    expect(shop.heard).toHaveLength(1);
  });

  it('runs a tool of its own program after the server has allowed it, tried again and judged by its schema', async () => {
    const served = await serve({ tools: { add: ['add@1'], odd: ['odd@1'], refund: ['refund@1'] } });
    const input = { type: 'object', properties: { a: { type: 'number' } }, required: ['a'] };
    const runner = { kind: 'worker' as const };
    await served.tools.register({ name: 'add', runner, input, readOnly: true, retries: 2 });
    await served.tools.register({ name: 'odd', runner, output: { type: 'string' } });
    const keys: string[] = [];
    await hire(
      served,
      async (_, { callTool }) => {
        const sum = await callTool('add', { a: 1 });
        const wrong = await callTool('add', { a: 'one' }).catch(
          (thrown: { reason: string }) => thrown.reason,
        );
        const odd = await callTool('odd').catch((thrown: { reason: string }) => thrown.reason);
        return [sum, wrong, odd];
      },
      {
        tools: {
          add: ({ a }, { idempotencyKey }) => {
            keys.push(idempotencyKey);
            if (keys.length === 1) throw new TypeError('not yet');
            return Number(a) + 1;
          },
          odd: () => 7,
        },
      },
    );
    const id = await submit(served);
    expect(await ended(id)).toMatchObject({
      state: 'succeeded',
      result: [2, 'invalid-arguments', 'invalid-result'],
    });
    expect(new Set(keys)).toEqual(new Set([`${id}/a1.1`]));
    expect(keys).toHaveLength(2);
    const kept = (await calls()).map(({ name, state, tries }) => `${name} ${state} ${tries}`);
    expect(kept.toSorted()).toEqual(['add refused 0', 'add succeeded 2', 'odd failed 1']);
  });
});

describe('a hook', () => {
  const hook = (more: Partial<HookSpec> & Pick<HookSpec, 'at'>): HookSpec => ({
    ...{
      name: 'clerk',
      action: { kind: 'http', url: shop.url },
      timeoutMs: 5_000,
      onError: 'refuse',
      tools: null,
    },
    ...more,
  });
  const firings = async () => (await listHookFirings(database.db, TENANT, { limit: 50 })).toReversed();

  it('forbids a task, which fails as refused, and the worker gets the next one', async () => {
    const served = await serve({ hooks: [hook({ at: 'before-task' })] });
    shop.answers(() => (shop.heard.length === 1 ? { body: { allow: false, reason: 'no budget' } } : {}));
    const begun: string[] = [];
    await hire(served, ({ id }) => void begun.push(id));
    const forbidden = await submit(served);
    expect(await ended(forbidden)).toMatchObject({
      state: 'dead',
      failure: { failureClass: 'refused', message: 'The hook clerk forbids the task: no budget.' },
    });
    const allowed = await submit(served);
    expect(await ended(allowed)).toMatchObject({ state: 'succeeded' });
    expect(begun).toEqual([allowed]);
    expect(shop.heard[0]?.body).toMatchObject({
      ...{ at: 'before-task', agent: AGENT, revision: REVISION },
      task: { id: forbidden, attempt: 1, input: { order: 'A-1' } },
    });
    expect(await firings()).toMatchObject([
      { hook: 'clerk', taskId: forbidden, isAllowed: false, message: 'no budget' },
      { taskId: allowed, isAllowed: true },
    ]);
  });

  it.each([
    ['refuse', 'dead'],
    ['allow', 'succeeded'],
  ] as const)('that fails means %s where the file says so', async (onError, state) => {
    shop.answers(() => ({ status: 500 }));
    const served = await serve({ hooks: [hook({ at: 'before-task', onError })] });
    await hire(served, () => 1);
    expect(await ended(await submit(served))).toMatchObject({ state });
    expect(await firings()).toMatchObject([{ hasFailed: true, isAllowed: onError === 'allow' }]);
  });

  it('forbids one call of a tool, and is told of those that were made', async () => {
    const served = await serve({
      tools: { find: ['find-order@1'], refund: ['refund@1'] },
      hooks: [hook({ at: 'before-tool', tools: ['refund'] }), hook({ name: 'audit', at: 'after-tool' })],
    });
    await served.tools.register({ runner: posted(), readOnly: true });
    await served.tools.register({ name: 'refund', runner: posted() });
    shop.answers(({ body }) =>
      (body as { at?: string }).at === 'before-tool'
        ? { body: { allow: false, reason: 'too much' } }
        : { body: {} },
    );
    await hire(served, async (_, { callTool }) => {
      await callTool('find', { order: 'A-1' });
      return callTool('refund').catch((thrown: { reason: string }) => thrown.reason);
    });
    expect(await ended(await submit(served))).toMatchObject({ result: 'forbidden' });
    await vi.waitFor(async () => expect(await firings()).toHaveLength(2), PATIENCE);
    const told = shop.heard.map(({ body }) => body as { at?: string }).filter(({ at }) => at !== undefined);
    expect(told).toMatchObject([
      {
        at: 'after-tool',
        tool: { name: 'find', arguments: { order: 'A-1' }, state: 'succeeded', result: {} },
      },
      { at: 'before-tool', tool: { name: 'refund' } },
    ]);
  });

  it('scores the result of a task after its end', async () => {
    const served = await serve({ hooks: [hook({ name: 'judge', at: 'after-task' })] });
    shop.answers(({ body }) => ({
      body: { scores: { helpful: (body as { task: { result: number } }).task.result } },
    }));
    await hire(served, () => 0.75);
    const id = await submit(served);
    await ended(id);
    await vi.waitFor(() => expect(served.tools.scored).toHaveLength(1), PATIENCE);
    expect(served.tools.scored[0]).toEqual([
      TENANT,
      { queue: AGENT, revision: REVISION, taskId: id, hook: 'judge' },
      { helpful: 0.75 },
    ]);
  });

  it('is asked once for a session', async () => {
    const served = await serve({ hooks: [hook({ at: 'before-session' })] });
    await hire(served, () => 1);
    for (const session of ['one', 'one', 'two']) await ended(await submit(served, { session }));
    await ended(await submit(served));
    expect(shop.heard.map(({ body }) => (body as { session: string }).session)).toEqual(['one', 'two']);
  });

  it('that is a command reads the occasion in the folder of the revision, and says its answer', async () => {
    const command =
      'read said; case "$said" in *A-1*) echo "{\\"allow\\": false, \\"reason\\": \\"$(pwd)\\"}";; esac';
    const served = await serve({
      ...{ directory: '/', hooks: [hook({ at: 'before-task', action: { kind: 'command', command } })] },
    });
    await hire(served, () => 1);
    expect(await ended(await submit(served))).toMatchObject({
      failure: { message: 'The hook clerk forbids the task: /.' },
    });
  });

  it('that takes too long is killed with everything that it has started', async () => {
    const action = { kind: 'command' as const, command: 'sleep 60 & sleep 60' };
    const served = await serve({
      ...{ directory: '/', hooks: [hook({ at: 'before-task', action, timeoutMs: 200 })] },
    });
    await hire(served, () => 1);
    expect(await ended(await submit(served))).toMatchObject({
      failure: { message: expect.stringContaining('It said nothing within 200 ms') },
    });
  });
});
