import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { assert } from '@sluice/core/kernel/assert.ts';
import { revisionId, trackId } from '@sluice/core/kernel/ids.ts';
import { type AgentServer, startAgentServer } from '@sluice/server/api/grpc/testing/agent-server.ts';
import { readTask } from '@sluice/server/store/tasks/change-tasks.ts';
import type { TaskRow } from '@sluice/server/store/tasks/task-row.ts';
import { setup, teardown } from '@sluice/server/store/testing/global-setup.ts';
import { withDatabase } from '@sluice/server/store/testing/with-database.ts';
import { type StartedWorker, startWorker } from '@sluice/worker/start-worker.ts';
import { TaskError } from '@sluice/worker/task-error.ts';
import type { TaskContext } from '@sluice/worker/task.ts';
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

/** What is to be done, told by the input of the task. */
type Work = Readonly<Record<string, (context: TaskContext, input: Input, attempt: number) => unknown>>;
interface Input {
  readonly do: string;
  readonly [more: string]: unknown;
}

const start = async (): Promise<AgentServer> => {
  const server = await startAgentServer({ db: database.db, queue: QUEUE, revisions: [V1] });
  servers.push(server);
  return server;
};
const hire = async (
  server: AgentServer,
  work: Work,
  more: Partial<WorkerOptions<Input>> = {},
): Promise<void> => {
  const place = { url: server.url, agent: QUEUE, revision: V1, stopsOnSignals: false, concurrency: 8 };
  const handle: WorkerOptions<Input>['handle'] = ({ input, attempt }, context) =>
    work[input.do]?.(context, input, attempt);
  workers.push(await startWorker<Input>({ ...place, handle, report: () => undefined, ...more }));
};
const ended = async (server: AgentServer, input: Input): Promise<TaskRow> => {
  const taken = await server.desk.submit('default', QUEUE, [{ input }]);
  assert(taken.ok, `the task was refused: ${JSON.stringify(taken)}`);
  const { id = '' } = taken.value[0] ?? {};
  const row = await vi.waitFor(async () => {
    const task = await readTask(database.db, 'default', id);
    expect(task?.endedAt).not.toBeNull();
    return task;
  }, PATIENCE);
  assert(row !== null && row !== undefined, 'it was submitted');
  return row;
};

afterEach(async () => {
  await Promise.all(workers.splice(0).map((worker) => worker.stop(0)));
  await Promise.all(servers.splice(0).map((server) => server.stop()));
});

const double = (_: TaskContext, { n }: Input): number => 2 * Number(n);
const parts = [1, 2, 3].map((n) => ({ name: `part-${n}`, input: { do: 'double', n } }));

describe('a task', () => {
  it('spawns others, waits for them and merges what they return', async () => {
    const server = await start();
    await hire(server, {
      double,
      plan: async ({ spawn, join }) => {
        const outcomes = await join<number>(await spawn(parts));
        return outcomes.map(({ name, result }) => [name, result]);
      },
    });
    expect((await ended(server, { do: 'plan' })).result).toEqual([
      ['part-1', 2],
      ['part-2', 4],
      ['part-3', 6],
    ]);
  });

  it('finds its children again in a later attempt, on another server', async () => {
    const [one, two] = [await start(), await start()];
    const seen: (readonly [boolean, string])[] = [];
    const work: Work = {
      double,
      plan: async ({ spawn, join }, _input, attempt) => {
        const children = await spawn(parts);
        seen.push(...children.map(({ id, isNew }) => [isNew, id] as const));
        if (attempt === 1) throw new TaskError('transient', 'not yet');
        return (await join<number>(children)).reduce((sum, { result }) => sum + result, 0);
      },
    };
    await hire(one, work);
    await hire(two, work);
    expect(await ended(one, { do: 'plan' })).toMatchObject({ result: 12, failures: 1 });
    expect(seen.map(([isNew]) => isNew)).toEqual([true, true, true, false, false, false]);
    expect(new Set(seen.map(([, id]) => id)).size).toBe(3);
  });

  it('goes on with the first that succeeds, or hears that too many failed', async () => {
    const server = await start();
    const children = ['good', 'bad'].map((name) => ({ name, input: { do: name } }));
    await hire(server, {
      good: () => 'well',
      bad: () => {
        throw new TaskError('input', 'cannot be done');
      },
      first: async ({ spawn, join }) => {
        const found = await join(await spawn(children), 'any');
        return found.find(({ state }) => state === 'succeeded')?.result;
      },
      every: async ({ spawn, join }) => join(await spawn(children)),
      ends: async ({ spawn, join }) =>
        (await join(await spawn(children), 'settled')).map(({ state, failure }) => [state, failure]),
    });
    expect((await ended(server, { do: 'first' })).result).toBe('well');
    expect(await ended(server, { do: 'every' })).toMatchObject({
      ...{ state: 'dead', attempt: 1 },
      failure: { failureClass: 'refused', message: expect.stringContaining('bad is dead: cannot be done') },
    });
    expect((await ended(server, { do: 'ends' })).result).toEqual([
      ['succeeded', null],
      ['dead', { failureClass: 'input', message: 'cannot be done' }],
    ]);
  });

  it('leaves its place while others work, also where there is only one', async () => {
    const server = await start();
    const work: Work = {
      double,
      plan: ({ delegate }) =>
        delegate(parts, { input: { do: 'merge', parts: { $outcomes: true }, first: { $result: 'part-1' } } }),
      merge: (_, { parts: all, first }) => ({
        first,
        sum: Object.values(all as Record<string, { result: number }>).reduce(
          (sum, { result }) => sum + result,
          0,
        ),
      }),
      outer: async ({ spawn, join }) => {
        const [child] = await spawn([{ name: 'inner', input: { do: 'plan' } }]);
        assert(child !== undefined, 'it was spawned');
        return (await join([child]))[0]?.result;
      },
    };
    await hire(server, work, { concurrency: 1 });
    expect((await ended(server, { do: 'plan' })).result).toEqual({ continuedBy: expect.any(String) });
    // Whoever waits for a task that goes on is given what came of it in the end.
    await hire(server, work);
    expect((await ended(server, { do: 'outer' })).result).toEqual({ first: 2, sum: 12 });
  });

  it('is told in words what goes beyond a limit', async () => {
    const server = await start();
    await hire(server, {
      plan: ({ spawn }) => spawn(parts, { limits: { fanOut: 2 } }),
    });
    expect(await ended(server, { do: 'plan' })).toMatchObject({
      state: 'dead',
      failure: { failureClass: 'refused', message: expect.stringContaining('2 are the most for one task') },
    });
  });
});

it('tasks write to each other, and answer', async () => {
  const server = await start();
  await hire(
    server,
    {
      ask: async ({ send, receive }) => {
        await send({ capability: 'translate' }, { text: 'hello' }, { key: 'question' });
        const [answer] = await receive<string>({ waitMs: 20_000 });
        return answer && [answer.body, await answer.acknowledge(), await answer.acknowledge()];
      },
      help: async ({ send, receive }) => {
        const [question] = await receive<{ text: string }>({ waitMs: 20_000, capabilities: ['translate'] });
        assert(question !== undefined, 'somebody asks');
        await send({ task: question.from.task }, `${question.body.text} in French`);
        await question.acknowledge();
        return [question.from.agent, question.sequence, question.deliveries];
      },
    },
    { capabilities: ['ask'] },
  );
  const [asked, helped] = await Promise.all(['ask', 'help'].map((what) => ended(server, { do: what })));
  expect(asked?.result).toEqual(['hello in French', true, false]);
  expect(helped?.result).toEqual([QUEUE, 1, 1]);
});
