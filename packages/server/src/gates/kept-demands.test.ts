import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Vote } from '@sluice/core/gates/approval-rule.ts';
import { trackIdFrom } from '@sluice/core/kernel/ids.ts';
import { postgresTrackStore } from '../loop/postgres-track-store.ts';
import { accepted, ControlPlaneRig, SHOP } from '../rollouts/testing/control-plane-rig.ts';
import { putRevisions } from '../store/revisions/revisions.ts';
import { TENANT } from '../store/testing/track-fixtures.ts';
import { withDatabase } from '../store/testing/with-database.ts';
import { storedGates } from './stored-gates.ts';

const database = withDatabase();
const WEB = 'shop/production/web';
const gatedBy = (line: string): string => SHOP.replace('  production:\n', `  production:\n    ${line}\n`);
const GATED = gatedBy('approvers: 1 of approver');
const DEMAND = 'approved by 1 of approver before it begins';

let rig: ControlPlaneRig;
beforeEach(async () => {
  rig = await ControlPlaneRig.open(database.db);
});
afterEach(() => rig.close());

const store = () =>
  postgresTrackStore({
    ...{ db: database.db, holder: 'rig', now: () => rig.now },
    unreadable: (failure: Error): never => {
      throw failure;
    },
  });
const deploy = async (
  version: string,
  text: string,
  {
    onConflict = 'supersede',
    source = version,
  }: { onConflict?: 'supersede' | 'queue'; source?: string } = {},
) => {
  await rig.write('web', source);
  return accepted(
    await rig.release({
      version,
      text,
      components: ['web'],
      environment: 'production',
      by: 'person:eve',
      onConflict,
    }),
  );
};
const demandsOf = async (version: string, text: string): Promise<readonly string[]> =>
  (await deploy(version, text)).rollouts[0]?.plan.gates ?? [];
const stableWithDemand = async (): Promise<void> => {
  await deploy('v1', GATED);
  await rig.look();
  await approve();
  await rig.settle();
};
const approve = async (rollout?: string) => {
  const gates = storedGates({
    ...{ db: database.db, tenant: TENANT, store: store(), now: () => rig.now },
    ...{ wakeLoop: () => undefined, system: null },
  });
  const grant = {
    role: 'approver',
    permissions: ['delivery:approve'],
    project: '*',
    environment: '*',
  } as const;
  const ben = { tenant: TENANT, subject: 'person:ben', name: 'ben', groups: [], grants: [grant] };
  accepted(await gates.vote(WEB, ben, { decision: 'approve', by: '-', ...(rollout && { rollout }) }));
};
const track = async () => (await store().load(TENANT, trackIdFrom(WEB))) ?? expect.fail('no track');
const votesOf = async (version: string): Promise<readonly Vote[]> => {
  const { active, queue } = await track();
  return [active, ...queue].find((rollout) => rollout?.version === version)?.votes ?? [];
};

describe('what stable demands of the next release', () => {
  it('is demanded still when somebody has asked for the same content without it', async () => {
    await stableWithDemand();
    await deploy('v2', SHOP);
    expect((await deploy('v1', SHOP)).rollouts[0]?.plan.gates).toEqual([DEMAND]);
    expect(await demandsOf('v3', SHOP)).toEqual([DEMAND]);
  });

  it('is demanded after the way back to a release that demanded it, whatever was asked for of its content since', async () => {
    await stableWithDemand();
    await deploy('v2', GATED);
    await rig.look();
    await approve();
    await rig.settle();
    await deploy('v1', SHOP);
    await rig.look();
    const { version } = await track();
    accepted(await rig.plane.command(WEB, { command: 'abort', by: 'person:eve' }, version));
    await rig.settle();
    accepted(await rig.plane.rollback(WEB, { to: 'v1', bySteps: false, by: 'person:eve' }));
    await rig.settle();
    expect((await track()).stable).toMatch(/^web-/);
    expect(await demandsOf('v3', SHOP)).toEqual([DEMAND]);
  });

  it('is demanded of what waits behind the release that brings it', async () => {
    await deploy('v1', GATED);
    const [queued] = (await deploy('v2', SHOP, { onConflict: 'queue' })).rollouts;
    expect(queued?.plan.gates).toEqual([DEMAND]);
    expect((await track()).queue.at(-1)?.plan.gates?.approvals).toHaveLength(1);
  });

  it('holds beside another dependency or budget, and not instead of it', async () => {
    const strict = gatedBy('after: staging\n    soak: 1h\n    error-budget: { objective: 99.9% }').replace(
      'environments:\n',
      'environments:\n  staging:\n    components: { web: { route: /staging } }\n  dev:\n    components: { web: { route: /dev } }\n',
    );
    const lax = strict
      .replace('after: staging\n    soak: 1h', 'after: dev')
      .replace('objective: 99.9%', 'objective: 51%');
    await deploy('v1', strict);
    const [waiting] = (await deploy('v2', lax, { onConflict: 'queue' })).rollouts;
    expect(waiting?.plan.gates).toEqual([
      'stable in dev before',
      'begins while 51 % of the requests of 28d can still succeed',
      'as was demanded before: stable in staging before, for 1h',
      'as was demanded before: begins while 99.9 % of the requests of 28d can still succeed',
    ]);
  });
});

describe('an approval of a release that waits in the queue', () => {
  it('is for the checks that it was given for: the same content with others is not taken in beside it', async () => {
    const checked = GATED.replace(
      'environments:\n',
      'checks:\n  smoke: { command: "true" }\nenvironments:\n',
    );
    const unchecked = checked.replace('command: "true"', 'command: "curl evil"');
    await deploy('v1', GATED);
    await deploy('v2', checked, { onConflict: 'queue' });
    const waiting = (await track()).queue.at(-1);
    await approve(waiting?.id);
    const again = await deploy('v2', unchecked, { onConflict: 'queue' });
    expect(again.rollouts).toEqual([]);
    expect(again.underWay).toMatchObject([{ track: WEB, rollout: waiting?.id }]);
    expect(await votesOf('v2')).toHaveLength(1);
    const record = waiting && (await store().revision(TENANT, trackIdFrom(WEB), waiting.candidate));
    expect(JSON.stringify(record?.checks)).not.toContain('evil');
  });

  it('is not refused for what a database cannot keep of its content', async () => {
    const odd = GATED.replace('run: node server.js', 'run: "node server.js # \\0"');
    await deploy('v1', odd);
    await deploy('v2', odd);
    expect((await deploy('v1', odd)).rollouts).toHaveLength(1);
  });

  it('is for its content: another one that has the same short name by its hash is refused', async () => {
    await deploy('v1', GATED);
    const { active, queue } = await track();
    const { candidate: id, version } = active ?? queue[0] ?? expect.fail('nothing was taken in');
    const trackId = trackIdFrom(WEB);
    const record = (await store().revision(TENANT, trackId, id)) ?? expect.fail('no revision');
    const benign = { ...record, component: { ...record.component, env: { GREETING: 'hello' } } };
    await putRevisions(database.db, TENANT, [
      { id, trackId, versionLabel: version, spec: benign, createdAt: rig.now },
    ]);
    await deploy('v2', GATED);
    const again = await rig.release({ version: 'v2', text: GATED, components: ['web'] });
    expect(again.ok).toBe(true);
    await rig.write('web', 'v1');
    const taken = await rig.release({ version: 'v1', text: GATED, components: ['web'] });
    expect(taken).toMatchObject({ refusal: { status: 409, code: 'revision-taken' } });
  });
});
