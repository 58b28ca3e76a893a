import { Code, ConnectError } from '@connectrpc/connect';
import { createGrpcTransport } from '@connectrpc/connect-node';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { FailureClass, TaskState } from '@sluice/protocol/generated/sluice/agents/v1/agents_pb.js';
import { RefusalSchema } from '@sluice/protocol/generated/sluice/agents/v1/refusals_pb.js';
import { assert } from '@sluice/core/kernel/assert.ts';
import { revisionId, trackId } from '@sluice/core/kernel/ids.ts';
import { readTask } from '../../store/tasks/change-tasks.ts';
import { withDatabase } from '../../store/testing/with-database.ts';
import { jsonOfValue, valueOfJson } from './json-value.ts';
import { type AgentServer, startAgentServer } from './testing/agent-server.ts';
import { Execution } from './testing/execution.ts';
import { GrpcWorker } from './testing/grpc-worker.ts';

const TENANT = 'default';
const QUEUE = trackId('shop', 'production', 'agent');
const V1 = revisionId('agent-1');
const PATIENCE = { timeout: 15_000, interval: 20 };
const database = withDatabase();

const servers: AgentServer[] = [];
const workers: GrpcWorker[] = [];
const callers: Execution[] = [];
const start = async (): Promise<AgentServer> => {
  const server = await startAgentServer({ db: database.db, queue: QUEUE, revisions: [V1] });
  servers.push(server);
  return server;
};
const hire = (server: AgentServer): GrpcWorker => {
  const worker = new GrpcWorker(server.url);
  workers.push(worker);
  worker.say({ case: 'hello', value: { worker: 'one', agentId: QUEUE, revision: V1 } });
  worker.say({ case: 'want', value: { more: 1 } });
  return worker;
};
const execute = (server: AgentServer, task: object = {}, options: object = {}): Execution => {
  const transport = createGrpcTransport({ baseUrl: server.url });
  const caller = new Execution(transport, { agentId: QUEUE, input: valueOf({ n: 1 }), ...task }, options);
  callers.push(caller);
  return caller;
};
const valueOf = (json: unknown) => {
  const value = valueOfJson(json);
  assert(value.ok, 'it is JSON');
  return value.value;
};
const taken = async (caller: Execution): Promise<string> => {
  await vi.waitFor(() => expect(caller.taken).toHaveLength(1), PATIENCE);
  return caller.taken[0]?.taskId ?? '';
};
const assigned = async (worker: GrpcWorker): Promise<{ taskId: string; attempt: number }> => {
  await vi.waitFor(() => expect(worker.assigned).toHaveLength(1), PATIENCE);
  const [task] = worker.assigned;
  assert(task !== undefined, 'it was assigned');
  return { taskId: task.taskId, attempt: task.attempt };
};
const codeOf = (error: unknown): string => (error instanceof ConnectError ? Code[error.code] : String(error));

afterEach(async () => {
  for (const worker of workers.splice(0)) worker.die();
  for (const caller of callers.splice(0)) caller.leave();
  await Promise.all(servers.splice(0).map((server) => server.stop()));
});

describe('a caller who runs a task', () => {
  it('is told that it was taken, its states, what the worker tells, and the result', async () => {
    const server = await start();
    const worker = hire(server);
    const caller = execute(server, { priority: 9, session: 'talk' });
    const id = await taken(caller);
    const task = await assigned(worker);
    expect(task.taskId).toBe(id);
    worker.say({ case: 'news', value: { ...task, event: { event: { case: 'output', value: 'Hel' } } } });
    worker.say({
      case: 'news',
      value: { ...task, attempt: 7, event: { event: { case: 'output', value: 'no' } } },
    });
    worker.say({
      case: 'news',
      value: { ...task, event: { event: { case: 'progress', value: { part: 0.5 } } } },
    });
    const usage = { inputTokens: 12n, outputTokens: 3n, costMicros: 40n };
    worker.say({ case: 'complete', value: { ...task, result: valueOf({ answer: 42 }), usage } });
    expect(await caller.ended).toBeNull();
    const [end] = caller.ends;
    expect(end?.state).toBe(TaskState.SUCCEEDED);
    expect(jsonOfValue(end?.result)).toEqual({ ok: true, value: { answer: 42 } });
    expect(caller.events.map(({ event }) => event)).toMatchObject([
      { case: 'output', value: 'Hel' },
      { case: 'progress', value: { part: 0.5 } },
      { case: 'usage', value: usage },
    ]);
    expect(caller.heard.at(-1)?.case).toBe('ended');
    expect(await readTask(database.db, TENANT, id)).toMatchObject({ priority: 9, session: 'talk' });
  });

  it('hears of the end on another server than the worker is connected to', async () => {
    const [near, far] = [await start(), await start()];
    const worker = hire(far);
    const caller = execute(near);
    worker.say({ case: 'complete', value: { ...(await assigned(worker)), result: valueOf('far') } });
    expect(await caller.ended).toBeNull();
    expect(caller.ends).toMatchObject([{ state: TaskState.SUCCEEDED }]);
  });

  it('hears why it failed for good', async () => {
    const server = await start();
    const worker = hire(server);
    const caller = execute(server);
    const failure = { failureClass: FailureClass.INPUT, message: 'nobody can' };
    worker.say({ case: 'fail', value: { ...(await assigned(worker)), failure } });
    expect(await caller.ended).toBeNull();
    expect(caller.ends).toMatchObject([{ state: TaskState.DEAD, failure }]);
  });

  it('can cancel it, and its worker is told to stop', async () => {
    const server = await start();
    const worker = hire(server);
    const caller = execute(server);
    const { taskId } = await assigned(worker);
    caller.cancel();
    expect(await caller.ended).toBeNull();
    expect(caller.ends).toMatchObject([{ state: TaskState.CANCELLED }]);
    await vi.waitFor(
      () => expect(worker.heard.at(-1)).toMatchObject({ case: 'revoke', value: { taskId } }),
      PATIENCE,
    );
  });

  it('can hang up its own side and still hears the end', async () => {
    const server = await start();
    const caller = execute(server);
    caller.hangUp();
    await taken(caller);
    const worker = hire(server);
    worker.say({ case: 'complete', value: { ...(await assigned(worker)) } });
    expect(await caller.ended).toBeNull();
    const [end] = caller.ends;
    expect(jsonOfValue(end?.result)).toEqual({ ok: true, value: null });
  });

  it('who leaves, or whose time is over, leaves the task, and follows it again by its key', async () => {
    const server = await start();
    const idempotencyKey = 'order 7';
    const first = execute(server, { idempotencyKey });
    const id = await taken(first);
    first.leave();
    const second = execute(server, { idempotencyKey }, { timeoutMs: 300 });
    expect(codeOf(await second.ended)).toBe('DeadlineExceeded');
    expect(second.taken).toMatchObject([{ taskId: id, isNew: false }]);
    const third = execute(server, { idempotencyKey });
    await taken(third);
    const worker = hire(server);
    worker.say({ case: 'complete', value: { ...(await assigned(worker)), result: valueOf('kept') } });
    expect(await third.ended).toBeNull();
    expect(await readTask(database.db, TENANT, id)).toMatchObject({ state: 'succeeded', result: 'kept' });
  });

  it('is told when the server closes', async () => {
    const server = await start();
    const caller = execute(server);
    await taken(caller);
    servers.splice(0);
    await server.stop();
    expect(codeOf(await caller.ended)).toBe('Unavailable');
  });
});

describe('a caller is refused', () => {
  const cases: [string, object, string, string][] = [
    ['an agent that there is not', { agentId: 'shop/production/other' }, 'NotFound', 'no-such-agent'],
    ['an agent whose name is none', { agentId: "x'; drop\0" }, 'NotFound', 'no-such-agent'],
    ['a priority beyond 9', { priority: 10 }, 'InvalidArgument', 'invalid-task'],
    [
      'an input that is too large',
      { input: valueOf('x'.repeat(300_000)) },
      'InvalidArgument',
      'invalid-task',
    ],
    [
      'a number that JSON has not',
      { input: { kind: { case: 'numberValue', value: Number.NaN } } },
      'InvalidArgument',
      'invalid-value',
    ],
    ['a deadline that is over', { deadlineAt: { seconds: 5n } }, 'InvalidArgument', 'invalid-task'],
  ];
  it.each(cases)('%s', async (_name, task, code, refusal) => {
    const server = await start();
    const error = await execute(server, task).ended;
    expect(codeOf(error)).toBe(code);
    assert(error instanceof ConnectError, 'it was refused');
    expect(error.findDetails(RefusalSchema)).toMatchObject([{ code: refusal }]);
  });

  it('a second task in one call', async () => {
    const server = await start();
    const caller = execute(server);
    await taken(caller);
    caller.say({ message: { case: 'start', value: { agentId: QUEUE } } });
    expect(codeOf(await caller.ended)).toBe('InvalidArgument');
  });
});
