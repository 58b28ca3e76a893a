import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { assert } from '@sluice/core/kernel/assert.ts';
import { revisionId, trackId } from '@sluice/core/kernel/ids.ts';
import { storedIdentities } from '@sluice/server/access/identities.ts';
import { storedGuard } from '@sluice/server/access/stored-guard.ts';
import { storedWorkerTokens } from '@sluice/server/access/workers/worker-tokens.ts';
import { tokenFiles } from '@sluice/server/targets/local/token-files.ts';
import { workerTokenFile } from '@sluice/protocol/process/worker-token-file.ts';
import {
  type AgentServer,
  type AgentServerOptions,
  startAgentServer,
} from '@sluice/server/api/grpc/testing/agent-server.ts';
import { readTask } from '@sluice/server/store/tasks/change-tasks.ts';
import type { TaskRow } from '@sluice/server/store/tasks/task-row.ts';
import { setup, teardown } from '@sluice/server/store/testing/global-setup.ts';
import { withDatabase } from '@sluice/server/store/testing/with-database.ts';
import { type StartedWorker, startWorker } from '@sluice/worker/start-worker.ts';
import type { TaskContext } from '@sluice/worker/task.ts';
import { TaskError } from '@sluice/worker/task-error.ts';
import type { WorkerOptions } from '@sluice/worker/worker-options.ts';

// What was set up first is torn down last.
beforeAll(setup);
afterAll(teardown);
const database = withDatabase();

const TENANT = 'default';
const QUEUE = trackId('shop', 'production', 'agent');
const V1 = revisionId('agent-1');
const PATIENCE = { timeout: 30_000, interval: 20 };
const servers: AgentServer[] = [];
const workers: StartedWorker[] = [];

const start = async (leaseMs = 3_000, options: Partial<AgentServerOptions> = {}): Promise<AgentServer> => {
  const revisions = [V1] as const;
  const server = await startAgentServer({ db: database.db, queue: QUEUE, revisions, leaseMs, ...options });
  servers.push(server);
  return server;
};
const hire = async <Input>(server: AgentServer, options: WorkerOptions<Input>): Promise<StartedWorker> => {
  const worker = await startWorker({
    ...{
      url: server.url,
      agent: QUEUE,
      revision: V1,
      stopsOnSignals: false,
      graceMs: 200,
      lastWordsMs: 1_000,
    },
    report: () => undefined,
    ...options,
  });
  workers.push(worker);
  await worker.welcomed;
  return worker;
};
const submit = async (server: AgentServer, inputs: readonly unknown[]): Promise<readonly string[]> => {
  const taken = await server.desk.submit(
    TENANT,
    QUEUE,
    inputs.map((input) => ({ input })),
  );
  assert(taken.ok, `the tasks were refused: ${JSON.stringify(taken)}`);
  return taken.value.map(({ id }) => id);
};
const taskOf = (id: string): Promise<TaskRow | null> => readTask(database.db, TENANT, id);
/** Asks for each only until it is there: asking for all again and again keeps a server from everything else. */
const inState = async (ids: readonly string[], state: string): Promise<void> => {
  const one = (id: string): Promise<void> =>
    vi.waitFor(async () => expect((await taskOf(id))?.state).toBe(state), PATIENCE);
  await Promise.all(ids.map(one));
};
const untilAborted = (_task: unknown, { signal }: TaskContext): Promise<never> =>
  new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)));

afterEach(async () => {
  await Promise.all(workers.splice(0).map((worker) => worker.stop(0)));
  await Promise.all(servers.splice(0).map((server) => server.stop()));
});

describe('a worker of the SDK and a real server', () => {
  it('do a thousand tasks, each of them once', async () => {
    const server = await start();
    const done = new Map<string, number>();
    const handle: WorkerOptions<unknown>['handle'] = ({ id, input }) => {
      done.set(id, (done.get(id) ?? 0) + 1);
      return input;
    };
    await Promise.all([hire(server, { handle, concurrency: 50 }), hire(server, { handle, concurrency: 50 })]);
    const ids = await submit(
      server,
      Array.from({ length: 1_000 }, (_, n) => ({ n })),
    );
    await vi.waitFor(() => expect(done.size).toBe(1_000), PATIENCE);
    await inState(ids, 'succeeded');
    expect([...done.values()].every((times) => times === 1)).toBe(true);
    expect(await taskOf(ids[7] ?? '')).toMatchObject({ result: { n: 7 }, attempt: 1 });
  });

  // Who failed at a task is avoided for a while by its next attempt, so that this takes some seconds with one worker.
  it('are let in by a token that is renewed under them, and never ask for less than they have', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'sluice-tokens-'));
    const clock = { now: Date.now() };
    try {
      const identities = storedIdentities(database.db, () => clock.now);
      const access = storedGuard({ db: database.db, identities, anonymous: [] });
      const server = await start(3_000, { access });
      const tokens = storedWorkerTokens(database.db, TENANT, () => clock.now);
      await tokens.ensure(QUEUE, tokenFiles(directory));
      const remember: WorkerOptions<unknown> = {
        tokenFile: workerTokenFile(directory, QUEUE),
        handle: async (_task, { memory }) => String(await memory.agent.put('seen', true)),
      };
      await hire(server, remember);
      await inState(await submit(server, ['with the first']), 'succeeded');
      // The first has ended: what was let in goes on, and what it calls from now on shows the second.
      clock.now += 4 * 3_600_000;
      await tokens.ensure(QUEUE, tokenFiles(directory));
      await inState(await submit(server, ['with the second']), 'succeeded');
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  });

  it('try again what failed, and keep what cannot be done', async () => {
    const server = await start();
    await hire(server, {
      concurrency: 4,
      handle: ({ attempt, input }) => {
        if (input === 'wrong') throw new TaskError('input', 'nobody can do that');
        if (attempt < 3) throw new Error('not yet');
        return attempt;
      },
    });
    const [hard = '', wrong = ''] = await submit(server, ['hard', 'wrong']);
    await inState([hard], 'succeeded');
    await inState([wrong], 'dead');
    expect(await taskOf(hard)).toMatchObject({ result: 3, failures: 2 });
    expect(await taskOf(wrong)).toMatchObject({
      failure: { failureClass: 'input', message: 'nobody can do that' },
    });
  });

  it('keep a task that takes longer than a lease where it is', async () => {
    const server = await start(300);
    const worker = { begun: 0 };
    const gate = Promise.withResolvers<string>();
    await hire(server, {
      handle: () => {
        worker.begun += 1;
        return gate.promise;
      },
    });
    const ids = await submit(server, [1]);
    await vi.waitFor(() => expect(worker.begun).toBe(1), PATIENCE);
    await new Promise((resolve) => setTimeout(resolve, 1_200)); // Four leases: the time itself is what counts.
    gate.resolve('slowly');
    await inState(ids, 'succeeded');
    expect(await taskOf(ids[0] ?? '')).toMatchObject({ attempt: 1, result: 'slowly' });
  });

  it('give the tasks of a worker that stops to another one, without a failure', async () => {
    const server = await start();
    let begun = 0;
    const leaving = await hire(server, {
      concurrency: 3,
      handle: (task, context) => {
        begun += 1;
        return untilAborted(task, context);
      },
    });
    const ids = await submit(server, [1, 2, 3]);
    await vi.waitFor(() => expect(begun).toBe(3), PATIENCE);
    await leaving.stop(0);
    await hire(server, { concurrency: 3, handle: () => 'by another' });
    await inState(ids, 'succeeded');
    for (const id of ids) expect(await taskOf(id)).toMatchObject({ attempt: 2, failures: 0 });
  });

  it('tell a worker to stop what was taken away from it', async () => {
    const server = await start();
    const begun: string[] = [];
    const aborted: unknown[] = [];
    await hire(server, {
      handle: (task, context) => {
        begun.push(task.id);
        return untilAborted(task, context).catch((thrown: unknown) => {
          aborted.push(thrown);
          throw thrown;
        });
      },
    });
    const [id = ''] = await submit(server, [1]);
    await vi.waitFor(() => expect(begun).toEqual([id]), PATIENCE);
    server.dispatcher.revoked(id);
    await vi.waitFor(
      () => expect(aborted).toMatchObject([{ name: 'AbortError', reason: 'revoked' }]),
      PATIENCE,
    );
  });
});
