import { describe, expect, it } from 'vitest';
import { assert } from '@sluice/core/kernel/assert.ts';
import { revisionId, trackId } from '@sluice/core/kernel/ids.ts';
import type { HeldLease } from '../store/tasks/settle-tasks.ts';
import { timedDesk } from './attempt-clock.ts';
import type { AttemptWord } from './attempt-end.ts';
import type { WorkerDoor } from './dispatcher.ts';
import { NO_TERMS } from './task-terms.ts';
import type { Timers } from './timers.ts';

const HELLO = {
  ...{ tenant: 'default', worker: 'one', abilities: [] },
  ...{ queue: trackId('shop', 'production', 'agent'), revision: revisionId('agent-1') },
};
const TASK = { id: 'a', attempt: 2 };

/** A clock that stands still until a test turns it. */
class Clock {
  now = 100_000;
  readonly #due = new Map<object, { at: number; happen: () => void }>();
  readonly timers: Timers = {
    elapsedMs: () => this.now,
    every: () => () => undefined,
    after: (delayMs, happen) => {
      const name = {};
      this.#due.set(name, { at: this.now + delayMs, happen });
      return () => void this.#due.delete(name);
    },
  };

  get waiting(): number {
    return this.#due.size;
  }

  async turn(ms: number): Promise<void> {
    this.now += ms;
    for (const [name, { at, happen }] of this.#due)
      if (at <= this.now) {
        this.#due.delete(name);
        happen();
      }
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** A desk that counts what is said, unless it is told to fail. */
const timed = async (timeoutMs: number | null, { failing = 0 } = {}) => {
  const clock = new Clock();
  const said: (readonly [string, number, AttemptWord])[] = [];
  const revoked: string[] = [];
  const failures: unknown[] = [];
  let left = failing;
  let inner: WorkerDoor | undefined;
  const held: HeldLease = {
    ...TASK,
    failures: 0,
    session: null,
    deadlineAt: null,
    startedAt: clock.now - 4_000,
  };
  const desk = timedDesk(
    {
      welcome: (_hello, door) => {
        inner = door;
        return {
          ...{ want: () => undefined, beat: () => undefined, close: () => undefined },
          resume: async () => new Map([['a', held]]),
          end: async (id, attempt, word) => {
            if (left-- > 0) throw new Error('the store is away');
            said.push([id, attempt, word]);
            return true;
          },
        };
      },
    },
    {
      terms: { of: async () => ({ ...NO_TERMS, timeoutMs }) },
      ...{ now: () => clock.now, timers: clock.timers, failed: (thrown) => void failures.push(thrown) },
    },
  );
  const visit = desk.welcome(HELLO, { assign: () => undefined, revoke: ({ id }) => void revoked.push(id) });
  const assign = async (): Promise<void> => {
    assert(inner !== undefined, 'a worker was welcomed');
    inner.assign({ ...TASK } as Parameters<WorkerDoor['assign']>[0]);
    await clock.turn(0);
  };
  return { clock, said, revoked, failures, visit, assign, revoke: () => inner?.revoke(TASK) };
};

describe('an attempt that takes longer than it may', () => {
  it('has failed with class timeout, and its worker is told to stop', async () => {
    const { clock, said, revoked, assign } = await timed(5_000);
    await assign();
    await clock.turn(4_999);
    expect(said).toEqual([]);
    await clock.turn(1);
    expect(said).toMatchObject([
      ['a', 2, { kind: 'failed', failureClass: 'timeout', message: 'it took longer than 5s' }],
    ]);
    expect(revoked).toEqual(['a']);
  });

  it('is ended once its end can be written', async () => {
    const { clock, said, failures, assign } = await timed(5_000, { failing: 2 });
    await assign();
    await clock.turn(5_000);
    await clock.turn(1_000);
    expect([said.length, failures.length]).toEqual([0, 2]);
    await clock.turn(1_000);
    expect(said).toHaveLength(1);
  });

  it('has what is left of its time when its worker comes back', async () => {
    const { clock, said, visit } = await timed(5_000);
    await visit.resume([TASK]);
    await clock.turn(999);
    expect(said).toEqual([]);
    await clock.turn(1);
    expect(said).toHaveLength(1);
  });
});

it.each(['ends', 'is taken away', 'is left by its worker'])(
  'nothing happens to an attempt that %s',
  async (what) => {
    const { clock, said, visit, assign, revoke } = await timed(5_000);
    await assign();
    if (what === 'ends') await visit.end('a', 2, { kind: 'done', result: 1 });
    else if (what === 'is taken away') revoke();
    else visit.close();
    expect(clock.waiting).toBe(0);
    await clock.turn(10_000);
    expect(said.filter(([, , { kind }]) => kind === 'failed')).toEqual([]);
  },
);

it('nothing is timed where no limit is declared', async () => {
  const { clock, assign } = await timed(null);
  await assign();
  expect(clock.waiting).toBe(0);
});
