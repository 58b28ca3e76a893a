import { describe, expect, it } from 'vitest';
import { SluiceError } from '@sluice/core/kernel/failure.ts';
import { revisionId, trackId } from '@sluice/core/kernel/ids.ts';
import type { LeasedTask, TaskClaim } from '../store/tasks/claim-tasks.ts';
import type { HeldLease, LeaseFence, TaskEnd } from '../store/tasks/settle-tasks.ts';
import { Dispatcher } from './dispatcher.ts';
import type { WorkerHello } from './worker-hello.ts';
import { manualTimers } from './testing/manual-timers.ts';

const LEASE_MS = 900;
const hello: WorkerHello = {
  ...{ tenant: 'default', worker: 'one', abilities: [] },
  ...{ queue: trackId('shop', 'production', 'agent'), revision: revisionId('agent-1') },
};
const leased = (id: string, attempt = 1, worker = 'one'): LeasedTask => ({
  ...{
    id,
    attempt,
    worker,
    queue: hello.queue,
    revision: hello.revision,
    lane: '',
    failures: 0,
    priority: 5,
  },
  ...{ session: null, fairnessKey: '', deadlineAt: null, createdAt: 0, input: {}, tag: 1 },
});
const settled = async (): Promise<void> => {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
};

/** An engine whose claims are answered when the test says so. */
class AskedEngine {
  readonly claims: {
    readonly wish: TaskClaim;
    readonly answer: PromiseWithResolvers<readonly LeasedTask[]>;
  }[] = [];
  readonly ends: TaskEnd[] = [];
  held: readonly HeldLease[] = [];
  failsToSettle = false;

  claim(_tenant: string, wish: TaskClaim): Promise<readonly LeasedTask[]> {
    const answer = Promise.withResolvers<readonly LeasedTask[]>();
    this.claims.push({ wish, answer });
    return answer.promise;
  }

  async extend(_tenant: string, _leases: readonly LeaseFence[]): Promise<ReadonlyMap<string, HeldLease>> {
    return new Map(this.held.map((lease) => [lease.id, lease]));
  }

  async settle(_tenant: string, ends: readonly TaskEnd[]): Promise<ReadonlySet<string>> {
    if (this.failsToSettle) throw new SluiceError('unreachable', 'no database', { next: 'retry' });
    this.ends.push(...ends);
    return new Set(ends.map(({ id }) => id));
  }
}

const start = () => {
  const engine = new AskedEngine();
  const timers = manualTimers();
  const dispatcher = new Dispatcher({
    ...{ engine, timers, leaseMs: LEASE_MS, log: { warn: () => undefined } },
  });
  const connect = (worker: string) => {
    const got: string[] = [];
    const revoked: string[] = [];
    const session = dispatcher.connect(
      { ...hello, worker },
      {
        assign: ({ id, attempt }) => void got.push(`${id}/${attempt}`),
        revoke: ({ id, attempt }) => void revoked.push(`${id}/${attempt}`),
      },
    );
    return { got, revoked, session };
  };
  const answer = async (...tasks: readonly LeasedTask[]): Promise<void> => {
    engine.claims.at(-1)?.answer.resolve(tasks);
    await settled();
  };
  return { engine, timers, dispatcher, connect, answer };
};

describe('a dispatcher', () => {
  it('hands out nothing that was taken away while it was claimed, and keeps the place', async () => {
    const { engine, dispatcher, connect, answer } = start();
    const { got, session } = connect('one');
    session.want(1);
    dispatcher.revoked('cancelled');
    await answer(leased('cancelled'));
    expect(got).toEqual([]);
    expect(engine.ends).toMatchObject([{ id: 'cancelled', attempt: 1, state: 'waiting' }]);
    expect(engine.claims).toHaveLength(2);
    await answer(leased('other'));
    expect(got).toEqual(['other/1']);
  });

  it('gives a worker no more than it wants, though another one has gone and nothing can be given back', async () => {
    const { engine, connect, answer } = start();
    const stays = connect('stays');
    const goes = connect('goes');
    stays.session.want(1);
    await answer();
    goes.session.want(1);
    goes.session.close();
    engine.failsToSettle = true;
    await answer(leased('a', 1, 'stays'), leased('b', 1, 'goes'));
    expect(stays.got).toEqual(['a/1']);
    expect(engine.claims).toHaveLength(2);
  });

  it('tells a worker that has lost its lease, though another one here has the task now', async () => {
    const { engine, timers, connect, answer } = start();
    const first = connect('first');
    first.session.want(1);
    await answer(leased('a', 1, 'first'));
    const second = connect('second');
    second.session.want(1);
    await answer(leased('a', 2, 'second'));
    engine.held = [{ id: 'a', attempt: 2, failures: 1, session: null, deadlineAt: null, startedAt: 0 }];
    timers.pass(LEASE_MS / 3);
    await settled();
    expect([first.revoked, second.revoked]).toEqual([['a/1'], []]);
  });

  it('keeps what came again before its end was known to be written', async () => {
    const { timers, connect, answer } = start();
    const { revoked, session } = connect('one');
    session.want(1);
    await answer(leased('a', 1));
    session.want(1);
    await answer(leased('a', 2));
    session.release({ id: 'a', attempt: 1 });
    timers.pass(LEASE_MS / 3);
    await settled();
    expect(revoked).toEqual(['a/2']);
  });

  it('lets a worker that comes back have tasks of its sessions first', async () => {
    const { engine, connect } = start();
    engine.held = [{ id: 'a', attempt: 3, failures: 2, session: 'talk', deadlineAt: 5, startedAt: 0 }];
    const { session } = connect('one');
    expect((await session.resume([{ id: 'a', attempt: 3 }])).get('a')).toMatchObject({ failures: 2 });
    session.want(1);
    expect(engine.claims[0]?.wish.sessions).toEqual(['talk']);
  });

  it('makes leases longer for those alone of whom something was heard', async () => {
    const { engine, timers, connect, answer } = start();
    const { revoked, session } = connect('one');
    session.want(1);
    await answer(leased('a'));
    engine.held = [{ id: 'a', attempt: 1, failures: 0, session: null, deadlineAt: null, startedAt: 0 }];
    timers.pass(LEASE_MS);
    await settled();
    engine.held = [];
    timers.pass(LEASE_MS);
    await settled();
    expect(revoked).toEqual([]);
    session.beat();
    timers.pass(LEASE_MS / 3);
    await settled();
    expect(revoked).toEqual(['a/1']);
  });
});
