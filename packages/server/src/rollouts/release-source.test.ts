import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { releaseSourceSchema } from '@sluice/protocol/http/release-source.ts';
import { listLedger } from '../store/ledger/read-ledger.ts';
import { TENANT } from '../store/testing/track-fixtures.ts';
import { withDatabase } from '../store/testing/with-database.ts';
import { accepted, ControlPlaneRig } from './testing/control-plane-rig.ts';

const database = withDatabase();
const SOURCE = {
  repository: 'https://github.com/acme/shop',
  commit: '5f2c7e1b9a40d3c86e7f1a2b3c4d5e6f70819203',
  ref: 'main',
  message: 'SHOP-42: pay with two taps',
  authoredAt: 1_790_000_000_000,
};
let rig: ControlPlaneRig;
beforeEach(async () => {
  rig = await ControlPlaneRig.open(database.db);
});
afterEach(() => rig.close());

describe('where the code of a release comes from', () => {
  it('is kept with the rollout to its end, and in the ledger', async () => {
    const { rollouts } = accepted(await rig.release({ version: 'v1', components: ['web'], source: SOURCE }));
    expect(rollouts).toMatchObject([{ rollout: { source: SOURCE } }]);
    const [entry] = await listLedger(database.db, TENANT, { limit: 1 });
    expect(entry?.detail).toMatchObject({
      ...{ version: 'v1', commit: SOURCE.commit, committedAt: SOURCE.authoredAt },
    });
    await rig.settle();
    expect(accepted(await rig.plane.rollout('ro-1'))).toMatchObject({ phase: 'succeeded', source: SOURCE });
  });

  it('is left out where nobody said', async () => {
    const { rollouts } = accepted(await rig.release({ version: 'v1', components: ['web'] }));
    expect(rollouts[0]?.rollout).not.toHaveProperty('source');
  });

  it.each([
    [{ repository: 'https://oauth2:glpat-secret@gitlab.com/acme/shop' }],
    [{ repository: 'https://ghp_secret@github.com/acme/shop' }],
    [{ repository: 'ssh://git:secret@github.com/acme/shop' }],
    [{ commit: 'main' }],
    [{ commit: '5F2C7E1B9A40D3C86E7F1A2B3C4D5E6F70819203' }],
    [{ message: 'a\u0000b' }],
    [{ message: 'x'.repeat(2_001) }],
    [{ ref: '' }],
    [{ author: 'ada' }],
  ])('is refused as %j', (source) => {
    expect(releaseSourceSchema.safeParse(source).success).toBe(false);
  });

  it.each(['git@github.com:acme/shop.git', 'ssh://git@github.com/acme/shop', 'acme/shop'])(
    'may be the repository %s',
    (repository) => {
      expect(releaseSourceSchema.parse({ repository })).toEqual({ repository });
    },
  );
});
