import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Objection } from '../clusters/release-rehearsal.ts';
import { rowCounts } from '../store/testing/track-fixtures.ts';
import { withDatabase } from '../store/testing/with-database.ts';
import { accepted, ControlPlaneRig, refused, SHOP } from './testing/control-plane-rig.ts';

const database = withDatabase();
let rig: ControlPlaneRig;
beforeEach(async () => {
  rig = await ControlPlaneRig.open(database.db);
});
afterEach(() => rig.close());

const away: Objection = {
  ...{ kind: 'cluster-unreachable', cluster: 'eu', component: null, namespace: null },
  message: 'the cluster eu has not answered everything within 10 s',
};
const forbidden = (component: string): Objection => ({
  ...{ kind: 'missing-permission', cluster: 'eu', component, namespace: 'shop' },
  message: 'the credentials of the cluster eu may not patch deployments.apps in namespace shop',
});

describe('what clusters object to', () => {
  it('refuses the release with what to do, and nothing is begun or copied', async () => {
    rig.rehearsal = { objections: [forbidden('web'), forbidden('api')], warnings: [] };
    const before = await rowCounts(database.db);
    expect(refused(await rig.release())).toMatchObject({
      ...{ status: 409, code: 'missing-permission' },
      detail:
        'web: the credentials of the cluster eu may not patch deployments.apps in namespace shop.\n' +
        'api: the credentials of the cluster eu may not patch deployments.apps in namespace shop.',
      remedy:
        '`sluice doctor --cluster eu --namespace shop` prints the Role that grants what is missing. Nothing was changed.',
    });
    expect(await rowCounts(database.db)).toEqual(before);
    expect(await rig.copies()).toEqual([]);
  });

  it('tells one that is away from one that refuses', async () => {
    rig.rehearsal = { objections: [away], warnings: [] };
    expect(refused(await rig.release())).toMatchObject({
      ...{ status: 503, code: 'cluster-unreachable' },
      detail: 'The cluster eu has not answered everything within 10 s.',
      remedy: expect.stringContaining('`sluice rollback` and `sluice abort` are accepted meanwhile'),
    });
  });

  it('is told by a dry run, beside the plan', async () => {
    rig.rehearsal = { objections: [away], warnings: ['The check port asks pods at their own addresses.'] };
    const { rollouts, warnings } = accepted(await rig.release({}, { dryRun: true }));
    expect(rollouts).toHaveLength(2);
    expect(warnings).toEqual([
      'It would be refused now: The cluster eu has not answered everything within 10 s.',
      'The check port asks pods at their own addresses.',
    ]);
  });

  it('keeps nobody from taking a release back', async () => {
    await rig.stable('v1');
    await rig.stable('v2');
    await rig.write('web', 'v3');
    accepted(await rig.release({ version: 'v3', components: ['web'] }));
    await rig.look();
    rig.rehearsal = { objections: [away], warnings: [] };
    const abort = { command: 'abort', by: 'ann' } as const;
    accepted(await rig.plane.command('shop/production/web', abort, null));
    await rig.settle();
    accepted(await rig.plane.rollback('shop/production/web', { bySteps: false, by: 'ann' }));
    await rig.settle();
    expect(accepted(await rig.plane.track('shop/production/web'))).toMatchObject({
      stable: { version: 'v1' },
    });
  });
});

it('what clusters warn of is told with a release that goes out', async () => {
  rig.rehearsal = { objections: [], warnings: ['A further pod of web would be refused now.'] };
  expect(accepted(await rig.release()).warnings).toContain('A further pod of web would be refused now.');
});

it('clusters are asked about what changes, and about the checks that its plan runs', async () => {
  const text = SHOP.replace(
    'strategy: blue-green',
    'strategy: { blue-green: { checks: [ smoke ], after: late } }',
  ).replace(
    'environments:',
    'checks:\n  smoke: { http: / }\n  late: { http: /late }\n  unused: { http: /no }\nenvironments:',
  );
  accepted(await rig.release({ components: ['api'] }));
  await rig.settle();
  await rig.write('api', 'v2');
  accepted(await rig.release({ text }));
  const [first, second] = rig.rehearsed;
  expect(first).toMatchObject([{ isFirst: true, hasTasks: false }]);
  expect(second?.map(({ record }) => record.component.name)).toEqual(['web', 'api']);
  const [web, api] = second ?? [];
  expect(web).toMatchObject({ isFirst: true, checks: [] });
  expect(api?.isFirst).toBe(false);
  expect(api?.checks.map(({ name }) => name)).toEqual(['smoke', 'late']);
});
