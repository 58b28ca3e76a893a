import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { assert } from '@sluice/core/kernel/assert.ts';
import { revisionId, type TrackId, trackId } from '@sluice/core/kernel/ids.ts';
import { statesFor, TASK_TABLE, type TaskEventKind, type TaskState } from '@sluice/core/tasks/task-state.ts';
import { wholeTo } from '@sluice/core/traffic/split.ts';
import type { LeasedTask, TaskClaim } from '../store/tasks/claim-tasks.ts';
import type { TaskMove } from '../store/tasks/move-tasks.ts';
import type { TaskEnd } from '../store/tasks/settle-tasks.ts';
import type { NewTask } from '../store/tasks/submit-tasks.ts';
import type { TaskRow } from '../store/tasks/task-row.ts';
import type { TaskEngine } from './task-engine.ts';
import type { TaskRecords } from './task-records.ts';

/** An engine with what else changes tasks, as the contract sees it. */
export interface TaskEngineSubject {
  readonly engine: TaskEngine;
  readonly records: Pick<TaskRecords, 'get' | 'cancel' | 'redrive'>;
  move(tenant: string, move: TaskMove): Promise<unknown>;
  /** Lets so much time pass for everything that there is, in ms. */
  pass(forMs: number): Promise<void>;
  now(): number;
  close(): Promise<void>;
}

const TENANT = 'default';
const V1 = revisionId('agent-1');
const V2 = revisionId('agent-2');
const LEASE_MS = 60_000;
const DAY_MS = 86_400_000;
const FAILURE = { failureClass: 'transient', message: 'it did not work' } as const;

/** States into which a task can be brought without others. */
const STATES: readonly TaskState[] = ['scheduled', 'waiting', 'running', 'succeeded', 'dead', 'cancelled'];
/** What happens to one task, without others that it depends on. */
const EVENTS = (Object.keys(TASK_TABLE.waiting) as TaskEventKind[]).filter(
  (event) => event !== 'unblocked' && event !== 'dependencyEnded',
);

/** What every engine of tasks promises. */
export function describeTaskEngineContract(
  name: string,
  makeSubject: () => Promise<TaskEngineSubject>,
): void {
  describe(`${name} as an engine of tasks`, () => {
    let subject: TaskEngineSubject;
    let queues = 0;

    beforeAll(async () => {
      subject = await makeSubject();
    });
    afterAll(() => subject.close());

    /** A queue that no other test has. */
    const fresh = async (): Promise<Line> => {
      const queue = trackId('shop', 'production', `contract-${queues++}`);
      await subject.engine.deal(TENANT, { queue, generation: 1, split: {} });
      return new Line(subject, queue);
    };

    describe('moves a task by the table alone', () => {
      for (const state of STATES)
        for (const event of EVENTS) {
          const allowed = TASK_TABLE[state][event];
          const outcome = allowed.length === 0 ? 'stays as it is' : `becomes ${allowed.join(' or ')}`;
          it(`${state}, ${event}: ${outcome}`, async () => {
            for (const wanted of WAYS[event]) {
              const line = await fresh();
              const id = await line.bring(state);
              const before = await line.task(id);
              await line.happen(event, id, wanted);
              const after = await line.task(id);
              if (allowed.length === 0) expect(lasting(after)).toEqual(lasting(before));
              else if (wanted === null) expect(allowed).toContain(after.state);
              else expect(after.state).toBe(wanted);
            }
          });
        }

      it('has a way for every event that the table allows anywhere', () => {
        for (const event of EVENTS) {
          expect(statesFor(event).length).toBeGreaterThan(0);
          const targets = new Set(STATES.flatMap((state) => TASK_TABLE[state][event]));
          for (const way of WAYS[event]) if (way !== null) expect(targets).toContain(way);
        }
      });
    });

    describe('believes nobody but who has the lease', () => {
      const lies: [string, (lease: LeasedTask) => object][] = [
        ['another worker', () => ({ worker: 'two' })],
        ['an older attempt', ({ attempt }) => ({ attempt: attempt - 1 })],
        ['a later attempt', ({ attempt }) => ({ attempt: attempt + 1 })],
        ['no task', () => ({ id: randomUUID() })],
      ];
      it.each(lies)('and not %s', async (_name, lie) => {
        const line = await fresh();
        await line.submit();
        const lease = await line.claimOne();
        const liar = { ...fenceOf(lease), ...lie(lease) };
        const ends = [
          { ...liar, state: 'succeeded', result: 1 },
          { ...liar, state: 'dead', failure: FAILURE },
          { ...liar, state: 'scheduled', failure: FAILURE, dueAt: 0 },
          { ...liar, state: 'waiting' },
        ] as const;
        for (const end of ends)
          for (const isOverdue of [false, true])
            expect(await subject.engine.settle(TENANT, [end], { isOverdue })).toEqual(new Set());
        expect(await subject.engine.extend(TENANT, [liar], LEASE_MS)).toEqual(new Map());
        expect(await line.task(lease.id)).toMatchObject({ state: 'running', attempt: lease.attempt });
      });

      it('nor the clock before the lease has ended, nor the worker after', async () => {
        const line = await fresh();
        await line.submit();
        const lease = await line.claimOne();
        const lost = { ...fenceOf(lease), state: 'scheduled', failure: FAILURE, dueAt: 0 } as const;
        expect(await subject.engine.settle(TENANT, [lost], { isOverdue: true })).toEqual(new Set());
        await subject.pass(LEASE_MS + 1);
        expect(await subject.engine.settle(TENANT, [lost])).toEqual(new Set());
        expect(await subject.engine.settle(TENANT, [lost], { isOverdue: true })).toEqual(new Set([lease.id]));
        expect(await subject.engine.extend(TENANT, [fenceOf(lease)], LEASE_MS)).toEqual(new Map());
      });

      it('but its worker again, when nobody has called its lease lost since it ended', async () => {
        const line = await fresh();
        await line.submit();
        const lease = await line.claimOne();
        await subject.pass(LEASE_MS + 1);
        const held = await subject.engine.extend(TENANT, [fenceOf(lease)], LEASE_MS);
        expect([...held.keys()]).toEqual([lease.id]);
        const done = { ...fenceOf(lease), state: 'succeeded', result: 1 } as const;
        expect(await subject.engine.settle(TENANT, [done])).toEqual(new Set([lease.id]));
      });

      it('nor another tenant', async () => {
        const line = await fresh();
        const [id = ''] = await line.submit();
        const lease = await line.claimOne();
        const done = { ...fenceOf(lease), state: 'succeeded', result: 1 } as const;
        expect(await subject.engine.settle('other', [done])).toEqual(new Set());
        expect(await subject.engine.extend('other', [fenceOf(lease)], LEASE_MS)).toEqual(new Map());
        expect(await subject.records.cancel('other', id)).toBeNull();
        expect(await subject.records.get('other', id)).toBeNull();
        expect(await subject.engine.claim('other', line.wish({}))).toEqual([]);
      });
    });

    it('moves what is left to whoever serves, and in time what comes back, but nothing that has ended', async () => {
      const line = await fresh();
      const ids: Partial<Record<TaskState, string>> = {};
      // What waits comes last: the others are claimed on their way.
      const waitingLast = STATES.toSorted((a, b) => Number(a === 'waiting') - Number(b === 'waiting'));
      for (const state of waitingLast) ids[state] = await line.bring(state);
      const lease = await line.task(ids.running ?? '');
      await subject.engine.deal(TENANT, { queue: line.queue, generation: 2, split: wholeTo(V2) });
      await subject.move(TENANT, { queue: line.queue, running: false, generation: 2 });
      const revisions = async () =>
        Object.fromEntries(
          await Promise.all(
            STATES.map(async (state) => [state, (await line.task(ids[state] ?? '')).revision]),
          ),
        );
      const moved = { scheduled: V2, waiting: V2, running: V1, succeeded: V1, dead: V1, cancelled: V1 };
      expect(await revisions()).toEqual(moved);
      await line.settle({ ...fenceOf({ ...lease, worker: 'one' }), state: 'waiting' });
      await subject.engine.advance(1_000);
      expect(await revisions()).toEqual({ ...moved, running: V2 });
    });

    it('tells who takes a lease up what its attempt is judged by', async () => {
      const line = await fresh();
      const deadlineAt = subject.now() + DAY_MS;
      await line.submit({ session: 'talk', deadlineAt });
      await line.fail(await line.claimOne());
      await subject.pass(5_000);
      await subject.engine.advance(1_000);
      const lease = await line.claimOne({ workers: ['two'] });
      const held = await subject.engine.extend(TENANT, [fenceOf(lease)], LEASE_MS);
      expect(held.get(lease.id)).toMatchObject({ attempt: 2, failures: 1, session: 'talk' });
      expect(held.get(lease.id)?.startedAt).toBeLessThanOrEqual(subject.now());
      expect(held.get(lease.id)?.deadlineAt).toBeGreaterThan(subject.now());
    });

    it('gives a task to one of those who ask at once, and each of them no more than it asked for', async () => {
      const line = await fresh();
      await line.submit(...Array.from({ length: 20 }, () => ({})));
      const claims = await Promise.all(
        Array.from({ length: 10 }, (_, n) => line.claim({ workers: [`w${n}`, `w${n}`, `w${n}`] })),
      );
      const ids = claims.flat().map(({ id }) => id);
      expect(new Set(ids).size).toBe(ids.length);
      for (const [n, claim] of claims.entries()) {
        expect(claim.length).toBeLessThanOrEqual(3);
        for (const { worker } of claim) expect(worker).toBe(`w${n}`);
      }
      expect(ids.length + (await line.claim({ workers: Array(20).fill('rest') })).length).toBe(20);
    });

    it('counts one of two ends that are written at once', async () => {
      const line = await fresh();
      await line.submit();
      const lease = await line.claimOne();
      const ends = ['a', 'b'].map((result) => [{ ...fenceOf(lease), state: 'succeeded', result } as const]);
      const counted = await Promise.all(ends.map((end) => subject.engine.settle(TENANT, end)));
      expect(counted.map(({ size }) => size).toSorted((a, b) => a - b)).toEqual([0, 1]);
      const winner = counted[0]?.size === 1 ? 'a' : 'b';
      expect(await line.task(lease.id)).toMatchObject({ state: 'succeeded', result: winner });
    });

    it('gives tasks to those who can do them, of their own revision', async () => {
      const line = await fresh();
      const [plain = '', gpu = '', other = ''] = await line.submit({}, { lane: 'gpu' }, { revision: V2 });
      expect((await line.claim({ workers: ['one', 'one'] })).map(({ id }) => id)).toEqual([plain]);
      expect((await line.claim({ abilities: ['web', 'gpu'] })).map(({ id }) => id)).toEqual([gpu]);
      expect((await line.claim({ revision: V2 })).map(({ id }) => id)).toEqual([other]);
    });

    it('serves flows by their weights, and each flow in its order', async () => {
      const line = await fresh();
      const of = (fairnessKey: string, weight: number) =>
        Array.from({ length: 40 }, (_, n) => ({ fairnessKey, weight, input: n }));
      await line.submit(...of('much', 3), ...of('little', 1));
      const served = await line.claim({ workers: Array(40).fill('one') });
      const much = served.filter(({ fairnessKey }) => fairnessKey === 'much').map(({ input }) => input);
      expect(Math.abs(much.length - 30)).toBeLessThanOrEqual(1);
      expect(much).toEqual(much.map((_, n) => n));
    });

    it('leaves what is pinned with its revision until that is over', async () => {
      const line = await fresh();
      await line.submit({}, {});
      const lease = await line.claimOne();
      const split = { queue: line.queue, generation: 2, split: wholeTo(V2) };
      await subject.engine.deal(TENANT, { ...split, pinMs: 60_000 });
      await subject.engine.deal(TENANT, split);
      await subject.move(TENANT, { queue: line.queue, running: true, generation: 2 });
      await line.settle({
        ...fenceOf(lease),
        state: 'scheduled',
        failure: FAILURE,
        dueAt: subject.now() + 1_000,
      });
      await subject.pass(2_000);
      await subject.engine.advance(1_000);
      expect(await line.claim({ revision: V2 })).toEqual([]);
      expect((await line.task(lease.id)).state).toBe('waiting');
      await subject.pass(60_000);
      await subject.engine.advance(1_000);
      expect(await line.claim({ revision: V2, workers: ['a', 'b', 'c'] })).toHaveLength(2);
    });

    it('takes all tasks of a request or, when another split is in force, none', async () => {
      const line = await fresh();
      await subject.engine.deal(TENANT, { queue: line.queue, generation: 2, split: { a: 1 } });
      expect(await line.trySubmit(1, {}, {})).toBe('split-changed');
      expect(await line.claim()).toEqual([]);
      const older = { queue: line.queue, generation: 1, split: {} };
      expect(await subject.engine.deal(TENANT, older)).toMatchObject({ generation: 2, split: { a: 1 } });
      expect(await subject.engine.dealt(TENANT, line.queue)).toMatchObject({ generation: 2 });
      expect(await line.trySubmit(2, {}, {})).toHaveLength(2);
    });

    it('answers a key that it knows with its first task, whoever else brings it at once', async () => {
      const line = await fresh();
      const answers = await Promise.all(
        Array.from({ length: 8 }, () => line.submit({ idempotencyKey: 'same' }, {})),
      );
      expect(new Set(answers.map(([id]) => id)).size).toBe(1);
      expect(await line.claim({ workers: Array(20).fill('one') })).toHaveLength(9);
    });
  });
}

/** The states that an event is made to bring a task to; null where there is no choice. */
const WAYS: Readonly<Record<TaskEventKind, readonly (TaskState | null)[]>> = {
  ...{ unblocked: [], dependencyEnded: [] },
  ...{ due: [null], leased: [null], completed: [null], returned: [null], moved: [null] },
  ...{ expired: [null], cancelled: [null], redriven: [null] },
  failed: ['scheduled', 'dead'],
  leaseLost: ['scheduled', 'dead'],
};

const fenceOf = ({ id, attempt, worker }: Pick<LeasedTask, 'id' | 'attempt' | 'worker'>) => ({
  id,
  attempt,
  worker,
});

/** What nothing but an event may change; moments are left out, as tests let time pass by making them older. */
const lasting = ({ state, revision, attempt, failures, worker, result, failure, lane }: TaskRow) => ({
  ...{ state, revision, attempt, failures, worker, result, failure, lane },
});

/** One queue, and what can happen in it. */
class Line {
  readonly queue: TrackId;
  readonly #subject: TaskEngineSubject;

  constructor(subject: TaskEngineSubject, queue: TrackId) {
    this.#subject = subject;
    this.queue = queue;
  }

  async trySubmit(generation: number, ...tasks: readonly Partial<NewTask>[]) {
    const made = tasks.map((task) => ({
      ...{ id: randomUUID(), revision: V1, lane: '', priority: 5, fairnessKey: '', weight: 1, session: null },
      ...{ dueAt: null, deadlineAt: null, idempotencyKey: null, input: { text: 'hello' }, ...task },
    }));
    return this.#subject.engine.submit(TENANT, { queue: this.queue, generation, tasks: made });
  }

  async submit(...tasks: readonly Partial<NewTask>[]): Promise<readonly string[]> {
    const taken = await this.trySubmit(1, ...(tasks.length === 0 ? [{}] : tasks));
    assert(taken !== 'split-changed', 'the split is in force');
    return taken.map(({ id }) => id);
  }

  wish(more: Partial<TaskClaim>): TaskClaim {
    const usual = { queue: this.queue, revision: V1, abilities: [], sessions: [], leaseMs: LEASE_MS };
    return { ...usual, workers: ['one'], ...more };
  }

  claim(more: Partial<TaskClaim> = {}): Promise<readonly LeasedTask[]> {
    return this.#subject.engine.claim(TENANT, this.wish(more));
  }

  async claimOne(more: Partial<TaskClaim> = {}): Promise<LeasedTask> {
    const [lease] = await this.claim(more);
    assert(lease !== undefined, 'something was waiting');
    return lease;
  }

  async task(id: string): Promise<TaskRow> {
    const row = await this.#subject.records.get(TENANT, id);
    assert(row !== null, 'it is there');
    return row;
  }

  settle(end: TaskEnd, isOverdue = false): Promise<ReadonlySet<string>> {
    return this.#subject.engine.settle(TENANT, [end], { isOverdue });
  }

  fail(lease: Pick<LeasedTask, 'id' | 'attempt' | 'worker'>): Promise<ReadonlySet<string>> {
    const dueAt = this.#subject.now() + 1_000;
    return this.settle({ ...fenceOf(lease), state: 'scheduled', failure: FAILURE, dueAt });
  }

  /** A task in a state to which it came as most tasks do. */
  async bring(state: TaskState): Promise<string> {
    const { records } = this.#subject;
    const [id = ''] = await this.submit({ deadlineAt: this.#subject.now() + DAY_MS });
    if (state === 'waiting') return id;
    if (state === 'cancelled') await records.cancel(TENANT, id);
    else {
      const lease = await this.claimOne();
      if (state === 'scheduled') await this.fail(lease);
      if (state === 'succeeded') await this.settle({ ...fenceOf(lease), state, result: { answer: 42 } });
      if (state === 'dead') await this.settle({ ...fenceOf(lease), state, failure: FAILURE });
    }
    expect(await this.task(id)).toMatchObject({ state });
    return id;
  }

  /** Lets something happen to a task, or tries to. */
  async happen(event: TaskEventKind, id: string, wanted: TaskState | null): Promise<void> {
    const { engine, records, move, pass, now } = this.#subject;
    const { attempt, worker } = await this.task(id);
    const fence = { id, attempt, worker: worker ?? 'one' };
    const failed = (isOverdue: boolean) =>
      wanted === 'dead'
        ? this.settle({ ...fence, state: 'dead', failure: FAILURE }, isOverdue)
        : this.settle({ ...fence, state: 'scheduled', failure: FAILURE, dueAt: now() + 1_000 }, isOverdue);
    switch (event) {
      case 'due':
        await pass(5_000);
        return void (await engine.advance(1_000));
      case 'leased':
        return void (await this.claim({ workers: ['two'] }));
      case 'completed':
        return void (await this.settle({ ...fence, state: 'succeeded', result: 1 }));
      case 'failed':
        return void (await failed(false));
      case 'leaseLost':
        await pass(LEASE_MS + 1);
        return void (await failed(true));
      case 'returned':
        return void (await this.settle({ ...fence, state: 'waiting' }));
      case 'moved':
        await engine.deal(TENANT, { queue: this.queue, generation: 2, split: wholeTo(V2) });
        return void (await move(TENANT, { queue: this.queue, running: true, generation: 2 }));
      case 'expired':
        await pass(2 * DAY_MS);
        await engine.advance(1_000);
        // What became due in the same moment is late in the next one.
        return void (await engine.advance(1_000));
      case 'cancelled':
        return void (await records.cancel(TENANT, id));
      case 'redriven':
        return void (await records.redrive(TENANT, {
          ...{ queue: this.queue, generation: 1 },
          tasks: [{ id, revision: V2 }],
        }));
      default:
        throw new Error(`${event} happens to no task by itself`);
    }
  }
}
