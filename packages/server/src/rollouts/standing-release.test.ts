import { trackIdFrom } from '@sluice/core/kernel/ids.ts';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { postgresTrackStore } from '../loop/postgres-track-store.ts';
import { ABLE_ROUTER, accepted, ControlPlaneRig } from './testing/control-plane-rig.ts';
import { TENANT } from '../store/testing/track-fixtures.ts';
import { withDatabase } from '../store/testing/with-database.ts';
import { standingRelease } from './standing-release.ts';

const database = withDatabase();
let rig: ControlPlaneRig;
beforeEach(async () => {
  rig = await ControlPlaneRig.open(database.db);
});
afterEach(() => rig.close());

const standing = () =>
  standingRelease({
    store: postgresTrackStore({
      db: database.db,
      holder: 'test',
      now: () => rig.now,
      unreadable: () => undefined,
    }),
    tenant: TENANT,
    places: { of: () => ({ router: { capabilities: () => ABLE_ROUTER } }) },
  })(trackIdFrom('shop/production/web'), 'ann');

it('what a track has is what is stable, and what is under way once something is', async () => {
  expect(await standing()).toBeNull();
  await rig.stable('v1');
  expect(await standing()).toMatchObject({
    ...{ application: 'shop', environment: 'production', version: 'v1', by: 'ann', dryRun: true },
    components: [{ record: { component: { name: 'web' } }, plan: { strategy: 'canary' } }],
  });
  await rig.write('web', 'v2');
  accepted(await rig.release({ version: 'v2', components: ['web'] }));
  await rig.look();
  expect(await standing()).toMatchObject({ version: 'v2', lane: 'normal' });
});
