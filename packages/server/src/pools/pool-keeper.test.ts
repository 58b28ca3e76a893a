import { pino } from 'pino';
import { afterEach, describe, expect, it } from 'vitest';
import { revisionId, trackId } from '@sluice/core/kernel/ids.ts';
import { newTrack } from '@sluice/core/rollout/new-track.ts';
import type { TrackState } from '@sluice/core/rollout/state.ts';
import type { PoolSpec } from '@sluice/core/tasks/pool-spec.ts';
import { DEFAULT_RETRY_POLICY } from '@sluice/core/tasks/after-failure.ts';
import { wholeTo } from '@sluice/core/traffic/split.ts';
import type { Instance, TrackStatus } from '@sluice/protocol/host/host-schema.ts';
import type { PoolOrder } from '@sluice/protocol/host/pool-schema.ts';
import { withDatabase } from '../store/testing/with-database.ts';
import type { ConnectedWorker } from '../tasks/dispatcher.ts';
import { testComponent, testRevision } from '../targets/testing/test-revision.ts';
import { LoadHistory } from './load-history.ts';
import { PoolKeeper } from './pool-keeper.ts';
import { postgresPoolRecords } from './postgres-pool-records.ts';

const TENANT = 'default';
const QUEUE = trackId('fleet', 'local', 'agent');
const REVISION = revisionId('agent-000000000001');
const SPEC: PoolSpec = {
  ...{ mostWorkers: 6, tasksPerWorker: 1, targetWaitMs: 1_000, keepMs: 1, sleepAfterMs: null },
  ...{ spareWorkers: 0, isForeseeing: false, scaler: 'hpa' },
  recycle: { tasks: 0, ageMs: 0, memoryBytes: 0 },
};
const database = withDatabase();

/** A machine whose processes are there as soon as they are ordered, and leave when their workers were asked to. */
class PlayedHost {
  readonly orders: PoolOrder[] = [];
  pool: PoolOrder | undefined;
  readonly left = new Set<number>();

  get instances(): readonly Instance[] {
    const { run = [0], leave = [] } = this.pool ?? {};
    return [...run, ...leave.filter((one) => !this.left.has(one))].map((instance) => ({
      ...{
        instance,
        pid: 100 + instance,
        port: 1,
        state: 'ready' as const,
        startedAt: 1,
        unexpectedExits: 0,
      },
      lastExit: null,
    }));
  }

  track = async (): Promise<TrackStatus> => ({
    track: QUEUE,
    split: null,
    revisions: {
      [REVISION]: {
        ...{ generation: 1, version: 'v1', ordered: 1, ready: 1, crashLooping: false, reason: null },
        instances: [...this.instances],
        ...(this.pool && {
          pool: { sequence: this.pool.sequence, workers: this.pool.run.length, isAsleep: false },
        }),
      },
    },
  });

  orderPool = async (_track: string, _revision: string, order: PoolOrder): Promise<void> => {
    this.orders.push(order);
    for (const instance of order.run) this.left.delete(instance);
    this.pool = order;
  };

  usage = async () => ({ instances: [] });
}

const keepers: PoolKeeper[] = [];
afterEach(async () => {
  await Promise.all(keepers.splice(0).map((keeper) => keeper.stop()));
});

/** Servers over one store; what waits and runs is what the test says. */
class PlayedServers {
  readonly host = new PlayedHost();
  readonly drained: string[] = [];
  waiting = 0;
  running = 0;
  busy = new Set<number>();
  clock = 1_000_000;
  spec = SPEC;
  ordered = 1;

  start(name: string, { host = true, connects = true } = {}): PoolKeeper {
    const records = postgresPoolRecords(database.db, TENANT, name);
    const component = () =>
      testComponent({ agents: { retry: DEFAULT_RETRY_POLICY, unfinished: 'finish', pool: this.spec } });
    const keeper = new PoolKeeper({
      records: {
        ...records,
        load: async () => [
          { queue: QUEUE, revision: REVISION, waiting: this.waiting, running: this.running, oldestAt: null },
        ],
      },
      tracks: async () => [this.#track()],
      revision: async () => ({ ...testRevision(1, { directory: '/srv' }), component: component() }),
      host: host ? this.host : null,
      connected: () => (connects ? this.#workers() : []),
      given: () => 0,
      drain: (worker) => void this.drained.push(`${name} ${worker}`),
      times: { mean: async () => null },
      history: new LoadHistory({
        read: async () => [],
        write: async () => undefined,
        forget: async () => undefined,
      }),
      now: () => this.clock,
      log: pino({ level: 'silent' }),
    });
    keepers.push(keeper);
    return keeper;
  }

  #workers(): readonly ConnectedWorker[] {
    return this.host.instances.map(
      ({ instance }) =>
        ({
          ...{
            tenant: TENANT,
            worker: `here-i${instance}-1-0000000${instance}`,
            queue: QUEUE,
            revision: REVISION,
          },
          ...{ abilities: [], wanted: 1, running: this.busy.has(instance) ? 1 : 0 },
        }) as unknown as ConnectedWorker,
    );
  }

  #track(): TrackState {
    const order = { dedicatedPorts: false, retiring: false, generation: 1, certain: 1 };
    return {
      ...newTrack(QUEUE),
      stable: REVISION,
      split: wholeTo(REVISION),
      capacity: this.ordered === 0 ? {} : { [REVISION]: { instances: this.ordered, ...order } },
    };
  }

  /** So much later, beyond everything that is remembered. */
  later(): void {
    this.clock += 10_000;
  }
}

describe('pools over several servers', () => {
  it('are decided by one, and every one knows what was decided', async () => {
    const world = new PlayedServers();
    const [one, two] = [world.start('one'), world.start('two')];
    world.waiting = 3;
    await one.turn();
    await two.turn();
    world.later();
    await Promise.all([one.turn(), two.turn()]);
    expect(world.host.orders).toMatchObject([{ run: [0, 1, 2], leave: [], isAsleep: false }]);
    expect(two.plans).toMatchObject([{ plan: { workers: 3, why: expect.stringContaining('3 waiting') } }]);
  });

  it('are decided by another when the one is gone', async () => {
    const world = new PlayedServers();
    const one = world.start('one');
    await one.turn();
    await one.stop();
    const two = world.start('two');
    await two.turn();
    expect(two.plans).toMatchObject([{ plan: { workers: 1 } }]);
    world.waiting = 4;
    await database.db
      .updateTable('leases')
      .set({ until: new Date(0) as never })
      .execute();
    world.later();
    await two.turn();
    expect(two.plans).toMatchObject([{ plan: { workers: 4 } }]);
    expect(world.host.pool?.run).toHaveLength(4);
  });

  it('ask the idle to leave, through whoever they are connected to, after the host knows it', async () => {
    const world = new PlayedServers();
    const one = world.start('one', { connects: false });
    const two = world.start('two', { host: false });
    world.waiting = 3;
    await one.turn();
    world.waiting = 0;
    world.running = 1;
    world.busy = new Set([1]);
    world.later();
    await two.turn();
    await one.turn();
    expect(world.host.pool).toMatchObject({ run: [1], leave: [2, 0] });
    expect(world.drained.filter((who) => who.startsWith('two'))).toEqual([]);
    await two.turn();
    await two.turn();
    expect(
      world.drained.filter((who) => who.startsWith('two')).toSorted((a, b) => a.localeCompare(b)),
    ).toEqual(['two here-i0-1-00000000', 'two here-i2-1-00000002']);
    world.host.left.add(0).add(2);
    world.later();
    await one.turn();
    expect(world.host.pool).toMatchObject({ run: [1], leave: [] });
  });

  it('of revisions that a release takes away are forgotten', async () => {
    const world = new PlayedServers();
    const one = world.start('one');
    await one.turn();
    expect(one.plans).toHaveLength(1);
    world.ordered = 0;
    world.later();
    await one.turn();
    expect(one.plans).toEqual([]);
  });

  it('are ordered anew when the host has forgotten them', async () => {
    const world = new PlayedServers();
    const one = world.start('one');
    world.waiting = 2;
    await one.turn();
    const [first] = world.host.orders;
    world.host.pool = undefined;
    world.later();
    await one.turn();
    expect(world.host.orders).toHaveLength(2);
    expect(world.host.orders[1]?.sequence).toBeGreaterThan(first?.sequence ?? 0);
  });

  it('that sleep are woken by an announced queue', async () => {
    const world = new PlayedServers();
    world.spec = { ...SPEC, sleepAfterMs: 5_000 };
    const one = world.start('one');
    await one.turn();
    world.later();
    await one.turn();
    expect(world.host.pool).toMatchObject({ run: [], isAsleep: true });
    world.host.left.add(0);
    world.waiting = 1;
    one.heard(QUEUE);
    await one.turn();
    expect(world.host.pool).toMatchObject({ run: [0], isAsleep: false });
  });
});
