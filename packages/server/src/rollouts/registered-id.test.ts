import { afterEach, beforeEach, expect, it } from 'vitest';
import { rowCounts } from '../store/testing/track-fixtures.ts';
import { withDatabase } from '../store/testing/with-database.ts';
import { accepted, ControlPlaneRig, refused } from './testing/control-plane-rig.ts';

const database = withDatabase();
let rig: ControlPlaneRig;
beforeEach(async () => {
  rig = await ControlPlaneRig.open(database.db);
});
afterEach(() => rig.close());

const fleet = (kind: string): string => `application: shop
components:
  research:
    ${kind}
    run: node agent.js
    source: web
environments:
  production:
`;
const ID = 'shop/production/research';

it('a component of agents with the id of a registered agent is refused before anything is changed', async () => {
  rig.registered.add(ID);
  const before = await rowCounts(database.db);
  for (const dryRun of [true, false])
    expect(
      refused(await rig.release({ text: fleet('kind: agents'), version: 'v1' }, { dryRun })),
    ).toMatchObject({
      ...{ status: 409, code: 'agent-registered', detail: expect.stringContaining(ID) },
      remedy: expect.stringContaining(`sluice agents remove ${ID}`),
    });
  expect(await rowCounts(database.db)).toEqual(before);
  rig.registered.clear();
  accepted(await rig.release({ text: fleet('kind: agents'), version: 'v1' }));
});

it('a service may have the id of a registered agent, because it has no queue', async () => {
  rig.registered.add(ID);
  accepted(await rig.release({ text: fleet('health: /healthz'), version: 'v1' }));
});
