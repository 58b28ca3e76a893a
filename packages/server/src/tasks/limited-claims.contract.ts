import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { assert } from '@sluice/core/kernel/assert.ts';
import { revisionId, type TrackId, trackId } from '@sluice/core/kernel/ids.ts';
import { laneNamed, type LaneParts, PATIENCE_MS } from '@sluice/core/tasks/affinity.ts';
import { type KeyLimits, type LimitsSpec, NO_LIMITS } from '@sluice/core/tasks/rate-limits.ts';
import type { LeasedTask } from '../store/tasks/claim-tasks.ts';
import type { NewTask } from '../store/tasks/submit-tasks.ts';
import { withLimits } from './limited-claims.ts';
import type { LimitedLines } from './limited-lines.ts';
import type { TaskEngine } from './task-engine.ts';
import { NO_TERMS } from './task-terms.ts';

/** An engine and its lines, as the contract sees them. */
export interface LimitedLinesSubject {
  readonly engine: TaskEngine;
  readonly lines: LimitedLines;
  /** Lets so much time pass for everything that there is, in ms. */
  pass(forMs: number): Promise<void>;
  now(): number;
  close(): Promise<void>;
}

const TENANT = 'default';
const V1 = revisionId('agent-1');
const FREE = { running: null, rate: null, waiting: null };
const LANE = { abilities: [], require: [], prefer: [], avoid: [], isApart: false, key: null };
const FAILURE = { failureClass: 'transient', message: 'it did not work' } as const;

const key = (more: Partial<KeyLimits>): KeyLimits => ({ ...NO_LIMITS.eachKey, ...more });
const lane = (parts: Partial<LaneParts>): string => laneNamed({ ...LANE, ...parts });
const keysOf = (tasks: readonly LeasedTask[]): readonly string[] =>
  tasks.map(({ fairnessKey }) => fairnessKey).toSorted();

/** What is promised of limits, labels and lines wherever they are kept. */
export function describeLimitedLinesContract(
  name: string,
  makeSubject: () => Promise<LimitedLinesSubject>,
): void {
  describe(`${name}, where claims keep limits`, () => {
    let subject: LimitedLinesSubject;
    let queues = 0;

    beforeAll(async () => {
      subject = await makeSubject();
    });
    afterAll(() => subject.close());

    const within = async (limits: Partial<LimitsSpec> = {}): Promise<Queue> => {
      const queue = trackId('shop', 'production', `limits-${queues++}`);
      await subject.engine.deal(TENANT, { queue, generation: 1, split: {} });
      return new Queue(subject, queue, { ...NO_LIMITS, ...limits });
    };

    it('a queue has no more than it may at once, and a place is free when a task has ended', async () => {
      const queue = await within({ queue: { ...FREE, running: 3 } });
      await queue.submit(10);
      const claims = await Promise.all([queue.claim(2), queue.claim(2), queue.claim(2)]);
      const leased = claims.flat();
      expect(leased).toHaveLength(3);
      expect(await queue.claim(5)).toEqual([]);
      await queue.end(leased[0]);
      expect(await queue.claim(5)).toHaveLength(1);
    });

    it('a key has no more than it may at once, and holds up no other', async () => {
      const queue = await within({ eachKey: key({ running: 2 }), keys: { large: key({ running: 4 }) } });
      for (const fairnessKey of ['small', 'large'])
        await queue.submit(9, { fairnessKey, lane: lane({ key: fairnessKey }) });
      // These came before keys had limits, and stand in one line.
      for (const fairnessKey of ['old', 'older']) await queue.submit(9, { fairnessKey });
      expect(keysOf(await queue.claim(30))).toEqual([
        'large',
        'large',
        'large',
        'large',
        'old',
        'old',
        'older',
        'older',
        'small',
        'small',
      ]);
      expect(await queue.claim(30)).toEqual([]);
    });

    it('a place is taken until the clock has seen that a lease has ended', async () => {
      const queue = await within({ queue: { ...FREE, running: 1 } });
      await queue.submit(2);
      const [lost] = await queue.claim(1);
      assert(lost, 'one was waiting');
      await subject.pass(120_000);
      expect(await queue.claim(1)).toEqual([]);
      const end = { id: lost.id, attempt: lost.attempt, worker: lost.worker, state: 'waiting' } as const;
      await subject.engine.settle(TENANT, [end], { isOverdue: true });
      expect(await queue.claim(5)).toHaveLength(1);
    });

    it('a rate lets a second of it begin at once, and then what time brings', async () => {
      const queue = await within({ queue: { ...FREE, rate: { tasks: 300, perMs: 60_000 } } });
      await queue.submit(50);
      expect(await queue.claim(50)).toHaveLength(5);
      expect((await queue.claim(50)).length).toBeLessThanOrEqual(1);
      await subject.pass(600);
      expect([3, 4, 5]).toContain((await queue.claim(50)).length);
      await subject.pass(60_000);
      expect(await queue.claim(50)).toHaveLength(5);
    });

    it('a rate of one key holds up no other', async () => {
      const queue = await within({ keys: { slow: key({ rate: { tasks: 1, perMs: 3_600_000 } }) } });
      for (const fairnessKey of ['slow', 'quick'])
        await queue.submit(2, { fairnessKey, lane: lane({ key: fairnessKey }) });
      expect(keysOf(await queue.claim(9))).toEqual(['quick', 'quick', 'slow']);
      expect(await queue.claim(9)).toEqual([]);
      await subject.pass(3_600_000);
      expect(keysOf(await queue.claim(9))).toEqual(['slow']);
    });

    it('weights hold across lines, one task at a time and many at once', async () => {
      const queue = await within({ eachKey: key({ running: 1_000 }) });
      for (const [fairnessKey, weight] of [
        ['heavy', 3],
        ['light', 1],
      ] as const)
        await queue.submit(90, { fairnessKey, weight, lane: lane({ key: fairnessKey }) });
      const heavy = (leased: readonly LeasedTask[]): number =>
        leased.filter(({ fairnessKey }) => fairnessKey === 'heavy').length;
      expect(Math.abs(heavy(await queue.claim(40)) - 30)).toBeLessThanOrEqual(2);
      const single: LeasedTask[] = [];
      for (let turn = 0; turn < 40; turn++) single.push(...(await queue.claim(1)));
      expect(Math.abs(heavy(single) - 30)).toBeLessThanOrEqual(2);
    });

    it('what is required stays with those who have it, and what is wished for a moment', async () => {
      const queue = await within();
      await queue.submit(1, { lane: lane({ require: ['zone=eu'] }) });
      await queue.submit(1, { lane: lane({ prefer: ['data=orders'] }) });
      await queue.submit(1, { lane: lane({ avoid: ['spot=yes'] }) });
      const lanes = async (abilities: readonly string[]) =>
        (await queue.claim(9, { abilities })).map((task) => task.lane);
      expect(await lanes(['zone=us', 'spot=yes'])).toEqual([]);
      expect(await lanes(['zone=eu', 'spot=yes'])).toEqual(['zone=eu']);
      expect(await lanes(['data=orders', 'spot=yes'])).toEqual(['?data=orders']);
      await subject.pass(PATIENCE_MS);
      expect(await lanes(['spot=yes'])).toEqual(['!spot=yes']);
    });

    it('what is to be apart does not go to who had the other', async () => {
      const queue = await within();
      const [author] = await queue.submit(1);
      await queue.claim(1, { workers: ['author'] });
      await queue.submit(1, { apartFrom: author ?? '', lane: lane({ isApart: true }) });
      expect(await queue.claim(1, { workers: ['author'] })).toEqual([]);
      expect(await queue.claim(1, { workers: ['reader'] })).toHaveLength(1);
    });

    it('what is to be apart does not go to who is given the other at once', async () => {
      const queue = await within();
      const [author] = await queue.submit(1);
      const [apart] = await queue.submit(1, { apartFrom: author ?? '', lane: lane({ isApart: true }) });
      expect((await queue.claim(2)).map(({ id }) => id)).toEqual([author]);
      expect((await queue.claim(1, { workers: ['reader'] })).map(({ id }) => id)).toEqual([apart]);
    });

    it('what is to be apart is given to another one of those who ask together, whatever else waits', async () => {
      const queue = await within({ eachKey: key({ running: 40 }) });
      const [author] = await queue.submit(1);
      expect(await queue.claim(1, { workers: ['one'] })).toHaveLength(1);
      await queue.submit(3, { apartFrom: author ?? '', lane: lane({ isApart: true }) });
      const together = ['one', 'two', 'one', 'two', 'one', 'two', 'one', 'two'];
      const leased = await queue.claim(8, { workers: together });
      expect(leased.map(({ worker }) => worker)).toEqual(['two', 'two', 'two']);
      await queue.submit(2, { apartFrom: author ?? '', lane: lane({ isApart: true }) });
      await queue.submit(100);
      const found: string[] = [];
      for (let turn = 0; turn < 4; turn++)
        for (const task of await queue.claim(4, { workers: together.slice(0, 4) })) {
          if (task.lane !== '') found.push(task.worker);
        }
      expect(found).toEqual(['two', 'two']);
      expect(await queue.claim(30)).toHaveLength(40 - 1 - 3 - 16);
    });

    it("a worker's own sessions come first, and what it has just failed with goes to others", async () => {
      const queue = await within({ queue: { ...FREE, running: 100 } });
      await queue.submit(5);
      const [mine] = await queue.submit(1, { session: 'talk' });
      const [first] = await queue.claim(1, { sessions: ['talk'] });
      expect(first?.id).toBe(mine);
      assert(first, 'it was waiting');
      const { id, attempt, worker } = first;
      const failed = {
        id,
        attempt,
        worker,
        state: 'scheduled',
        failure: FAILURE,
        dueAt: subject.now(),
      } as const;
      await subject.engine.settle(TENANT, [failed]);
      await subject.engine.advance(1_000);
      expect((await queue.claim(1, { sessions: ['talk'] }))[0]?.id).not.toBe(mine);
      expect((await queue.claim(1, { sessions: ['talk'], workers: ['two'] }))[0]?.id).toBe(mine);
    });

    it('says of a copy whose copy it is', async () => {
      for (const queue of [await within({ queue: { ...FREE, running: 9 } }), await within()]) {
        const [original] = await queue.submit(1, { lane: lane({ prefer: ['zone=eu'] }) });
        await queue.submit(1, { shadowOf: original ?? '', lane: lane({ prefer: ['zone=eu'] }) });
        const leased = await queue.claim(9, { abilities: ['zone=eu'] });
        expect(leased.map(({ shadowOf }) => shadowOf ?? null)).toEqual([null, original]);
      }
    });
  });
}

interface Wish {
  readonly abilities?: readonly string[];
  readonly workers?: readonly string[];
  readonly sessions?: readonly string[];
}

/** A queue that no other test has. */
class Queue {
  readonly #queue: TrackId;
  readonly #engine: TaskEngine;

  constructor({ engine, lines }: LimitedLinesSubject, queue: TrackId, limits: LimitsSpec) {
    this.#queue = queue;
    // No line of what asks for more stays unnoticed for long here.
    let elapsedMs = 0;
    const terms = { of: async () => ({ ...NO_TERMS, limits }) };
    this.#engine = withLimits(engine, { lines, terms, elapsedMs: () => (elapsedMs += 10_000) });
  }

  async submit(count: number, task: Partial<NewTask> = {}): Promise<readonly string[]> {
    const tasks = Array.from({ length: count }, () => ({
      ...{ id: randomUUID(), revision: V1, lane: '', priority: 5, fairnessKey: '', weight: 1, session: null },
      ...{ dueAt: null, deadlineAt: null, idempotencyKey: null, input: null, ...task },
    }));
    const taken = await this.#engine.submit(TENANT, { queue: this.#queue, generation: 1, tasks });
    assert(taken !== 'split-changed', 'the split is in force');
    return taken.map(({ id }) => id);
  }

  claim(
    count: number,
    { abilities = [], workers = Array(count).fill('one'), sessions = [] }: Wish = {},
  ): Promise<readonly LeasedTask[]> {
    const wish = { queue: this.#queue, revision: V1, abilities, workers, sessions };
    return this.#engine.claim(TENANT, { ...wish, leaseMs: 60_000 });
  }

  async end(task: LeasedTask | undefined): Promise<void> {
    assert(task, 'there is one');
    const { id, attempt, worker } = task;
    const end = { id, attempt, worker, state: 'succeeded', result: 1 } as const;
    expect(await this.#engine.settle(TENANT, [end])).toEqual(new Set([id]));
  }
}
