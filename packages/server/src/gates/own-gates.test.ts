import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { revisionId, trackId } from '@sluice/core/kernel/ids.ts';
import type { TrackView } from '@sluice/protocol/http/views.ts';
import { postgresTrackStore } from '../loop/postgres-track-store.ts';
import { accepted, ControlPlaneRig, SHOP } from '../rollouts/testing/control-plane-rig.ts';
import { TENANT } from '../store/testing/track-fixtures.ts';
import { withDatabase } from '../store/testing/with-database.ts';
import { putTrafficMinutes } from '../store/traffic/put-traffic-minutes.ts';
import { budgetGates } from './budget-gates.ts';
import { dependencyGates } from './dependency-gates.ts';
import { storedGateObserver } from './observe-gates.ts';

const database = withDatabase();
const WEB = 'shop/production/web';
const CHAIN = SHOP.replace(
  '  production:\n',
  '  staging:\n    components: { web: { route: /staging } }\n  production:\n    after: staging\n    soak: 10m\n',
);
const BUDGET = SHOP.replace('  production:\n', '  production:\n    error-budget: { objective: 99.9% }\n');

let rig: ControlPlaneRig;
beforeEach(async () => {
  const { db } = database;
  rig = await ControlPlaneRig.open(db);
  const now = (): number => rig.now;
  const unreadable = (failure: Error): never => {
    throw failure;
  };
  const store = postgresTrackStore({ db, holder: 'rig', now, unreadable });
  const own = [dependencyGates({ db, store, now }), budgetGates(db, now)];
  const observer = storedGateObserver({ db, now, own, presentCaller: async () => undefined });
  const { observe } = rig.world;
  rig.world.observe = async (tenant, track) => {
    const held = await observer.observe(tenant, track);
    return { ...(await observe(tenant, track)), ...(held && { gates: held }) };
  };
});
afterEach(() => rig.close());

const deploy = async (version: string, environment: string, text: string) =>
  accepted(await rig.release({ version, environment, text, components: ['web'] }));
const look = async (looks: number): Promise<void> => {
  for (let done = 0; done < looks; done++) await rig.look();
};
const waitingFor = async (id = WEB): Promise<string | null> => (await web(id)).explanation.waitingFor;
const web = async (id = WEB): Promise<TrackView> => accepted(await rig.plane.track(id));

describe('a release that comes after another environment', () => {
  it('waits until this very version is stable there, and for as long as it has to soak', async () => {
    await deploy('v1', 'production', CHAIN);
    await look(3);
    expect(await waitingFor()).toBe('v1 to be stable in staging, where nothing is');
    await deploy('v1', 'staging', CHAIN);
    while ((await web('shop/staging/web')).stable === null) await rig.look();
    const since = rig.now;
    await look(3);
    const { gates } = await web();
    expect(gates).toMatchObject([{ kind: 'dependency', open: false }]);
    expect(gates?.[0]?.opensAt).toBeGreaterThan(since + 590_000);
    expect(await waitingFor()).toContain('v1 to be stable in staging for 10m (');
    rig.now += 500_000;
    await look(3);
    expect((await web()).active?.phase).toBe('planned');
    rig.now += 100_000;
    await rig.settle();
    expect((await web()).stable?.version).toBe('v1');
  });

  it('is not let through by another version, nor by another content of the same name', async () => {
    await deploy('v1', 'staging', CHAIN);
    await rig.settle();
    rig.now += 3_600_000;
    await deploy('v2', 'production', CHAIN);
    await look(3);
    expect(await waitingFor()).toBe('v2 to be stable in staging, where v1 is');
    await rig.write('web', 'something else');
    await deploy('v1', 'production', CHAIN);
    await look(8);
    expect(await waitingFor()).toBe('v1 to be stable in staging, where another content is called v1');
  });

  it('goes back without being asked', async () => {
    await deploy('v1', 'staging', CHAIN);
    await rig.settle();
    rig.now += 700_000;
    await deploy('v1', 'production', CHAIN);
    await rig.settle();
    await rig.write('web', 'v2');
    await deploy('v2', 'staging', CHAIN);
    await rig.settle();
    rig.now += 700_000;
    await deploy('v2', 'production', CHAIN);
    await rig.settle();
    accepted(await rig.plane.rollback(WEB, { to: 'v1', bySteps: true, by: 'ann' }));
    await rig.settle();
    expect((await web()).stable?.version).toBe('v1');
  });
});

describe('an error budget', () => {
  const count = (agoMs: number, requests: number, errors: number) =>
    putTrafficMinutes(database.db, TENANT, {
      trackId: trackId('shop', 'production', 'web'),
      minutes: [
        {
          revision: revisionId('web-old'),
          minute: Math.floor((rig.now - agoMs) / 60_000) * 60_000,
          ...{ requests, errors, seconds: 60, sumErrorsSquared: 0 },
        },
      ],
    });

  it('keeps releases waiting while it burns, but not the hot-fix of what burns', async () => {
    await rig.stable('v1');
    for (let minute = 1; minute <= 4; minute++) await count(minute * 60_000, 1000, 200);
    await rig.write('web', 'v2');
    await deploy('v2', 'production', BUDGET);
    await look(3);
    expect((await web()).gates).toMatchObject([{ kind: 'error-budget', open: false }]);
    expect(await waitingFor()).toMatch(
      /^the error budget of 99.9 %, which goes \d+\.\d times as fast as it may, to burn slower$/,
    );
    await rig.write('web', 'v3');
    accepted(await rig.release({ version: 'v3', text: BUDGET, lane: 'hotfix', components: ['web'] }));
    await rig.settle();
    expect((await web()).stable?.version).toBe('v3');
  });

  it('lets releases go on by themselves when it burns no more', async () => {
    await count(60_000, 100_000, 500);
    await deploy('v1', 'production', BUDGET);
    await look(3);
    expect((await web()).active?.phase).toBe('planned');
    // A day of good requests: the five minutes show none that failed, and something of the budget is left.
    for (let hour = 1; hour < 24; hour++) await count(hour * 3_600_000, 100_000, 0);
    rig.now += 1_800_000;
    await rig.settle();
    expect((await web()).stable?.version).toBe('v1');
  });
});
