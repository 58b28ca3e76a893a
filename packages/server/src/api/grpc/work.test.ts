import { once } from 'node:events';
import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  connect as connectHttp2,
  constants,
} from 'node:http2';
import { create, toBinary } from '@bufbuild/protobuf';
import { ValueSchema } from '@bufbuild/protobuf/wkt';
import { Code, ConnectError, createClient } from '@connectrpc/connect';
import { createConnectTransport } from '@connectrpc/connect-node';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { FailureClass } from '@sluice/protocol/generated/sluice/agents/v1/agents_pb.js';
import { RefusalSchema } from '@sluice/protocol/generated/sluice/agents/v1/refusals_pb.js';
import { WorkerService, WorkRequestSchema } from '@sluice/protocol/generated/sluice/agents/v1/workers_pb.js';
import { assert } from '@sluice/core/kernel/assert.ts';
import { revisionId, trackId } from '@sluice/core/kernel/ids.ts';
import { readTask } from '../../store/tasks/change-tasks.ts';
import type { TaskRow } from '../../store/tasks/task-row.ts';
import { withDatabase } from '../../store/testing/with-database.ts';
import type { TaskRequest } from '../../tasks/task-request.ts';
import { type AgentServer, type AgentServerOptions, startAgentServer } from './testing/agent-server.ts';
import { GrpcWorker } from './testing/grpc-worker.ts';
import { jsonOfValue, valueOfJson } from './json-value.ts';

const TENANT = 'default';
const QUEUE = trackId('shop', 'production', 'agent');
const V1 = revisionId('agent-1');
const V2 = revisionId('agent-2');
const PATIENCE = { timeout: 15_000, interval: 20 };
const database = withDatabase();

const servers: AgentServer[] = [];
const workers: GrpcWorker[] = [];
const sessions: ClientHttp2Session[] = [];
const start = async (options: Partial<AgentServerOptions> = {}): Promise<AgentServer> => {
  const server = await startAgentServer({ db: database.db, queue: QUEUE, revisions: [V1, V2], ...options });
  servers.push(server);
  return server;
};
const hire = (...args: ConstructorParameters<typeof GrpcWorker>): GrpcWorker => {
  const worker = new GrpcWorker(...args);
  workers.push(worker);
  return worker;
};
const hello = { worker: 'one', agentId: QUEUE, revision: V1 };
const greet = (server: AgentServer, more: object = {}): GrpcWorker => {
  const worker = hire(server.url);
  worker.say({ case: 'hello', value: { ...hello, ...more } });
  return worker;
};
const submit = async (
  server: AgentServer,
  ...requests: readonly TaskRequest[]
): Promise<readonly string[]> => {
  const taken = await server.desk.submit(TENANT, QUEUE, requests);
  assert(taken.ok, `the tasks were refused: ${JSON.stringify(taken)}`);
  return taken.value.map(({ id }) => id);
};
const taskOf = (id: string): Promise<TaskRow | null> => readTask(database.db, TENANT, id);
const assigned = (worker: GrpcWorker, count: number): Promise<void> =>
  vi.waitFor(() => expect(worker.assigned).toHaveLength(count), PATIENCE);
const codeOf = async (worker: GrpcWorker): Promise<string> => {
  const error = await worker.ended;
  return error instanceof ConnectError ? Code[error.code] : String(error);
};
const valueOf = (json: unknown) => {
  const value = valueOfJson(json);
  assert(value.ok, 'it is JSON');
  return value.value;
};

/** A session in the bare bytes of HTTP/2. */
const bare = (server: AgentServer): { stream: ClientHttp2Stream; frame: (bytes: Uint8Array) => void } => {
  const session = connectHttp2(server.url).on('error', () => undefined);
  sessions.push(session);
  const stream = session.request({
    ...{ ':method': 'POST', ':path': '/sluice.agents.v1.WorkerService/Work', te: 'trailers' },
    'content-type': 'application/grpc+proto',
  });
  stream.on('error', () => undefined);
  const frame = (bytes: Uint8Array): void => {
    const head = Buffer.alloc(5);
    head.writeUInt32BE(bytes.length, 1);
    stream.write(Buffer.concat([head, bytes]));
  };
  return { stream, frame };
};
const varint = (value: number): number[] =>
  value < 128 ? [value] : [(value & 127) | 128, ...varint(Math.floor(value / 128))];

afterEach(async () => {
  for (const session of sessions.splice(0)) session.destroy();
  for (const worker of workers.splice(0)) worker.die();
  await Promise.all(servers.splice(0).map((server) => server.stop()));
});

describe('a worker over gRPC', () => {
  it('is welcomed, takes a task, completes it, and is told that it counts', async () => {
    const server = await start();
    const worker = greet(server);
    worker.say({ case: 'want', value: { more: 1 } });
    const input = { text: 'größer', list: [1, 2.5, null, true, { deep: [] }] };
    const [id = ''] = await submit(server, {
      input,
      session: 'talk',
      priority: 7,
      deadlineAt: Date.now() + 60_000,
    });
    await assigned(worker, 1);
    const [task] = worker.assigned;
    expect(task).toMatchObject({ taskId: id, attempt: 1, session: 'talk', priority: 7, mayAct: true });
    expect(jsonOfValue(task?.input)).toEqual({ ok: true, value: input });
    worker.say({ case: 'complete', value: { taskId: id, attempt: 1, result: valueOf({ answer: [42] }) } });
    await vi.waitFor(
      () =>
        expect(worker.heard.at(-1)).toMatchObject({
          case: 'settled',
          value: { taskId: id, isCounted: true },
        }),
      PATIENCE,
    );
    expect(await taskOf(id)).toMatchObject({ state: 'succeeded', result: { answer: [42] } });
    expect(worker.heard[0]).toMatchObject({
      case: 'welcome',
      value: { lease: { seconds: 3n }, heldTaskIds: [] },
    });
    worker.hangUp();
    expect(await worker.ended).toBeNull();
    await vi.waitFor(() => expect(server.dispatcher.connected()).toEqual([]), PATIENCE);
  });

  it('fails a task with a class and gives another one back', async () => {
    const server = await start();
    const worker = greet(server);
    worker.say({ case: 'want', value: { more: 2 } });
    const [wrong = '', back = ''] = await submit(server, { input: 'wrong' }, { input: 'back' });
    await assigned(worker, 2);
    const failure = { failureClass: FailureClass.INPUT, message: 'nobody can' };
    worker.say({ case: 'fail', value: { taskId: wrong, attempt: 1, failure } });
    worker.say({ case: 'return', value: { taskId: back, attempt: 1 } });
    await vi.waitFor(
      async () =>
        expect((await taskOf(wrong))?.failure).toEqual({ failureClass: 'input', message: 'nobody can' }),
      PATIENCE,
    );
    await vi.waitFor(
      async () => expect(await taskOf(back)).toMatchObject({ state: 'waiting', failures: 0 }),
      PATIENCE,
    );
  });

  it('whose result is nested too deep hears of it, and keeps its session', async () => {
    const server = await start();
    const worker = greet(server);
    worker.say({ case: 'want', value: { more: 1 } });
    const [id = ''] = await submit(server, { input: 1 });
    await assigned(worker, 1);
    let result = create(ValueSchema, { kind: { case: 'boolValue', value: true } });
    for (let level = 0; level < 200; level++)
      result = create(ValueSchema, { kind: { case: 'listValue', value: { values: [result] } } });
    worker.say({ case: 'complete', value: { taskId: id, attempt: 1, result } });
    await vi.waitFor(
      async () =>
        expect(await taskOf(id)).toMatchObject({
          state: 'dead',
          failure: { failureClass: 'refused', message: expect.stringContaining('30 levels deep') },
        }),
      PATIENCE,
    );
    expect(server.dispatcher.connected()).toHaveLength(1);
  });

  it('is told when its word came too late', async () => {
    const server = await start();
    const worker = greet(server);
    worker.say({ case: 'complete', value: { taskId: crypto.randomUUID(), attempt: 1 } });
    await vi.waitFor(
      () => expect(worker.heard.at(-1)).toMatchObject({ case: 'settled', value: { isCounted: false } }),
      PATIENCE,
    );
  });

  it('goes on with what it had when it comes back, and its old session ends', async () => {
    const server = await start();
    const before = greet(server);
    before.say({ case: 'want', value: { more: 1 } });
    const [id = ''] = await submit(server, { input: 1 });
    await assigned(before, 1);
    const after = greet(server, {
      held: [
        { taskId: id, attempt: 1 },
        { taskId: 'no id', attempt: 1 },
      ],
    });
    await vi.waitFor(
      () => expect(after.heard[0]).toMatchObject({ case: 'welcome', value: { heldTaskIds: [id] } }),
      PATIENCE,
    );
    expect(await codeOf(before)).toBe('Aborted');
    after.say({ case: 'complete', value: { taskId: id, attempt: 1, result: valueOf('moved') } });
    await vi.waitFor(
      async () => expect(await taskOf(id)).toMatchObject({ result: 'moved', attempt: 1 }),
      PATIENCE,
    );
  });

  it('that hangs up gives back what it has not ended, and others get it at once', async () => {
    const server = await start({ leaseMs: 60_000 });
    const leaving = greet(server, { worker: 'leaving' });
    leaving.say({ case: 'want', value: { more: 2 } });
    const [done = '', back = ''] = await submit(server, { input: 'done' }, { input: 'back' });
    await assigned(leaving, 2);
    leaving.say({ case: 'complete', value: { taskId: done, attempt: 1, result: valueOf(1) } });
    leaving.hangUp();
    expect(await leaving.ended).toBeNull();
    expect(await taskOf(done)).toMatchObject({ state: 'succeeded' });
    expect(await taskOf(back)).toMatchObject({ state: 'waiting', failures: 0 });
    const other = greet(server, { worker: 'other' });
    other.say({ case: 'want', value: { more: 1 } });
    await assigned(other, 1);
    expect(other.assigned[0]).toMatchObject({ taskId: back, attempt: 2 });
  });

  it('whose connection is cut keeps what it has until its lease ends', async () => {
    const server = await start({ leaseMs: 60_000 });
    const { stream, frame } = bare(server);
    for (const message of [
      { case: 'hello', value: { ...hello, worker: 'killed' } },
      { case: 'want', value: { more: 1 } },
    ] as const)
      frame(toBinary(WorkRequestSchema, create(WorkRequestSchema, { message })));
    const [id = ''] = await submit(server, { input: 1 });
    let heard = Buffer.alloc(0);
    stream.on('data', (bytes: Buffer) => (heard = Buffer.concat([heard, bytes])));
    await vi.waitFor(() => expect(heard.includes(id)).toBe(true), PATIENCE);
    stream.session?.socket.destroy();
    await vi.waitFor(() => expect(server.dispatcher.connected()).toEqual([]), PATIENCE);
    expect(await taskOf(id)).toMatchObject({ state: 'running', attempt: 1 });
  });

  it('that dies leaves its task to another one', async () => {
    const server = await start({ leaseMs: 500 });
    const dead = greet(server, { worker: 'dead' });
    dead.say({ case: 'want', value: { more: 1 } });
    const [id = ''] = await submit(server, { input: 1 });
    await assigned(dead, 1);
    dead.die();
    const beating = (): void => other.say({ case: 'heartbeat', value: {} });
    const other = greet(server, { worker: 'other' });
    other.say({ case: 'want', value: { more: 1 } });
    const timer = setInterval(beating, 150);
    await assigned(other, 1).finally(() => clearInterval(timer));
    expect(other.assigned[0]).toMatchObject({ taskId: id, attempt: 2 });
  });

  it('that is silent for as long as a lease is let go', async () => {
    const server = await start({ leaseMs: 300 });
    const silent = greet(server);
    expect(await codeOf(silent)).toBe('DeadlineExceeded');
    expect(server.dispatcher.connected()).toEqual([]);
  });

  it('is asked to leave', async () => {
    const server = await start();
    const worker = greet(server);
    await vi.waitFor(() => expect(worker.heard).toHaveLength(1), PATIENCE);
    expect(server.sessions.drain({ tenant: TENANT, queue: QUEUE, revision: V2 })).toBe(0);
    expect(server.sessions.drain({ tenant: TENANT, queue: QUEUE, revision: V1 })).toBe(1);
    await vi.waitFor(() => expect(worker.heard.at(-1)?.case).toBe('drain'), PATIENCE);
  });

  it('is told at once when the server closes', async () => {
    const server = await start();
    const worker = greet(server);
    await vi.waitFor(() => expect(worker.heard).toHaveLength(1), PATIENCE);
    servers.splice(0);
    const began = performance.now();
    await server.stop();
    expect(await codeOf(worker)).toBe('Unavailable');
    expect(performance.now() - began).toBeLessThan(5_000);
  });

  it('that does not read is cut, and the rest goes on', async () => {
    const server = await start({ stallMs: 300, leaseMs: 60_000 });
    const { stream, frame } = bare(server);
    const broke = new Promise<void>((resolve) => void stream.on('close', resolve));
    const words = [
      { case: 'hello', value: { ...hello, worker: 'deaf' } },
      { case: 'want', value: { more: 100 } },
    ] as const;
    for (const message of words) frame(toBinary(WorkRequestSchema, create(WorkRequestSchema, { message })));
    await vi.waitFor(() => expect(server.dispatcher.connected()).toHaveLength(1), PATIENCE);
    await submit(server, ...Array.from({ length: 100 }, () => ({ input: 'x'.repeat(100_000) })));
    await vi.waitFor(() => expect(server.dispatcher.connected()).toEqual([]), PATIENCE);
    stream.resume();
    await broke;
    expect(stream.rstCode).toBe(constants.NGHTTP2_ENHANCE_YOUR_CALM);
    const other = greet(server, { worker: 'other' });
    await vi.waitFor(() => expect(other.heard).toHaveLength(1), PATIENCE);
  });

  it('that says what is no message is told so, and harms nobody', async () => {
    const server = await start();
    const other = greet(server, { worker: 'other' });
    // A value that holds a list that holds a value, and so on, 50,000 times.
    const around: Buffer[] = [];
    for (let level = 0, length = 0; level < 50_000; level++)
      for (const tag of [0x0a, 0x32]) {
        const head = Buffer.from([tag, ...varint(length)]);
        around.push(head);
        length += head.length;
      }
    const deep = Buffer.concat(around.toReversed());
    const complete = Buffer.concat([Buffer.from([0x1a, ...varint(deep.length)]), deep]);
    const odd = [
      Buffer.from('no protobuf at all, but words'),
      Buffer.from([0x0a, 0xff, 0xff, 0xff, 0xff, 0x07]),
      Buffer.concat([Buffer.from([0x2a, ...varint(complete.length)]), complete]),
    ];
    for (const bytes of odd) {
      const { stream, frame } = bare(server);
      const trailers = once(stream.resume(), 'trailers');
      frame(bytes);
      const [said] = (await trailers) as [Record<string, string>];
      expect(Code[Number(said['grpc-status'])]).toBe('Internal');
      expect(said['grpc-message']).not.toContain('control%20plane');
    }
    const before = other.heard.length;
    other.say({ case: 'complete', value: { taskId: crypto.randomUUID(), attempt: 1 } });
    await vi.waitFor(() => expect(other.heard.length).toBeGreaterThan(before), PATIENCE);
  });

  it('speaks Connect over HTTP/2 just as well', async () => {
    const server = await start();
    const worker = hire(server.url, createConnectTransport({ baseUrl: server.url, httpVersion: '2' }));
    worker.say({ case: 'hello', value: hello });
    await vi.waitFor(() => expect(worker.heard).toHaveLength(1), PATIENCE);
  });

  it('cannot hold a session over HTTP/1.1', async () => {
    const server = await start();
    const transport = createConnectTransport({ baseUrl: server.url, httpVersion: '1.1' });
    const client = createClient(WorkerService, transport);
    const calling = async (): Promise<void> => {
      for await (const _answer of client.work((async function* () {})()));
    };
    await expect(calling()).rejects.toBeInstanceOf(ConnectError);
  });
});

describe('a worker is not let in', () => {
  const cases: [string, object, string, string][] = [
    ['of an agent that there is not', { agentId: 'shop/production/other' }, 'NotFound', 'no-such-agent'],
    ['of a revision that its agent has not', { revision: 'agent-9' }, 'NotFound', 'no-such-revision'],
    ['without a name', { worker: '' }, 'InvalidArgument', 'invalid-hello'],
    ['with a capability that is no name', { capabilities: ['no good'] }, 'InvalidArgument', 'invalid-hello'],
    ['with a label that is none', { labels: ['zone'] }, 'InvalidArgument', 'invalid-hello'],
  ];
  it.each(cases)('%s', async (_name, more, code, refusal) => {
    const server = await start();
    const worker = greet(server, more);
    expect(await codeOf(worker)).toBe(code);
    const error = await worker.ended;
    assert(error instanceof ConnectError, 'it was refused');
    const [detail] = error.findDetails(RefusalSchema);
    expect(detail?.code).toBe(refusal);
    expect(detail?.remedy).not.toBe('');
  });

  it('when its first message is something else, or its hello comes twice', async () => {
    const server = await start();
    const rude = hire(server.url);
    rude.say({ case: 'want', value: { more: 1 } });
    expect(await codeOf(rude)).toBe('InvalidArgument');
    const twice = greet(server);
    twice.say({ case: 'hello', value: hello });
    expect(await codeOf(twice)).toBe('InvalidArgument');
    const greedy = greet(server);
    greedy.say({ case: 'want', value: { more: 1_001 } });
    expect(await codeOf(greedy)).toBe('InvalidArgument');
  });

  it('when a message is larger than messages may be', async () => {
    const server = await start({ limits: { messageBytes: 10_000 } });
    const worker = greet(server, { sdk: 'x'.repeat(20_000) });
    expect(await codeOf(worker)).toBe('ResourceExhausted');
  });
});

describe('workers of two servers', () => {
  it('lose and double nothing while their connections break', { timeout: 90_000 }, async () => {
    // Where the kills take longer than a lease, one victim may get what was lost with several before it.
    const options = { leaseMs: 1_000, maxFailures: 100 };
    const two = [await start(options), await start(options)] as const;
    const accepted = new Map<string, number>();
    const ids = (
      await Promise.all(
        Array.from({ length: 6 }, (_, n) =>
          submit(two[n % 2 ? 0 : 1], ...Array.from({ length: 50 }, () => ({ input: n }))),
        ),
      )
    ).flat();
    const staff = (server: AgentServer, worker: string): GrpcWorker => {
      const made = greet(server, { worker });
      made.onHeard = (message) => {
        if (message.case === 'assign') {
          const { taskId, attempt } = message.value;
          setImmediate(() =>
            made.say({ case: 'complete', value: { taskId, attempt, result: valueOf(worker) } }),
          );
        } else if (message.case === 'settled') {
          const { taskId, isCounted } = message.value;
          if (isCounted) accepted.set(taskId, (accepted.get(taskId) ?? 0) + 1);
          made.say({ case: 'want', value: { more: 1 } });
        }
      };
      made.say({ case: 'want', value: { more: 5 } });
      return made;
    };
    for (let kill = 0; kill < 20; kill++) {
      const victim = staff(two[kill % 2 ? 0 : 1], `victim-${kill}`);
      await vi.waitFor(() => expect(victim.heard.length).toBeGreaterThan(kill % 4), PATIENCE);
      victim.die();
    }
    const steady = [staff(two[0], 'steady-0'), staff(two[1], 'steady-1')];
    const broken = Promise.race(steady.map(({ ended }) => ended));
    const beating = steady.map((worker) =>
      setInterval(() => worker.say({ case: 'heartbeat', value: {} }), 300),
    );
    const finished = vi.waitFor(
      async () => {
        const rest = ids.filter((id) => !accepted.has(id));
        const states = await Promise.all(rest.map(async (id) => (await taskOf(id))?.state));
        expect(states.filter((state) => state !== 'succeeded')).toEqual([]);
      },
      { timeout: 60_000, interval: 300 },
    );
    const first = await Promise.race([finished.then(() => 'finished'), broken]).finally(() =>
      beating.forEach(clearInterval),
    );
    expect(first).toBe('finished');
    expect([...accepted.values()].every((times) => times === 1)).toBe(true);
    const ends = await Promise.all(ids.map(async (id) => (await taskOf(id))?.state));
    expect(new Set(ends)).toEqual(new Set(['succeeded']));
    // Of the others the word counted, and the worker was gone before it was told.
    expect(accepted.size).toBeGreaterThan(ids.length / 2);
  });
});
