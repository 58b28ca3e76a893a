import { pino } from 'pino';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { assert } from '@sluice/core/kernel/assert.ts';
import { revisionId, trackId } from '@sluice/core/kernel/ids.ts';
import type { Result } from '@sluice/core/kernel/result.ts';
import { type Split, wholeTo } from '@sluice/core/traffic/split.ts';
import { newTaskSchema } from '@sluice/protocol/http/tasks.ts';
import type { LeasedTask } from '../store/tasks/claim-tasks.ts';
import { withDatabase } from '../store/testing/with-database.ts';
import { Dispatcher } from './dispatcher.ts';
import { postgresTaskEngine } from './postgres-task-engine.ts';
import { postgresTaskRecords } from './postgres-task-records.ts';
import { storedTasks } from './stored-tasks.ts';
import { noScores } from './testing/no-scores.ts';
import { taskDesk } from './task-desk.ts';
import type { TaskRecords } from './task-records.ts';

const TENANT = 'default';
const QUEUE = trackId('shop', 'production', 'agent');
const V1 = revisionId('agent-1');
const V2 = revisionId('agent-2');
const LEASE_MS = 300;
const PATIENCE = { timeout: 10_000, interval: 20 };
const PAGE = { cursor: null, limit: 10 };
const FAILURE = { failureClass: 'tool', message: 'it did not work' } as const;

const database = withDatabase();
const stops: (() => void)[] = [];
afterEach(() => {
  for (const stop of stops.splice(0)) stop();
});

/** One server, as far as people and workers see it. */
class TestServer {
  readonly engine = postgresTaskEngine(database.db);
  readonly dispatcher = new Dispatcher({
    ...{ engine: this.engine, log: pino({ level: 'silent' }), leaseMs: LEASE_MS },
  });
  readonly registry;

  constructor(changes: { readonly records?: TaskRecords; readonly mostOpen?: number } = {}) {
    stops.push(() => this.dispatcher.close());
    const taken = (tenant: string, queue: typeof QUEUE) => this.dispatcher.wake(tenant, queue);
    this.registry = storedTasks(TENANT, {
      records: postgresTaskRecords(database.db),
      desk: taskDesk({ engine: this.engine, now: Date.now, taken }),
      workers: { connected: () => this.dispatcher.connected(), drain: () => true },
      scores: noScores,
      ...{
        taken,
        revoked: (id) => this.dispatcher.revoked(id),
        elapsedMs: () => performance.now(),
        ...changes,
      },
    });
  }

  async submit(count = 1, task: object = {}): Promise<readonly string[]> {
    const tasks = Array.from({ length: count }, () => newTaskSchema.parse(task));
    return valueOf(await this.registry.submit(QUEUE, tasks)).tasks.map(({ id }) => id);
  }

  /** A worker that takes what it is given and says nothing. */
  hire(revision = V1, wanted = 1) {
    const got: LeasedTask[] = [];
    const revoked: string[] = [];
    const hello = { tenant: TENANT, worker: `w-${Math.random()}`, queue: QUEUE, revision, abilities: [] };
    const session = this.dispatcher.connect(hello, {
      assign: (task) => got.push(task),
      revoke: ({ id }) => revoked.push(id),
    });
    session.want(wanted);
    const beating = setInterval(() => session.beat(), LEASE_MS / 3);
    stops.push(() => clearInterval(beating));
    return { got, revoked, session };
  }

  /** Has tasks claimed by somebody and given up for good. */
  async bury(count: number): Promise<readonly string[]> {
    const claim = { queue: QUEUE, revision: V1, abilities: [], sessions: [], leaseMs: 60_000 };
    const leased = await this.engine.claim(TENANT, {
      ...claim,
      workers: Array.from({ length: count }, () => 'x'),
    });
    const ends = leased.map(({ id, attempt, worker }) => ({ id, attempt, worker }));
    await this.engine.settle(
      TENANT,
      ends.map((end) => ({ ...end, state: 'dead' as const, failure: FAILURE })),
    );
    return ends.map(({ id }) => id);
  }

  deal(generation: number, split: Split) {
    return this.engine.deal(TENANT, { queue: QUEUE, generation, split });
  }
}

function valueOf<Value>(result: Result<Value, unknown>): Value {
  assert(result.ok, `it was refused: ${JSON.stringify(result)}`);
  return result.value;
}

let server: TestServer;
beforeEach(async () => {
  server = new TestServer();
  await server.deal(1, wholeTo(V1));
});

it('a cancelled task is taken away from its worker here at once', async () => {
  const { got, revoked } = server.hire();
  const [id = ''] = await server.submit();
  await vi.waitFor(() => expect(got).toHaveLength(1), PATIENCE);
  expect(valueOf(await server.registry.cancel(id))).toMatchObject({ id, state: 'cancelled', attempt: 1 });
  expect(revoked).toEqual([id]);
});

it('a cancelled task is taken away from its worker on another server by its next beat', async () => {
  const other = new TestServer();
  const { got, revoked } = other.hire();
  const [id = ''] = await server.submit();
  await vi.waitFor(() => expect(got).toHaveLength(1), PATIENCE);
  valueOf(await server.registry.cancel(id));
  expect(revoked).toEqual([]);
  await vi.waitFor(() => expect(revoked).toEqual([id]), PATIENCE);
});

it('a dead letter waits again on the revision that serves now, and a worker of it is woken', async () => {
  const [id = ''] = await server.submit(1, { session: 'talk' });
  expect(await server.bury(1)).toEqual([id]);
  await server.deal(2, wholeTo(V2));
  const { got } = server.hire(V2);
  const retried = valueOf(await server.registry.retry(id));
  expect(retried).toMatchObject({
    revision: V2,
    state: expect.stringMatching(/waiting|running/),
    failures: 0,
    failure: FAILURE,
  });
  await vi.waitFor(() => expect(got).toMatchObject([{ id, attempt: 2 }]), PATIENCE);
});

it('dead letters are dealt to both sides of a split, each as it would be when it came in', async () => {
  const ids = await server.submit(200);
  await server.bury(200);
  const halves = [V1, V2].map((revision) => ({ revision, basisPoints: 5000 }));
  const split = { ...wholeTo(V1), salt: 'ro-7', weights: halves };
  await server.deal(2, split);
  const some = valueOf(await server.registry.retryDead(QUEUE, 150));
  expect(some).toMatchObject({ hasMore: true, retried: { length: 150 } });
  const rest = valueOf(await server.registry.retryDead(QUEUE, 150));
  expect([...some.retried, ...rest.retried].toSorted()).toEqual([...ids].toSorted());
  const page = await server.registry.queues(PAGE);
  const waiting = page.items[0]?.revisions.map((one) => one.waiting) ?? [];
  // Of 200 by halves, 100 with a standard deviation of 7; five of them either way.
  expect(waiting.every((many) => Math.abs(many - 100) < 36)).toBe(true);
  expect(waiting.reduce((sum, many) => sum + many, 0)).toBe(200);
});

it('a split that changes between reading and writing is read again', async () => {
  const [id = ''] = await server.submit();
  await server.bury(1);
  const records = postgresTaskRecords(database.db);
  let isChanged = false;
  const late = new TestServer({
    records: {
      ...records,
      queue: async (tenant, queue) => {
        const read = await records.queue(tenant, queue);
        if (!isChanged) await server.deal(2, wholeTo(V2));
        isChanged = true;
        return read;
      },
    },
  });
  expect(valueOf(await late.registry.retry(id))).toMatchObject({ revision: V2 });
});

it('what nobody serves any more is not retried', async () => {
  const [id = ''] = await server.submit();
  await server.bury(1);
  await server.deal(2, { ...wholeTo(V1), weights: [] });
  expect(await server.registry.retry(id)).toMatchObject({ ok: false, refusal: { code: 'not-served' } });
});

it('beyond the limit nothing is taken, also of what another server took before', async () => {
  await server.submit(8);
  const small = new TestServer({ mostOpen: 10 });
  await small.submit(2);
  const full = await small.registry.submit(QUEUE, [newTaskSchema.parse({})]);
  expect(full).toMatchObject({ ok: false, refusal: { status: 429, code: 'queue-full' } });
});

it('queues show what there is of each revision, and the workers that are here', async () => {
  await server.submit(3);
  await server.submit(1, { dueAt: Date.now() + 60_000 });
  await server.bury(1);
  const { got } = server.hire();
  await vi.waitFor(() => expect(got).toHaveLength(1), PATIENCE);
  const { items, next } = await server.registry.queues(PAGE);
  const counts = { waiting: 1, scheduled: 1, running: 1, dead: 1, workers: 1, oldestAt: expect.any(Number) };
  expect({ items, next }).toEqual({
    next: null,
    items: [{ track: QUEUE, revisions: [{ revision: V1, shareBasisPoints: 10_000, ...counts }] }],
  });
  const workers = await server.registry.workers(PAGE);
  expect(workers.items).toMatchObject([{ track: QUEUE, revision: V1, running: 1, wanted: 0 }]);
});
