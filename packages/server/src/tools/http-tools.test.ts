import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ToolDefinition } from '@sluice/core/tasks/tool-definition.ts';
import { listToolCalls } from '../store/tools/tool-calls.ts';
import { settleTasks } from '../store/tasks/settle-tasks.ts';
import { withDatabase } from '../store/testing/with-database.ts';
import { AnsweringServer } from './testing/answering-server.ts';
import { type Declared, TENANT, ToolServer } from './testing/tool-server.ts';
import type { ToolParts } from './run-tools.ts';

const database = withDatabase();
const DECLARED: Declared = {
  tools: { find: ['find-order@2', 'find-order@1'], refund: ['refund@1'], lost: ['lost@1'] },
  secrets: { API_KEY: 'hunter22' },
};
const PATIENCE = { timeout: 20_000, interval: 20 };
const DOOMED = fileURLToPath(new URL('./testing/doomed-server.ts', import.meta.url));
let shop: AnsweringServer;
let servers: ToolServer[] = [];
const serve = (more: Partial<ToolParts> = {}, declared: Declared = DECLARED): ToolServer => {
  const server = new ToolServer(database.db, declared, more);
  servers.push(server);
  return server;
};
const posted = (path = '/'): ToolDefinition['runner'] => ({
  ...{ kind: 'http', url: `${shop.url}${path}`, headers: {}, secrets: {} },
});
const calls = async () => await listToolCalls(database.db, TENANT, { limit: 50 });

beforeEach(async () => {
  shop = await AnsweringServer.start();
  servers = [];
});
afterEach(async () => {
  await Promise.all(servers.map((server) => server.close()));
  await shop.close();
});

describe('a tool over HTTP', () => {
  it('is sent its arguments, the key of the call and its secrets, and gives its result', async () => {
    shop.answers(() => ({ body: { state: 'sent' } }));
    const server = serve();
    const secret = { from: 'environment', name: 'SHOP_TOKEN' } as const;
    await server.register({
      runner: {
        kind: 'http',
        url: `${shop.url}/find?a=1`,
        headers: { 'x-from': 'sluice' },
        secrets: { authorization: secret },
      },
    });
    const { id: taskId } = await server.task();
    expect(await server.call({ taskId, call: 'c1', arguments: { order: 'A-1' } })).toEqual({
      ...{ kind: 'done', result: { state: 'sent' }, servedBy: 'find-order@1', isRepeated: false },
    });
    const [heard] = shop.heard;
    expect(heard).toMatchObject({ url: '/find?a=1', body: { order: 'A-1' } });
    expect(heard?.headers).toMatchObject({
      ...{ 'idempotency-key': `${taskId}/c1`, 'x-from': 'sluice', authorization: 'value of authorization' },
    });
    expect(await calls()).toMatchObject([
      {
        taskId,
        call: 'c1',
        name: 'find',
        tool: 'find-order',
        version: '1',
        state: 'succeeded',
        tries: 1,
        worker: 'one',
      },
    ]);
  });

  it('is not followed elsewhere', async () => {
    const elsewhere = await AnsweringServer.start(() => ({ body: 'secret' }));
    shop.answers(() => ({ status: 302, headers: { location: elsewhere.url } }));
    const server = serve();
    await server.register({ runner: posted() });
    const { id: taskId } = await server.task();
    expect(await server.call({ taskId })).toMatchObject({ kind: 'failed', failure: { reason: 'rejected' } });
    expect(elsewhere.heard).toEqual([]);
    await elsewhere.close();
  });

  it.each([
    ['says that the arguments are wrong', { status: 422, body: { no: 'order' } }, 'rejected'],
    ['asks for fewer calls', { status: 429 }, 'rate-limited'],
    ['breaks down', { status: 500 }, 'failed'],
    ['gives no JSON', { body: '<html>' }, 'invalid-result'],
    ['gives too much', { body: { much: 'x'.repeat(300_000) } }, 'invalid-result'],
    ['gives what its schema forbids', { body: { state: 1 } }, 'invalid-result'],
    ['says nothing in time', null, 'timeout'],
  ])('that %s has failed', async (_, answer, reason) => {
    shop.answers(() => answer);
    const server = serve();
    const output = { type: 'object', properties: { state: { type: 'string' } } };
    await server.register({ runner: posted(), output, timeoutMs: answer === null ? 50 : 5_000 });
    const { id: taskId } = await server.task();
    expect(await server.call({ taskId })).toMatchObject({ kind: 'failed', failure: { reason } });
    expect(await calls()).toMatchObject([{ state: 'failed', failure: { reason } }]);
    expect(server.running.tally.of(taskId, 1)).toEqual({ calls: 1, errors: 1 });
  });

  it('that reads is tried again, and one that acts is not', async () => {
    shop.answers(() => (shop.heard.length % 3 === 0 ? { body: { ok: 1 } } : { status: 500 }));
    const server = serve();
    await server.register({ runner: posted(), readOnly: true, retries: 2 });
    await server.register({ name: 'refund', runner: posted(), retries: 2 });
    const { id: taskId } = await server.task();
    expect(await server.call({ taskId })).toMatchObject({ kind: 'done' });
    expect(shop.heard).toHaveLength(3);
    expect(await server.call({ taskId, tool: 'refund' })).toMatchObject({ kind: 'failed' });
    expect(shop.heard).toHaveLength(4);
    expect(await calls()).toMatchObject([{ tries: 1, mayRepeat: false }, { tries: 3 }]);
  });

  it('that knows repetitions is tried again with the same key', async () => {
    shop.answers(() => (shop.heard.length === 1 ? { status: 500 } : { body: 1 }));
    const server = serve();
    await server.register({ name: 'refund', runner: posted(), retries: 1, idempotent: true });
    const { id: taskId } = await server.task();
    expect(await server.call({ taskId, tool: 'refund', call: 'c' })).toMatchObject({ kind: 'done' });
    expect(shop.heard.map(({ headers }) => headers['idempotency-key'])).toEqual([
      `${taskId}/c`,
      `${taskId}/c`,
    ]);
  });
});

describe('a tool that stands in', () => {
  it('is asked when the first one fails, and alone once that is left alone', async () => {
    shop.answers(({ url }) => (url === '/two' ? { status: 500 } : { body: { by: 1 } }));
    const server = serve();
    await server.register({ version: '2', runner: posted('/two'), readOnly: true });
    await server.register({ version: '1', runner: posted('/one'), readOnly: true });
    const { id: taskId } = await server.task();
    for (let nth = 0; nth < 7; nth++)
      expect(await server.call({ taskId })).toMatchObject({ kind: 'done', servedBy: 'find-order@1' });
    expect(shop.heard.filter(({ url }) => url === '/two')).toHaveLength(5);
    const listed = await server.running.registry.tools({ cursor: null, limit: 10 });
    expect(listed.items.map(({ breaker, downstream }) => [breaker, downstream?.breaker])).toEqual([
      ['closed', 'closed'],
      ['open', 'closed'],
    ]);
    expect((await server.metrics.registry.metrics()).match(/^agent_breaker_state.*$/gm)).toEqual([
      'agent_breaker_state{kind="tool",name="find-order@2"} 2',
      'agent_breaker_state{kind="tool",name="find-order@1"} 0',
      `agent_breaker_state{kind="downstream",name="${new URL(shop.url).origin}"} 0`,
    ]);
  });

  it('is not asked when the first one may have acted', async () => {
    shop.answers(({ url }) => (url === '/two' ? { status: 500 } : {}));
    const server = serve();
    await server.register({ version: '2', runner: posted('/two') });
    await server.register({ version: '1', runner: posted('/one') });
    const { id: taskId } = await server.task();
    expect(await server.call({ taskId })).toMatchObject({ kind: 'failed', servedBy: 'find-order@2' });
    expect(shop.heard.map(({ url }) => url)).toEqual(['/two']);
  });

  it('is asked when the first one cannot be reached, or is not registered', async () => {
    const gone = await AnsweringServer.start();
    const { url } = gone;
    await gone.close();
    const server = serve();
    await server.register({ runner: posted() });
    const { id: taskId } = await server.task();
    expect(await server.call({ taskId })).toMatchObject({ servedBy: 'find-order@1' });
    await server.register({ version: '2', runner: { kind: 'http', url, headers: {}, secrets: {} } });
    expect(await server.call({ taskId })).toMatchObject({ kind: 'done', servedBy: 'find-order@1' });
    expect(await calls()).toMatchObject([{ tries: 2 }, { tries: 1 }]);
  });
});

describe('a call is refused, written down and not made', () => {
  const input = {
    type: 'object',
    properties: { order: { type: 'string' } },
    required: ['order'],
    additionalProperties: false,
  };
  it.each([
    ['of a tool that is not declared', { tool: 'delete-all' }, 'not-permitted'],
    ['of a tool that nobody has registered', { tool: 'lost' }, 'no-such-tool'],
    ['with arguments that are missing', { arguments: {} }, 'invalid-arguments'],
    ['with arguments that nobody asked for', { arguments: { order: 'A', $where: 1 } }, 'invalid-arguments'],
    ['with arguments that are no object', { arguments: ['A'] }, 'invalid-arguments'],
    ['with arguments that are too large', { arguments: { order: 'x'.repeat(70_000) } }, 'invalid-arguments'],
  ])('%s', async (_, request, code) => {
    const server = serve();
    await server.register({ runner: posted(), input });
    const { id: taskId } = await server.task();
    expect(await server.call({ taskId, ...request })).toBe(code);
    expect(shop.heard).toEqual([]);
    expect(await calls()).toMatchObject([{ state: 'refused', failure: { reason: code }, tries: 0 }]);
    expect(server.running.tally.of(taskId, 1)).toEqual({ calls: 1, errors: 1 });
  });

  it('for a task that may not act, unless the tool only reads', async () => {
    const server = serve();
    await server.register({ name: 'refund', runner: posted() });
    await server.register({ runner: posted(), readOnly: true });
    const original = await server.task();
    const { id: taskId } = await server.task({ shadowOf: original.id });
    expect(await server.call({ taskId, tool: 'refund' })).toBe('may-not-act');
    expect(await server.call({ taskId })).toMatchObject({ kind: 'done' });
    expect(shop.heard).toHaveLength(1);
  });

  it('for an attempt that has lost its task', async () => {
    const server = serve();
    await server.register({ runner: posted() });
    const { id: taskId } = await server.task();
    expect(await server.call({ taskId, attempt: 2 })).toBe('lease-lost');
    await settleTasks(database.db, TENANT, [
      { id: taskId, attempt: 1, worker: 'one', state: 'succeeded', result: 1 },
    ]);
    expect(await server.call({ taskId })).toBe('lease-lost');
    expect(shop.heard).toEqual([]);
  });
});

describe('a call of the same name', () => {
  it('is answered from the record, at any server, and not made again', async () => {
    shop.answers(() => ({ body: { nth: shop.heard.length } }));
    const [one, other] = [serve(), serve()];
    await one.register({ name: 'refund', runner: posted() });
    const { id: taskId } = await one.task();
    const request = { taskId, tool: 'refund', call: 'pay', arguments: { order: 'A-1' } };
    const first = await one.call(request);
    expect(first).toMatchObject({ kind: 'done', result: { nth: 1 }, isRepeated: false });
    expect(await other.call(request)).toEqual({ ...(first as object), isRepeated: true });
    expect(await other.call({ ...request, arguments: { order: 'A-2' } })).toBe('already-called');
    expect(shop.heard).toHaveLength(1);
  });

  it('waits for its first, however many come at once', async () => {
    const released = Promise.withResolvers<null>();
    shop.answers(async () => {
      await released.promise;
      return { body: { ok: true } };
    });
    const server = serve();
    await server.register({ name: 'refund', runner: posted() });
    const { id: taskId } = await server.task();
    const request = { taskId, tool: 'refund', call: 'pay' };
    const first = server.call(request);
    await vi.waitFor(() => expect(shop.heard).toHaveLength(1), PATIENCE);
    expect(await Promise.all([server.call(request), server.call(request)])).toEqual(['busy', 'busy']);
    released.resolve(null);
    expect(await first).toMatchObject({ kind: 'done' });
    expect(await server.call(request)).toMatchObject({ kind: 'done', isRepeated: true });
    expect(shop.heard).toHaveLength(1);
  });

  it('that failed is told again where it may have acted, and made again where it has not', async () => {
    shop.answers(({ url }) => (url === '/acts' ? { status: 500 } : { status: 422 }));
    const server = serve();
    await server.register({ name: 'refund', runner: posted('/acts') });
    await server.register({ runner: posted('/refuses') });
    const { id: taskId } = await server.task();
    for (const isRepeated of [false, true])
      expect(await server.call({ taskId, tool: 'refund', call: 'a' })).toMatchObject({
        kind: 'failed',
        isRepeated,
      });
    for (const isRepeated of [false, false])
      expect(await server.call({ taskId, call: 'b' })).toMatchObject({ kind: 'failed', isRepeated });
    expect(shop.heard.map(({ url }) => url)).toEqual(['/acts', '/refuses', '/refuses']);
  });

  it('whose server was killed is made again only where that does no harm', async () => {
    shop.answers(() => null);
    const other = serve();
    await other.register({ name: 'refund', runner: posted() });
    await other.register({ runner: posted(), readOnly: true });
    const { id: taskId } = await other.task();
    const begun = [
      { taskId, tool: 'refund', call: 'pay' },
      { taskId, call: 'look' },
    ];
    const work = { url: database.url, declared: DECLARED, calls: begun, leaseMs: 2_000 };
    const doomed = spawn(process.execPath, [DOOMED, JSON.stringify(work)], { stdio: 'inherit' });
    const died = once(doomed, 'exit');
    await vi.waitFor(() => expect(shop.heard).toHaveLength(2), PATIENCE);
    expect(await other.call({ taskId, call: 'look' })).toBe('busy');
    doomed.kill('SIGKILL');
    await died;
    shop.answers(() => ({ body: { again: true } }));
    const again = await vi.waitFor(async () => {
      const answer = await other.call({ taskId, call: 'look' });
      expect(answer).not.toBe('busy');
      return answer;
    }, PATIENCE);
    expect(again).toMatchObject({ kind: 'done', result: { again: true } });
    expect(await other.call({ taskId, tool: 'refund', call: 'pay' })).toBe('outcome-unknown');
    expect(await other.call({ taskId, tool: 'refund', call: 'pay' })).toBe('outcome-unknown');
    expect(shop.heard).toHaveLength(3);
    const states = (await calls()).map(({ call, state }) => `${call}: ${state}`);
    expect(states.toSorted()).toEqual(['look: succeeded', 'pay: unknown']);
  });
});

it('keeps arguments without the secrets of the component', async () => {
  const server = serve();
  await server.register({ runner: posted() });
  const { id: taskId } = await server.task();
  await server.call({ taskId, arguments: { note: 'the key is hunter22', password: 'p' } });
  expect(await calls()).toMatchObject([
    { arguments: '{"note":"the key is [secret]","password":"[secret]"}' },
  ]);
  expect(shop.heard[0]?.body).toEqual({ note: 'the key is hunter22', password: 'p' });
});

it('refuses a version that is there with another definition, and a schema that cannot be used', async () => {
  const { registry } = serve().running;
  const tool = {
    ...{ name: 'a', version: '1', description: '', input: { type: 'object' }, output: null, readOnly: true },
    ...{ idempotent: false, timeoutMs: 1_000, retries: 0, runner: { kind: 'worker' as const } },
  };
  expect(await registry.add({ tool, by: 'ada' })).toMatchObject({ ok: true });
  expect(await registry.add({ tool, by: 'ada' })).toMatchObject({ ok: true });
  const other = await registry.add({ tool: { ...tool, readOnly: false }, by: 'ada' });
  expect(other).toMatchObject({ ok: false, refusal: { status: 409, code: 'already-registered' } });
  const odd = await registry.add({ tool: { ...tool, version: '2', input: { type: 'objekt' } }, by: 'ada' });
  expect(odd).toMatchObject({ ok: false, refusal: { status: 422, code: 'invalid-schema' } });
  const away = { ...tool, version: '3', input: { $ref: 'https://example.com/schema.json' } };
  expect(await registry.add({ tool: away, by: 'ada' })).toMatchObject({
    ok: false,
    refusal: { status: 422 },
  });
});
