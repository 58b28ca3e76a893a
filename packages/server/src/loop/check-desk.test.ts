import { EventEmitter, once } from 'node:events';
import { pino } from 'pino';
import { beforeEach, describe, expect, it } from 'vitest';
import { SluiceError } from '@sluice/core/kernel/failure.ts';
import type { CheckSpec } from '@sluice/core/rollout/component-spec.ts';
import type { CheckRound } from '@sluice/core/rollout/state.ts';
import { idOf, stableWorld, type TameWorld } from '@sluice/core/rollout/testing/tame-world.ts';
import type { CheckResult, CheckRunner, CheckSubject } from '../checks/check-runner.ts';
import { withDatabase } from '../store/testing/with-database.ts';
import { commitTrack } from '../store/tracks/commit-track.ts';
import type { Target, TargetRevision } from '../targets/target.ts';
import { testRevision } from '../targets/testing/test-revision.ts';
import { type CheckDesk, checkDesk, type CheckOrder } from './check-desk.ts';
import { postgresTrackStore } from './postgres-track-store.ts';
import type { TrackStore } from './track-store.ts';

const TENANT = 'default';
const NOW = 5_000;
const PASSED: CheckResult = { passed: true, message: 'it answered 200' };
const FAILED: CheckResult = { passed: false, message: 'it answered 500' };
const database = withDatabase();

/** A runner whose checks end when the test says so. */
class HeldChecks implements CheckRunner {
  readonly began = new EventEmitter();
  readonly subjects: CheckSubject[] = [];
  readonly ends: ((result: CheckResult) => void)[] = [];

  async run(_check: CheckSpec, subject: CheckSubject, signal: AbortSignal): Promise<CheckResult> {
    this.subjects.push(subject);
    const ended = new Promise<CheckResult>((resolve) => {
      this.ends.push(resolve);
      signal.addEventListener('abort', () => resolve({ passed: false, message: 'it was stopped' }));
    });
    this.began.emit('run');
    return ended;
  }

  async reach(): Promise<CheckResult> {
    return PASSED;
  }

  /** Resolves when so many runs have begun in all. */
  async runs(count: number): Promise<void> {
    while (this.subjects.length < count) await once(this.began, 'run');
  }
}

let world: TameWorld;
let store: TrackStore;
let runner: HeldChecks;
let desk: CheckDesk;
/** Rings for each recorded outcome and each line of the log. */
let bell: EventEmitter;
let endpoints: TargetRevision['endpoints'];
let targetFailure: SluiceError | null;

beforeEach(async () => {
  world = stableWorld('v1');
  world.checkPasses = undefined;
  world.release('v2');
  world.lookUntil(() => world.track.active?.checks != null);
  const options = { holder: 'one', now: () => NOW, unreadable: () => undefined };
  store = postgresTrackStore({ db: database.db, ...options });
  const first = { trackId: world.track.id, expectedVersion: 0, nextWakeAt: NOW };
  await commitTrack(database.db, TENANT, { ...first, state: world.track });
  runner = new HeldChecks();
  bell = new EventEmitter();
  endpoints = [{ host: '127.0.0.1', port: 4001 }];
  targetFailure = null;
  desk = openDesk();
});

function openDesk(): CheckDesk {
  return checkDesk({
    runner,
    places: { of: () => ({ target }) },
    store,
    now: () => NOW,
    log: pino({ level: 'warn' }, { write: (line) => bell.emit('log', JSON.parse(line)) }),
    recorded: () => bell.emit('recorded'),
  });
}

const target: Pick<Target, 'observe'> = {
  observe: async () => {
    if (targetFailure) throw targetFailure;
    const seen = {
      ordered: 1,
      generation: 1,
      ready: 1,
      wanted: null,
      disrupted: false,
      crashLooping: false,
      reason: null,
      youngestStartAt: 0,
    };
    return { [idOf('v2')]: { ...seen, endpoints } };
  },
};

const roundOf = (): CheckRound => world.track.active?.checks ?? expect.fail('no checks were ordered');
const check = (name: string, attempts = 1): CheckSpec => ({ kind: 'tcp', name, attempts, timeoutMs: 1_000 });

function order(
  changes: Partial<CheckOrder> = {},
  checks: readonly CheckSpec[] = [check('smoke')],
): CheckOrder {
  const revision = testRevision(2, { directory: '/nowhere', id: idOf('v2'), checks });
  const { key, names } = roundOf();
  return { tenant: TENANT, track: world.track.id, key, names, revision, ...changes };
}

const results = async () => (await store.load(TENANT, world.track.id))?.active?.checks?.results;

describe('the desk', () => {
  it('runs a check against what is ready, records how it went, and calls the loop', async () => {
    const recorded = once(bell, 'recorded');
    await desk.start(order());
    await runner.runs(1);
    expect(runner.subjects[0]).toMatchObject({ revision: { id: idOf('v2') }, endpoints });
    expect(await results()).toEqual({});
    runner.ends[0]?.(PASSED);
    await recorded;
    expect(await results()).toEqual({ smoke: PASSED });
  });

  it('does not run a check twice that runs already, however often it is ordered', async () => {
    const recorded = once(bell, 'recorded');
    await desk.start(order());
    await desk.start(order());
    await runner.runs(1);
    await desk.start(order());
    runner.ends[0]?.(PASSED);
    await recorded;
    expect(runner.subjects).toHaveLength(1);
  });

  it('runs the checks of a round beside each other, and the same check again in another round', async () => {
    const checks = [check('smoke'), check('login')];
    await desk.start(order({ names: ['smoke', 'login'] }, checks));
    await desk.start(order({ key: 'another round' }, checks));
    await runner.runs(3);
    await desk.stop();
  });

  it('tries as often as the check allows, each time against the instances of that moment', async () => {
    const recorded = once(bell, 'recorded');
    await desk.start(order({}, [check('smoke', 3)]));
    await runner.runs(1);
    endpoints = [{ host: '127.0.0.1', port: 4002 }];
    runner.ends[0]?.(FAILED);
    await runner.runs(2);
    runner.ends[1]?.(PASSED);
    await recorded;
    expect(runner.subjects.map((subject) => subject.endpoints[0]?.port)).toEqual([4001, 4002]);
    expect(await results()).toEqual({ smoke: PASSED });
  });

  it('records a failure when the last attempt failed', async () => {
    const recorded = once(bell, 'recorded');
    await desk.start(order({}, [check('smoke', 2)]));
    await runner.runs(1);
    runner.ends[0]?.(FAILED);
    await runner.runs(2);
    runner.ends[1]?.(FAILED);
    await recorded;
    expect(await results()).toEqual({ smoke: FAILED });
  });

  it('fails a check that the revision does not have, by name', async () => {
    const recorded = once(bell, 'recorded');
    await desk.start(order({}, []));
    await recorded;
    expect(await results()).toEqual({
      smoke: { passed: false, message: 'no check is called smoke in this revision' },
    });
  });

  it('drops an outcome that nobody waits for any more', async () => {
    const recorded = once(bell, 'recorded');
    await desk.start(order({ key: 'a round before' }));
    await runner.runs(1);
    runner.ends[0]?.(FAILED);
    await recorded;
    expect(await results()).toEqual({});
  });

  it('says when it could not find out, and runs the check again when that is ordered again', async () => {
    targetFailure = new SluiceError('unreachable', 'the host does not answer', { next: 'retry' });
    const logged = once(bell, 'log');
    await desk.start(order());
    expect((await logged)[0]).toMatchObject({ check: 'smoke', reason: 'the host does not answer' });
    expect(await results()).toEqual({});
    targetFailure = null;
    const recorded = once(bell, 'recorded');
    await desk.start(order());
    await runner.runs(1);
    runner.ends[0]?.(PASSED);
    await recorded;
    expect(await results()).toEqual({ smoke: PASSED });
  });
});

describe('a desk that stops', () => {
  it('ends what runs, waits for it, and records nothing: whoever goes on runs it again', async () => {
    await desk.start(order({}, [check('smoke', 5)]));
    await runner.runs(1);
    await desk.stop();
    expect(runner.subjects).toHaveLength(1);
    expect(await results()).toEqual({});
    desk = openDesk();
    const recorded = once(bell, 'recorded');
    await desk.start(order());
    await runner.runs(2);
    runner.ends[1]?.(PASSED);
    await recorded;
    expect(await results()).toEqual({ smoke: PASSED });
  });

  it('does not begin anything any more', async () => {
    await desk.stop();
    await desk.start(order());
    await desk.stop();
    expect(runner.subjects).toEqual([]);
    expect(await results()).toEqual({});
  });
});
