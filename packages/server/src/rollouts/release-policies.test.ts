import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Policy } from '@sluice/core/policy/policy.ts';
import { readPolicies } from '../policies/files/read-policies.ts';
import { listLedger } from '../store/ledger/read-ledger.ts';
import { rowCounts, TENANT } from '../store/testing/track-fixtures.ts';
import { withDatabase } from '../store/testing/with-database.ts';
import { accepted, ControlPlaneRig, refused, SHOP } from './testing/control-plane-rig.ts';

const database = withDatabase();
let rig: ControlPlaneRig;
beforeEach(async () => {
  rig = await ControlPlaneRig.open(database.db);
});
afterEach(() => rig.close());

function policy(expression: string, more = ''): readonly Policy[] {
  const read = readPolicies(
    `
apiVersion: sluice.dev/v1
kind: ReleasePolicy
metadata: { name: limits }
spec:
${more}  validations:
    - expression: ${JSON.stringify(expression)}
      message: it needs a limit to memory
`,
    'limits.yaml',
  );
  expect(read).toMatchObject({ ok: true });
  return read.ok ? read.policies : [];
}

const LIMITED = 'component.resources.memoryBytes > 0';

describe('a release that breaks a policy', () => {
  it('is refused before anything is written, with what each component does wrong', async () => {
    rig.policies = policy(LIMITED);
    expect(refused(await rig.release())).toMatchObject({
      ...{ status: 422, code: 'refused-by-policy' },
      detail:
        'web: it needs a limit to memory (policy limits).\napi: it needs a limit to memory (policy limits).',
    });
    expect(await rowCounts(database.db)).toEqual({});
    expect(await rig.copies()).toEqual([]);
  });

  it('is planned, with what it would be refused for', async () => {
    rig.policies = policy(LIMITED);
    const plan = accepted(await rig.release({}, { dryRun: true }));
    expect(plan.warnings).toContain(
      'It would be refused now: web: it needs a limit to memory (policy limits).',
    );
    expect(plan.policies).toMatchObject([{ policy: 'limits', version: 3, asked: 2 }]);
  });

  it('goes out where the policy only warns, and its events and the ledger say what was said', async () => {
    rig.policies = policy(LIMITED, '  action: warn\n');
    const reply = accepted(await rig.release({ components: ['web'] }));
    expect(reply.warnings).toContain('web: it needs a limit to memory (policy limits).');
    const events = accepted(await rig.plane.rolloutEvents('ro-1', { cursor: null, limit: 9 }));
    expect(events.items.find(({ kind }) => kind === 'policiesJudged')).toMatchObject({
      words: '1 policy was asked: limits: it needs a limit to memory',
      body: { outcomes: [{ version: 3, findings: [{ component: 'web', kind: 'broken' }] }] },
    });
    const entries = await listLedger(database.db, TENANT, { limit: 5 });
    expect(entries.find(({ action }) => action === 'policiesJudged')).toMatchObject({ subject: 'ro-1' });
  });

  it('is another matter where the policy does not hold', async () => {
    rig.policies = policy(LIMITED, '  environments: [staging*]\n');
    expect(accepted(await rig.release()).policies).toEqual([]);
  });

  it('is judged by the project that its file names, before the application is there, and that of others does not matter', async () => {
    const text = SHOP.replace('application: shop', 'application: shop\nproject: retail');
    rig.policies = policy(LIMITED, '  projects: [ret*]\n');
    expect(refused(await rig.release({ text }))).toMatchObject({ code: 'refused-by-policy' });
    rig.policies = policy("release.project == 'bank'", '  projects: [bank]\n');
    expect(accepted(await rig.release({ text }, { dryRun: true })).policies).toEqual([]);
    const asked: unknown[] = [];
    rig.approvalRules = async (track, project) => {
      asked.push([track, project]);
      return [];
    };
    accepted(await rig.release({ text, components: ['web'] }));
    expect(asked).toContainEqual(['shop/production/web', 'retail']);
  });
});

it('a policy sees what is asked for: by whom, by which steps, and of what', async () => {
  const sees = [
    "release.project == 'default' && release.application == 'shop' && release.environment == 'production' && release.by == 'ann'",
    "component.name in ['web', 'api'] && component.workload.on == 'machine'",
    "plan.kind == 'first' && plan.steps.exists(s, s.kind == 'provision') && objects == []",
  ];
  rig.policies = sees.flatMap((text) => policy(text));
  expect(accepted(await rig.release()).policies).toMatchObject(sees.map(() => ({ asked: 2, findings: [] })));
});

it('a policy without an answer refuses, or is left out, as it says', async () => {
  rig.policies = policy('component.nothing.at.all');
  expect(refused(await rig.release()).detail).toContain('No such key: nothing');
  rig.policies = policy('component.nothing.at.all', '  failurePolicy: Ignore\n');
  expect(accepted(await rig.release()).policies).toMatchObject([{ findings: [] }]);
});

it('bringing an earlier revision back asks no policy', async () => {
  await rig.stable('v1');
  await rig.stable('v2');
  rig.policies = policy('false');
  accepted(await rig.plane.rollback('shop/production/web', { bySteps: false, by: 'ann' }));
});
