import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { assert } from '@sluice/core/kernel/assert.ts';
import { revisionId, trackId } from '@sluice/core/kernel/ids.ts';
import { payloadIn } from '@sluice/core/tasks/payload-reference.ts';
import { type AgentServer, startAgentServer } from '@sluice/server/api/grpc/testing/agent-server.ts';
import { readTask } from '@sluice/server/store/tasks/change-tasks.ts';
import { setup, teardown } from '@sluice/server/store/testing/global-setup.ts';
import { withDatabase } from '@sluice/server/store/testing/with-database.ts';
import { type StartedWorker, startWorker } from '@sluice/worker/start-worker.ts';
import { TaskError } from '@sluice/worker/task-error.ts';
import { MemoryConflict } from '@sluice/worker/task-memory.ts';
import type { WorkerOptions } from '@sluice/worker/worker-options.ts';

// What was set up first is torn down last.
beforeAll(setup);
afterAll(teardown);
const database = withDatabase();

const QUEUE = trackId('shop', 'production', 'agent');
const V1 = revisionId('agent-1');
const PATIENCE = { timeout: 30_000, interval: 20 };
const servers: AgentServer[] = [];
const workers: StartedWorker[] = [];

const start = async (): Promise<AgentServer> => {
  const server = await startAgentServer({ db: database.db, queue: QUEUE, revisions: [V1] });
  servers.push(server);
  return server;
};
const hire = async (server: AgentServer, handle: WorkerOptions<unknown>['handle']): Promise<void> => {
  const place = { url: server.url, agent: QUEUE, revision: V1, stopsOnSignals: false };
  workers.push(await startWorker({ ...place, handle, report: () => undefined }));
};
/** What comes of one task. */
const done = async (server: AgentServer, input: unknown, session?: string): Promise<unknown> => {
  const taken = await server.desk.submit('default', QUEUE, [{ input, ...(session && { session }) }]);
  assert(taken.ok, `the task was refused: ${JSON.stringify(taken)}`);
  const { id = '' } = taken.value[0] ?? {};
  const ended = await vi.waitFor(async () => {
    const task = await readTask(database.db, 'default', id);
    expect(task?.endedAt).not.toBeNull();
    return task;
  }, PATIENCE);
  expect(ended?.failure?.message ?? 'none').toBe('none');
  return ended?.result;
};

afterEach(async () => {
  await Promise.all(workers.splice(0).map((worker) => worker.stop(0)));
  await Promise.all(servers.splice(0).map((server) => server.stop()));
});

describe('a task', () => {
  it('remembers from one to the next, in its session and beyond', async () => {
    const server = await start();
    await hire(server, async (task, { memory: { session, agent, tenant } }) => {
      const turns = await session.update<number>('turns', (before) => (before ?? 0) + 1);
      const all = await agent.update<number>('turns', (before) => (before ?? 0) + 1);
      const line = await session.append('said', { text: task.input }, { forMs: 3_600_000 });
      await tenant.put(`who:${turns}`, task.session);
      const found = await session.search('hello');
      return { turns, all, line, found: found.map(({ sequence }) => sequence) };
    });
    expect(await done(server, 'hello there', 'ann')).toEqual({ turns: 1, all: 1, line: 1, found: [1] });
    expect(await done(server, 'and again', 'ann')).toEqual({ turns: 2, all: 2, line: 2, found: [1] });
    expect(await done(server, 'no', 'bob')).toEqual({ turns: 1, all: 3, line: 1, found: [] });
  });

  it('hears when somebody was faster, lists what there is, and forgets', async () => {
    const server = await start();
    await hire(server, async (_task, { memory: { agent } }) => {
      const version = await agent.put('k', 1, { expectedVersion: 0 });
      await agent.put('k', { two: 2 }, { expectedVersion: version });
      const late = await agent.put('k', 3, { expectedVersion: version }).catch((thrown: unknown) => thrown);
      const listed = await agent.list({ prefix: 'k' });
      const entry = await agent.get<{ two: number }>('k');
      const wasThere = [await agent.delete('k'), await agent.delete('k')];
      const noSession = await agent.search({ near: [1, 2] }).catch((thrown: unknown) => thrown);
      return {
        ...{ isConflict: late instanceof MemoryConflict, two: entry?.value.two, wasThere },
        ...{ keys: listed.map(({ key, lines }) => [key, lines]), isTold: noSession instanceof TaskError },
      };
    });
    expect(await done(server, 0)).toMatchObject({
      ...{ isConflict: true, two: 2, keys: [['k', 0]], wasThere: [true, false] },
    });
  });

  it('goes on where the attempt before it was', async () => {
    const server = await start();
    await hire(server, async ({ attempt, lastCheckpoint }, { checkpoint }) => {
      if (attempt === 1) {
        await checkpoint({ step: 1 });
        await checkpoint({ step: 2 });
        throw new TaskError('transient', 'again');
      }
      return { attempt, lastCheckpoint };
    });
    const taken = await server.desk.submit('default', QUEUE, [{ input: 1 }]);
    assert(taken.ok, 'it was taken');
    await vi.waitFor(async () => {
      const task = await readTask(database.db, 'default', taken.value[0]?.id ?? '');
      expect(task?.result).toEqual({ attempt: 2, lastCheckpoint: { step: 2 } });
    }, PATIENCE);
  });

  it('is given a large input and returns a large result as if they were small', async () => {
    const server = await start();
    const seen: unknown[] = [];
    await hire(server, async ({ input }, { upload, download }) => {
      seen.push(input);
      if (typeof input === 'string') return input.repeat(2);
      const reference = await upload(new Uint8Array([1, 2, 3]), 'image/png');
      const { mediaType, content } = await download(reference);
      return { reference, mediaType, content: [...content] };
    });
    const large = 'x'.repeat(200_000);
    const result = payloadIn(await done(server, large));
    assert(result !== null, 'the result is a reference');
    expect(await done(server, { $payload: result })).toMatchObject({ $payload: expect.any(String) });
    expect(seen[1]).toBe(large + large);
    expect(await done(server, null)).toMatchObject({ mediaType: 'image/png', content: [1, 2, 3] });
  });
});
