import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { revisionId, trackIdFrom } from '@sluice/core/kernel/ids.ts';
import type { Effect } from '@sluice/core/rollout/effects.ts';
import { EMPTY_SPLIT } from '@sluice/core/traffic/split.ts';
import { withDatabase } from '../store/testing/with-database.ts';
import { RefusedOrders } from './refused-orders.ts';
import { accepted, ControlPlaneRig } from './testing/control-plane-rig.ts';

const WEB = 'shop/production/web';
const place = { tenant: 'default', track: trackIdFrom(WEB) };
const capacity = (revision: string, instances = 1): Effect => ({
  ...{ kind: 'applyCapacity', dedicatedPorts: false },
  ...{ revision: revisionId(revision), instances },
});
const split: Effect = { kind: 'applySplit', split: EMPTY_SPLIT };

describe('orders that were refused', () => {
  const reasons = (orders: RefusedOrders, due: readonly Effect[]) =>
    orders.among(place, due).map(({ reason }) => reason);

  it('are those that are still due, each with what was said of it last', () => {
    const orders = new RefusedOrders();
    orders.refused(place, { order: capacity('web-1'), reason: 'no room', at: 1 });
    orders.refused(place, { order: split, reason: 'taken', at: 1 });
    orders.refused(place, { order: capacity('web-1', 2), reason: 'still no room', at: 2 });
    expect(reasons(orders, [capacity('web-1', 2), split])).toEqual(['still no room', 'taken']);
    expect(reasons(orders, [split])).toEqual(['taken']);
    expect(orders.among({ ...place, tenant: 'other' }, [split])).toEqual([]);
  });

  it('are forgotten one by one when they are carried out', () => {
    const orders = new RefusedOrders();
    orders.refused(place, { order: capacity('web-1'), reason: 'no room', at: 1 });
    orders.refused(place, { order: split, reason: 'taken', at: 1 });
    orders.obeyed(place, split);
    expect(reasons(orders, [capacity('web-1'), split])).toEqual(['no room']);
  });

  it('are not kept without end, should they never be given again', () => {
    const orders = new RefusedOrders();
    const many = Array.from({ length: 100 }, (_, at) => capacity(`web-${at}`));
    for (const order of many) orders.refused(place, { order, reason: 'no room', at: 1 });
    expect(reasons(orders, many)).toHaveLength(32);
    expect(reasons(orders, many.slice(-1))).toEqual(['no room']);
  });
});

describe('the explanation of a track', () => {
  const database = withDatabase();
  let rig: ControlPlaneRig;
  beforeEach(async () => {
    rig = await ControlPlaneRig.open(database.db);
    accepted(await rig.release({ version: 'v1', components: ['web'] }));
  });
  afterEach(() => rig.close());
  const track = async () => accepted(await rig.plane.track(WEB));

  it('says at the next look why an order is not carried out, and no more once it is', async () => {
    rig.obstacle = ({ kind }) => (kind === 'applySplit' ? 'the host refused the split: it is Sunday' : null);
    while ((await track()).explanation.refusedOrders?.length !== 1) await rig.look();
    expect((await track()).explanation).toMatchObject({
      waitingFor: 'the router to confirm the split: the host refused the split: it is Sunday',
      refusedOrders: [
        {
          ordered: 'the split of the traffic',
          reason: 'the host refused the split: it is Sunday',
          at: rig.now,
        },
      ],
    });
    rig.obstacle = () => null;
    await rig.settle();
    expect((await track()).explanation).toMatchObject({ waitingFor: null, refusedOrders: [] });
  });

  it('says of a revision that is not taken in why nothing of it runs', async () => {
    rig.obstacle = ({ kind }) => (kind === 'applyCapacity' ? 'the host has no room' : null);
    while ((await track()).explanation.refusedOrders?.length !== 1) await rig.look();
    expect(await track()).toMatchObject({
      revisions: [{ version: 'v1', ordered: 2, ready: 0, reason: 'the host has no room' }],
      explanation: {
        waitingFor: 'instances of v1: 0 of 2 ready: the host has no room',
        refusedOrders: [{ ordered: '2 instances of v1' }],
      },
    });
  });
});
