import { pino } from 'pino';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { assert } from '@sluice/core/kernel/assert.ts';
import { revisionId, trackId } from '@sluice/core/kernel/ids.ts';
import { DEFAULT_RETRY_POLICY } from '@sluice/core/tasks/after-failure.ts';
import { FREE } from '@sluice/core/tasks/attempt-report.ts';
import { EMPTY_SPLIT, wholeTo } from '@sluice/core/traffic/split.ts';
import { taskMetrics } from '../metrics/tasks/task-metrics.ts';
import { taskRouter } from '../routing/tasks/task-router.ts';
import { readTask } from '../store/tasks/change-tasks.ts';
import type { LeasedTask } from '../store/tasks/claim-tasks.ts';
import { moveTasks } from '../store/tasks/move-tasks.ts';
import { listOutcomes, putOutcomes } from '../store/tasks/task-outcomes.ts';
import { withDatabase } from '../store/testing/with-database.ts';
import type { AttemptWord } from './attempt-end.ts';
import { Dispatcher } from './dispatcher.ts';
import { endDesk } from './end-desk.ts';
import { outcomeBook } from './outcome-book.ts';
import { postgresTaskEngine } from './postgres-task-engine.ts';
import { DEFAULT_RETRY_BUDGET, retryBudget } from './retry-budget.ts';
import { taskClock } from './task-clock.ts';
import { taskDesk } from './task-desk.ts';
import type { TaskRequest } from './task-request.ts';
import { workerDesk, type WorkerVisit } from './worker-desk.ts';

const TENANT = 'default';
const QUEUE = trackId('shop', 'production', 'agent');
const V1 = revisionId('agent-1');
const V2 = revisionId('agent-2');
const LEASE_MS = 600;
const database = withDatabase();

/** One server with everything that tasks need. */
class TaskServer {
  readonly engine = postgresTaskEngine(database.db);
  readonly #log = pino({ level: 'silent' });
  /** How often a task may fail, or be lost with its worker. */
  maxFailures = DEFAULT_RETRY_POLICY.maxFailures;
  readonly outcomes = outcomeBook({
    write: (tenant, seconds) => putOutcomes(database.db, tenant, `server ${Math.random()}`, seconds),
    failed: () => undefined,
  });
  readonly dispatcher = new Dispatcher({ engine: this.engine, log: this.#log, leaseMs: LEASE_MS });
  readonly #shared = {
    outcomes: this.outcomes,
    budget: retryBudget(DEFAULT_RETRY_BUDGET),
    policyOf: async () => ({
      retry: { ...DEFAULT_RETRY_POLICY, maxFailures: this.maxFailures, initialMs: 10 },
      prices: FREE,
    }),
    now: Date.now,
    chance: Math.random,
  };
  readonly workers = workerDesk({ ...this.#shared, dispatcher: this.dispatcher, ends: endDesk(this.engine) });
  readonly desk = taskDesk({
    engine: this.engine,
    now: Date.now,
    taken: (tenant, queue) => this.dispatcher.wake(tenant, queue),
  });
  readonly clock = taskClock({
    ...{ ...this.#shared, engine: this.engine, leaseMs: LEASE_MS, log: this.#log },
    due: () => this.dispatcher.wake(TENANT, QUEUE),
  });

  async submit(...requests: readonly TaskRequest[]): Promise<readonly string[]> {
    const taken = await this.desk.submit(TENANT, QUEUE, requests);
    assert(taken.ok, `the tasks were refused: ${JSON.stringify(taken)}`);
    return taken.value.map(({ id }) => id);
  }

  async stop(): Promise<void> {
    this.dispatcher.close();
    await this.clock.stop();
    await this.outcomes.close();
  }
}

/** A worker that does with each task what it is told, or leaves it lying. */
class TestWorker {
  readonly got: LeasedTask[] = [];
  readonly revoked: string[] = [];
  readonly visit: WorkerVisit;
  readonly #beating: NodeJS.Timeout;

  constructor(
    server: TaskServer,
    name: string,
    revision = V1,
    work: (task: LeasedTask) => AttemptWord | null = () => ({ kind: 'done', result: name }),
  ) {
    const hello = { tenant: TENANT, worker: name, queue: QUEUE, revision, abilities: [] };
    this.visit = server.workers.welcome(hello, {
      assign: (task) => {
        this.got.push(task);
        const word = work(task);
        if (word !== null) void this.visit.end(task.id, task.attempt, word).then(() => this.visit.want(1));
      },
      revoke: ({ id }) => void this.revoked.push(id),
    });
    this.#beating = setInterval(() => this.visit.beat(), LEASE_MS / 3);
  }

  /** Says no word any more, as after a kill. */
  die(): void {
    clearInterval(this.#beating);
    this.visit.close();
  }
}

const PATIENCE = { timeout: 15_000, interval: 20 };
const servers: TaskServer[] = [];
const workers: TestWorker[] = [];
const start = (): TaskServer => {
  const server = new TaskServer();
  servers.push(server);
  return server;
};
const hire = (...args: ConstructorParameters<typeof TestWorker>): TestWorker => {
  const worker = new TestWorker(...args);
  workers.push(worker);
  return worker;
};
const stateOf = async (id: string): Promise<string | undefined> =>
  (await readTask(database.db, TENANT, id))?.state;
const ended = (id: string, state: string): Promise<void> =>
  vi.waitFor(async () => expect(await stateOf(id)).toBe(state), PATIENCE);

afterEach(async () => {
  for (const worker of workers.splice(0)) worker.die();
  await Promise.all(servers.splice(0).map((server) => server.stop()));
});

describe('tasks and workers on one server', () => {
  it('are brought together, whoever was there first', async () => {
    const server = start();
    await server.engine.deal(TENANT, { queue: QUEUE, generation: 1, split: wholeTo(V1) });
    const [early = ''] = await server.submit({ input: { n: 1 } });
    const worker = hire(server, 'one');
    worker.visit.want(2);
    await ended(early, 'succeeded');
    const [late = ''] = await server.submit({ input: { n: 2 } });
    await ended(late, 'succeeded');
    expect(worker.got.map(({ input }) => input)).toEqual([{ n: 1 }, { n: 2 }]);
    expect(await readTask(database.db, TENANT, late)).toMatchObject({ result: 'one', attempt: 1 });
  });

  it('refuse what nothing serves yet, and what is no task', async () => {
    const server = start();
    expect(await server.desk.submit(TENANT, QUEUE, [{ input: 1 }])).toMatchObject({
      ok: false,
      refusal: { code: 'not-served' },
    });
    await server.engine.deal(TENANT, { queue: QUEUE, generation: 1, split: wholeTo(V1) });
    const odd: [TaskRequest, string][] = [
      [{ input: 'x'.repeat(300_000) }, 'its input has more than 262144 bytes'],
      [{ input: 1, priority: 10 }, 'its priority is 10'],
      [{ input: 1, session: '' }, 'its session has 0 characters'],
      [{ input: 1, abilities: ['no good'] }, "the ability 'no good'"],
      [{ input: 1, deadlineAt: 5 }, 'its deadline is over'],
    ];
    for (const [request, words] of odd)
      expect(await server.desk.submit(TENANT, QUEUE, [{ input: 'fine' }, request])).toMatchObject({
        ok: false,
        refusal: { message: expect.stringContaining(words) },
      });
  });

  it('give a worker no more than it wants', async () => {
    const server = start();
    await server.engine.deal(TENANT, { queue: QUEUE, generation: 1, split: wholeTo(V1) });
    const worker = hire(server, 'one', V1, () => null);
    worker.visit.want(2);
    await server.submit(...Array.from({ length: 10 }, (_, n) => ({ input: n })));
    await vi.waitFor(() => expect(worker.got).toHaveLength(2), PATIENCE);
    worker.visit.want(1);
    await vi.waitFor(() => expect(worker.got).toHaveLength(3), PATIENCE);
  });

  it('try again what failed, and keep as a dead letter what cannot be done', async () => {
    const server = start();
    await server.engine.deal(TENANT, { queue: QUEUE, generation: 1, split: wholeTo(V1) });
    const failure = (failureClass: 'transient' | 'input'): AttemptWord => ({
      ...{ kind: 'failed', failureClass, message: 'it did not work', retryAfterMs: null },
    });
    const worker = hire(server, 'one', V1, ({ input, attempt }) => {
      if (input === 'wrong') return failure('input');
      return attempt < 3 ? failure('transient') : { kind: 'done', result: attempt };
    });
    worker.visit.want(5);
    const [hard = '', wrong = ''] = await server.submit({ input: 'hard' }, { input: 'wrong' });
    await ended(hard, 'succeeded');
    await ended(wrong, 'dead');
    expect(await readTask(database.db, TENANT, hard)).toMatchObject({ result: 3, failures: 2 });
    expect(await readTask(database.db, TENANT, wrong)).toMatchObject({
      attempt: 1,
      failure: { failureClass: 'input' },
    });
  });

  it('give a task whose worker has died to another one, and hear no more of the first', async () => {
    const server = start();
    await server.engine.deal(TENANT, { queue: QUEUE, generation: 1, split: wholeTo(V1) });
    const dead = hire(server, 'dead', V1, () => null);
    dead.visit.want(1);
    const [id = ''] = await server.submit({ input: 1 });
    await vi.waitFor(() => expect(dead.got).toHaveLength(1), PATIENCE);
    dead.die();
    hire(server, 'alive').visit.want(1);
    await ended(id, 'succeeded');
    expect(await dead.visit.end(id, 1, { kind: 'done', result: 'late' })).toBe(false);
    expect(await readTask(database.db, TENANT, id)).toMatchObject({ result: 'alive', attempt: 2 });
  });

  it('leave a task with a worker that lives for longer than a lease', async () => {
    const server = start();
    await server.engine.deal(TENANT, { queue: QUEUE, generation: 1, split: wholeTo(V1) });
    const slow = hire(server, 'slow', V1, () => null);
    slow.visit.want(1);
    const [id = ''] = await server.submit({ input: 1 });
    await vi.waitFor(() => expect(slow.got).toHaveLength(1), PATIENCE);
    await new Promise((resolve) => setTimeout(resolve, 3 * LEASE_MS)); // The time itself is what counts.
    expect(await slow.visit.end(id, 1, { kind: 'done', result: 'slowly' })).toBe(true);
    expect(slow.revoked).toEqual([]);
  });
});

describe('tasks and workers on two servers', () => {
  it('let a worker go on with its task on another server', async () => {
    const first = start();
    const second = start();
    await first.engine.deal(TENANT, { queue: QUEUE, generation: 1, split: wholeTo(V1) });
    const before = hire(first, 'moving', V1, () => null);
    before.visit.want(1);
    const [id = ''] = await first.submit({ input: 1 });
    await vi.waitFor(() => expect(before.got).toHaveLength(1), PATIENCE);
    before.die();
    const after = hire(second, 'moving');
    expect([...(await after.visit.resume([{ id, attempt: 1 }])).keys()]).toEqual([id]);
    expect(await after.visit.end(id, 1, { kind: 'done', result: 'moved' })).toBe(true);
    expect(await readTask(database.db, TENANT, id)).toMatchObject({ result: 'moved', attempt: 1 });
  });

  it('lose and double nothing while workers die', { timeout: 60_000 }, async () => {
    const two = [start(), start()];
    const [first, second] = two;
    assert(first !== undefined && second !== undefined, 'there are two');
    // Where the machine pauses for as long as a lease, a task may be lost with several workers.
    for (const server of two) server.maxFailures = 100;
    await first.engine.deal(TENANT, { queue: QUEUE, generation: 1, split: wholeTo(V1) });
    const accepted = new Map<string, number>();
    const unsure = new Set<string>();
    const worker = (server: TaskServer, name: string): TestWorker => {
      const made: TestWorker = hire(server, name, V1, (task) => {
        const end = async (): Promise<void> => {
          const isCounted = await made.visit.end(task.id, task.attempt, { kind: 'done', result: name });
          if (isCounted) accepted.set(task.id, (accepted.get(task.id) ?? 0) + 1);
          made.visit.want(1);
        };
        // On a machine with too much to do the database may not answer: then nobody knows, and the session is over.
        const over = (): void => {
          unsure.add(task.id);
          made.die();
        };
        setImmediate(() => void end().catch(over));
        return null;
      });
      made.visit.want(5);
      return made;
    };
    const ids = (
      await Promise.all(
        Array.from({ length: 20 }, (_, batch) =>
          (batch % 2 ? first : second).submit(...Array.from({ length: 50 }, (_one, n) => ({ input: n }))),
        ),
      )
    ).flat();
    for (let kill = 0; kill < 20; kill++) {
      const victim = worker(kill % 2 ? first : second, `victim-${kill}`);
      await new Promise((resolve) => setImmediate(resolve));
      victim.die();
    }
    for (let n = 0; n < 4; n++) worker(n % 2 ? first : second, `steady-${n}`);
    // Counted here first: a thousand questions at a time would keep the database from what is waited for.
    const told = (): number => new Set([...accepted.keys(), ...unsure]).size;
    await vi.waitFor(() => expect(told()).toBe(ids.length), { timeout: 40_000, interval: 20 });
    await vi.waitFor(
      async () => {
        const states = await Promise.all(ids.map(stateOf));
        expect(states.filter((state) => state !== 'succeeded')).toEqual([]);
      },
      { timeout: 40_000, interval: 1_000 },
    );
    expect([...accepted.values()].every((times) => times === 1)).toBe(true);
  });
});

describe('a split of tasks', () => {
  it('gives the candidate its share, and a session stays on one side', async () => {
    const server = start();
    const router = taskRouter({
      deal: (queue) => server.engine.deal(TENANT, queue),
      dealt: (queue) => server.engine.dealt(TENANT, queue),
      move: (left) => moveTasks(database.db, TENANT, left),
      unfinished: 'finish',
      pinMs: 0,
    });
    const weights = [
      { revision: V2, basisPoints: 500 },
      { revision: V1, basisPoints: 9_500 },
    ];
    const order = {
      ...{ track: QUEUE, route: { host: null, path: '/' }, goal: null, generation: 1 },
      request: { protocol: 'http1', timeoutMs: 1, maxBodyBytes: 0 } as const,
    };
    await router.apply({ ...order, split: { ...EMPTY_SPLIT, salt: 'ro-1', weights } });
    expect(await router.observe(QUEUE)).toMatchObject({ generation: 1, split: { weights } });
    const ids = (
      await Promise.all(
        Array.from({ length: 10 }, () => server.submit(...Array.from({ length: 400 }, () => ({ input: 1 })))),
      )
    ).flat();
    const onCandidate = (await Promise.all(ids.map((id) => readTask(database.db, TENANT, id)))).filter(
      (task) => task?.revision === V2,
    ).length;
    // Of 4,000 at 5 %, 200 with a standard deviation of 13.8; five of them either way.
    expect(Math.abs(onCandidate - 200)).toBeLessThan(69);
    const [one = '', two = ''] = await server.submit(
      { input: 1, session: 'talk' },
      { input: 2, session: 'talk' },
    );
    const revisions = await Promise.all(
      [one, two].map(async (id) => (await readTask(database.db, TENANT, id))?.revision),
    );
    expect(new Set(revisions).size).toBe(1);
    const older = router.apply({ ...order, generation: 0, split: wholeTo(V1) });
    await expect(older).rejects.toMatchObject({ code: 'refused-as-stale', cause: { heldGeneration: 1 } });
    const reused = router.apply({ ...order, split: wholeTo(V1) });
    await expect(reused).rejects.toMatchObject({ cause: { isReused: true } });
  });

  it('is judged by what comes of the attempts of each side', async () => {
    const server = start();
    await server.engine.deal(TENANT, { queue: QUEUE, generation: 1, split: wholeTo(V1) });
    const begun = Math.floor(Date.now() / 1000) * 1000;
    const worker = hire(server, 'one', V1, ({ input }) =>
      input === 'bad'
        ? { kind: 'failed', failureClass: 'input', message: 'no', retryAfterMs: null }
        : { kind: 'done', result: 1 },
    );
    worker.visit.want(10);
    await server.submit({ input: 'good' }, { input: 'bad' }, { input: 'good' });
    const metrics = taskMetrics({
      read: (queue, span) => listOutcomes(database.db, TENANT, { queue, ...span }),
      ...{ now: Date.now, evaluations: [] },
    });
    await vi.waitFor(async () => {
      const seen = await metrics.observe(QUEUE, begun);
      assert(seen.kind === 'ticks', 'the provider answers');
      const arms = seen.ticks.flatMap((tick) => (tick.arms[V1] ? [tick.arms[V1]] : []));
      const sum = (of: 'requests' | 'errors'): number => arms.reduce((total, arm) => total + arm[of], 0);
      expect([sum('requests'), sum('errors')]).toEqual([3, 1]);
    }, PATIENCE);
  });
});
