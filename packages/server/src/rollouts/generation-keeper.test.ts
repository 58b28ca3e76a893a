import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SluiceError } from '@sluice/core/kernel/failure.ts';
import { trackIdFrom } from '@sluice/core/kernel/ids.ts';
import { newTrack } from '@sluice/core/rollout/new-track.ts';
import { listEvents } from '../store/events/list-events.ts';
import { backUpTrack } from '../store/testing/track-backup.ts';
import { NOON, TENANT } from '../store/testing/track-fixtures.ts';
import { withDatabase } from '../store/testing/with-database.ts';
import { raiseVersion } from '../store/tracks/raise-version.ts';
import { GenerationKeeper } from './generation-keeper.ts';
import { accepted, ControlPlaneRig } from './testing/control-plane-rig.ts';

const database = withDatabase();
const WEB = trackIdFrom('shop/production/web');
const place = { tenant: TENANT, track: newTrack(WEB) };
let now = NOON;
let rig: ControlPlaneRig;
beforeEach(async () => {
  now = NOON;
  rig = await ControlPlaneRig.open(database.db);
});
afterEach(() => rig.close());

const keeperOf = (): GenerationKeeper =>
  new GenerationKeeper({
    raise: (tenant, raise) => raiseVersion(database.db, tenant, raise),
    now: () => now,
    log: pino({ level: 'silent' }),
  });

const stale = (held: number, isReused = false): SluiceError =>
  new SluiceError('refused-as-stale', 'stale', {
    next: 'retry',
    cause: { heldGeneration: held, isReused },
  });

const track = async () => accepted(await rig.plane.track(WEB));
const version = async () => (await track()).version;
const raises = async () =>
  (await listEvents(database.db, TENANT, { after: 0, limit: 500 })).filter(
    ({ kind }) => kind === 'generationRaised',
  );

describe('a generation that a host has obeyed', () => {
  beforeEach(() => rig.stable('v1'));

  it('and the store has never committed shows that the store went back: the version goes above it', async () => {
    const before = await version();
    expect(await keeperOf().heed(place, stale(before + 40))).toBeNull();
    expect(await version()).toBe(before + 41);
    expect(await raises()).toMatchObject([{ body: { from: before, to: before + 41, held: before + 40 } }]);
  });

  it.each([0, 1, 5])(
    'and the store has committed shows a replica that was slow: nothing is changed (%i)',
    async (by) => {
      const before = await version();
      expect(await keeperOf().heed(place, stale(before - by))).toBeNull();
      expect(await version()).toBe(before);
      expect(await raises()).toEqual([]);
    },
  );

  it('for another order than the stored generation gives shows it as well', async () => {
    const before = await version();
    await keeperOf().heed(place, stale(before, true));
    expect(await version()).toBe(before + 1);
  });

  it('for another order of an earlier generation shows nothing', async () => {
    const before = await version();
    await keeperOf().heed(place, stale(before - 1, true));
    expect(await version()).toBe(before);
  });

  it.each([
    ['another failure', new SluiceError('unreachable', 'gone', { next: 'retry', cause: stale(900).cause })],
    ['no word of a generation', new SluiceError('refused-as-stale', 'still routed', { next: 'retry' })],
    ['a number that cannot be counted on from', stale(Number.MAX_SAFE_INTEGER)],
  ])('is not read into %s', async (_, failure) => {
    const before = await version();
    expect(await keeperOf().heed(place, failure)).toBeNull();
    expect(await version()).toBe(before);
  });

  it('again and again is that of another control plane: a person is asked, until an hour has passed', async () => {
    const keeper = keeperOf();
    for (let time = 0; time < 3; time++)
      expect(await keeper.heed(place, stale((await version()) + 10))).toBeNull();
    const before = await version();
    expect(await keeper.heed(place, stale(before + 10))).toBe(
      'This came back 3 times: another control plane with a store of its own seems to give orders for shop/production/web to the same host. Stop one of the two.',
    );
    expect(await version()).toBe(before);
    now += 3_600_001;
    expect(await keeper.heed(place, stale(before + 10))).toBeNull();
    expect(await version()).toBe(before + 11);
  });
});

describe('a store that was restored from a backup', () => {
  it('goes on: its orders are obeyed again, and it is told what happened', async () => {
    rig.keeper = keeperOf();
    await rig.stable('v1');
    const restore = await backUpTrack(database.db);
    await rig.stable('v2');
    await restore();
    rig.isFenced = true;
    await rig.settle();
    await rig.stable('v3');
    expect((await track()).stable?.version).toBe('v3');
    expect(await raises()).toHaveLength(1);
    const events = rig.plane.events(0, { signal: AbortSignal.timeout(10_000), follow: true });
    for await (const { kind, words } of events) {
      if (kind !== 'generationRaised') continue;
      expect(words).toMatch(
        /^the store had gone back: an order of generation \d+ was obeyed before, and the track was at \d+; it goes on at \d+$/,
      );
      return;
    }
    expect.fail('the event is missing');
  });
});
