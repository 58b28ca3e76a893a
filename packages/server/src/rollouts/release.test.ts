import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { revisionId, trackIdFrom } from '@sluice/core/kernel/ids.ts';
import { findRevision } from '../store/revisions/revisions.ts';
import { listLedger } from '../store/ledger/read-ledger.ts';
import { rowCounts, TENANT } from '../store/testing/track-fixtures.ts';
import { withDatabase } from '../store/testing/with-database.ts';
import { ABLE_ROUTER, accepted, ControlPlaneRig, refused, SHOP } from './testing/control-plane-rig.ts';

const database = withDatabase();
const WEB = 'shop/production/web';
const API = 'shop/production/api';
let rig: ControlPlaneRig;
beforeEach(async () => {
  rig = await ControlPlaneRig.open(database.db);
});
afterEach(() => rig.close());

const track = async (id = WEB) => accepted(await rig.plane.track(id));

describe('a release', () => {
  it('is taken in for each component, with its plan, its revision and a copy of its source', async () => {
    const reply = accepted(await rig.release({ version: 'v1' }));
    expect(reply).toMatchObject({ application: 'shop', environment: 'production', version: 'v1' });
    expect(reply.rollouts).toMatchObject([
      { track: WEB, component: 'web', plan: { kind: 'first' }, rollout: { id: 'ro-1', phase: 'queued' } },
      { track: API, component: 'api', plan: { kind: 'first' }, rollout: { id: 'ro-2', phase: 'queued' } },
    ]);
    const written = { tracks: 2, rollouts: 2, revisions: 2, events: 2, ledger: 2, ledger_trees: 1 };
    expect(await rowCounts(database.db)).toEqual(written);
    expect(await rig.copies()).toHaveLength(1);
    expect(rig.wakes).toBeGreaterThan(0);
    const [note] = await listLedger(database.db, TENANT, { limit: 1 });
    expect(note).toMatchObject({ actor: 'ann', action: 'rolloutRequested', subject: 'ro-2' });
  });

  it('becomes stable, and the next one is compared with it', async () => {
    accepted(await rig.release({ version: 'v1' }));
    await rig.settle();
    expect(await track()).toMatchObject({ stable: { version: 'v1' }, active: null });
    await rig.stable('v2');
    expect(await track()).toMatchObject({
      stable: { version: 'v2' },
      last: { outcome: 'succeeded', plan: { kind: 'canary' } },
      history: [{ version: 'v2' }, { version: 'v1' }],
    });
  });

  it('leaves components out that are as they were, and says so', async () => {
    accepted(await rig.release());
    await rig.settle();
    await rig.write('web', 'changed');
    const { rollouts, unchanged } = accepted(await rig.release());
    expect(rollouts.map(({ component }) => component)).toEqual(['web']);
    expect(unchanged).toMatchObject([{ track: API, component: 'api' }]);
  });

  it('is for the components that are named, if any are', async () => {
    const { rollouts, unchanged } = accepted(await rig.release({ components: ['api'] }));
    expect(rollouts.map(({ component }) => component)).toEqual(['api']);
    expect(unchanged).toEqual([]);
    expect(await rowCounts(database.db)).toMatchObject({ tracks: 1 });
  });

  it('goes out though the metrics cannot be read; only what a limit costs is not known then', async () => {
    await rig.stable('v1');
    rig.baseline = null;
    await rig.write('web', 'v2');
    const [rollout] = accepted(await rig.release({ version: 'v2', components: ['web'] })).rollouts;
    expect(rollout).toMatchObject({ plan: { kind: 'canary', limits: [], warnings: [] } });
    expect(rollout?.rollout?.id).toBe('ro-2');
  });

  it('warns of what its traffic cannot decide', async () => {
    await rig.stable('v1');
    rig.baseline = { ...(rig.baseline ?? expect.fail('no baseline')), requestsPerSecond: 0 };
    await rig.write('web', 'v2');
    const { warnings } = accepted(await rig.release({ version: 'v2', components: ['web'] }));
    expect(warnings).toEqual([
      'There is no traffic now; without requests the rollout will hold, as no data is no verdict.',
    ]);
  });
});

describe('a revision is what runs', () => {
  const TEXT = `application: shop
components:
  web: { run: node server.js, source: ., secrets: { TOKEN: { file: web/token } }, strategy: STRATEGY }
checks: { first: { tcp: true }, second: { tcp: true } }
environments: { production: }
`;
  const asked = (strategy: string) => ({ text: TEXT.replace('STRATEGY', strategy), components: ['web'] });
  const revisionOf = async (strategy: string) => {
    await rig.write('web', 'the token', 'token');
    await rig.write('.', asked(strategy).text, 'sluice.yaml');
    const { rollouts, unchanged } = accepted(await rig.release(asked(strategy)));
    return [...rollouts, ...unchanged].map(({ revision }) => revision);
  };

  it('so that another strategy or check in the folder that is copied makes no other revision', async () => {
    const before = await revisionOf('rolling');
    await rig.settle();
    expect(await revisionOf('{ rolling: { checks: second } }')).toEqual(before);
    expect(accepted(await rig.release(asked('canary'))).rollouts).toEqual([]);
  });

  it('so that no secret that it names is copied with it, or makes another revision', async () => {
    const before = await revisionOf('rolling');
    await rig.write('web', 'another token', 'token');
    const { rollouts } = accepted(await rig.release(asked('rolling')));
    expect(rollouts.map(({ revision }) => revision)).toEqual(before);
    const files = await rig.copiedFiles();
    expect(files).toContain('web/server.js');
    expect(files).not.toContain('web/token');
    expect(files).not.toContain('sluice.yaml');
  });

  it('that goes out again by the strategy and the checks of the file as it is then', async () => {
    const [revision = ''] = await revisionOf('{ rolling: { checks: first } }');
    await rig.look();
    accepted(await rig.plane.command(WEB, { command: 'abort', by: 'ann' }, null));
    await rig.settle();
    await rig.release(asked('{ rolling: { checks: second } }'));
    const record = await findRevision(database.db, TENANT, {
      trackId: trackIdFrom(WEB),
      id: revisionId(revision),
    });
    expect(record?.spec).toMatchObject({ component: { strategy: { checks: ['second'] } } });
  });
});

describe('a canary that begins at a share', () => {
  const sharesFrom = async (canaryShareBasisPoints: number) => {
    const asked = { version: 'v2', components: ['web'], canaryShareBasisPoints };
    const [rollout] = accepted(await rig.release(asked, { dryRun: true })).rollouts;
    const shifts = rollout?.plan.steps.filter(({ kind }) => kind === 'shift') ?? [];
    return shifts.map((step) => step.candidateShareBasisPoints);
  };

  it.each([
    [1_000, [1_000, 2_500, 5_000]],
    [2_500, [2_500, 5_000]],
    [3_000, [3_000, 5_000]],
    [9_000, [9_000]],
  ])('of %i basis points shifts to %j', async (share, shares) => {
    await rig.stable('v1');
    await rig.write('web', 'v2');
    expect(await sharesFrom(share)).toEqual(shares);
  });
});

describe('a dry run', () => {
  it('says what a release would become, and changes nothing', async () => {
    const reply = accepted(await rig.release({ version: 'v1' }, { dryRun: true }));
    expect(reply.rollouts).toMatchObject([
      { track: WEB, plan: { kind: 'first' }, rollout: null },
      { track: API, plan: { kind: 'first' }, rollout: null },
    ]);
    expect(await rowCounts(database.db)).toEqual({});
    expect(await rig.copies()).toEqual([]);
    expect(rig.wakes).toBe(0);
    const { rollouts } = accepted(await rig.release({ version: 'v1' }));
    expect(rollouts.map(({ revision }) => revision)).toEqual(reply.rollouts.map(({ revision }) => revision));
  });

  it('warns of needs that cannot be reached, where a release is refused', async () => {
    rig.outage = 'mail.example.com:25 refused the connection';
    const { warnings } = accepted(await rig.release({}, { dryRun: true }));
    expect(warnings).toEqual(['api needs tcp: mail.example.com:25 refused the connection']);
  });
});

describe('refused, before anything is changed, is', () => {
  afterEach(async () => {
    expect(await rowCounts(database.db)).toEqual({});
    expect(await rig.copies()).toEqual([]);
  });

  it('a file with faults, each with its place and the nearest right key', async () => {
    const problem = refused(await rig.release({ text: SHOP.replace('health: /healthz', 'helth: /healthz') }));
    expect(problem).toMatchObject({ status: 422, code: 'invalid-file' });
    expect(problem.detail).toBe('line 6: components.web.helth is not a known key; did you mean "health"?');
    expect(problem.faults).toMatchObject([{ file: 'sluice.yaml', line: 6, path: 'components.web.helth' }]);
  });

  it('an expression that does not compile, as a fault of the file', async () => {
    const expressions = 'expressions: [ { expression: candidate.errorRat < 1, window: 10s } ]';
    const text = SHOP.replace('criteria: { errors: "< 5%" }', expressions);
    const problem = refused(await rig.release({ text }));
    expect(problem).toMatchObject({ status: 422, code: 'invalid-file' });
    expect(problem.detail).toContain('No such key');
  });

  it('a component that the file does not declare', async () => {
    expect(refused(await rig.release({ components: ['web', 'worker'] }))).toMatchObject({
      ...{ status: 422, code: 'unknown-component' },
      detail: 'sluice.yaml declares no component worker.',
      remedy: 'It declares web, api.',
    });
  });

  it('a source folder that is not there', async () => {
    const problem = refused(await rig.release({ text: SHOP.replace('source: api', 'source: gone') }));
    expect(problem).toMatchObject({ status: 422, code: 'invalid-file' });
    expect(problem.detail).toBe(
      'line 17: components.api.source names the folder "gone", which does not exist',
    );
  });

  it('a need that cannot be reached, with the component that has it', async () => {
    rig.outage = 'mail.example.com:25 refused the connection';
    expect(refused(await rig.release())).toMatchObject({
      ...{ status: 422, code: 'needs-unmet' },
      detail: 'api needs tcp: mail.example.com:25 refused the connection',
    });
  });
});

it('a plan that the router cannot carry out is refused, and nothing of the release is begun', async () => {
  accepted(await rig.release({ version: 'v1' }));
  await rig.settle();
  const before = await rowCounts(database.db);
  rig.router = { ...ABLE_ROUTER, mirror: false };
  expect(refused(await rig.release({ version: 'v2', strategy: 'shadow' }))).toMatchObject({
    ...{ status: 422, code: 'unsupported-by-router' },
    detail: `The strategy shadow of ${WEB} mirrors requests, which the router of this environment cannot do.`,
  });
  expect(await rowCounts(database.db)).toEqual(before);
});

describe('while another release is under way, a release', () => {
  beforeEach(async () => {
    await rig.stable('v1');
    await rig.write('web', 'v2');
    accepted(await rig.release({ version: 'v2', components: ['web'] }));
    await rig.look();
    await rig.write('web', 'v3');
  });
  const third = { version: 'v3', components: ['web'] };

  it('takes its place', async () => {
    accepted(await rig.release({ ...third, onConflict: 'supersede' }));
    expect((await track()).active).toMatchObject({ version: 'v2', phase: 'rolling-back' });
    await rig.settle();
    expect(await track()).toMatchObject({ stable: { version: 'v3' } });
    expect(accepted(await rig.plane.rollout('ro-2'))).toMatchObject({
      outcome: 'rolled-back',
      reason: { kind: 'superseded', detail: 'superseded by v3' },
    });
  });

  it('of the same thing lets it go on, so that who lost the thread can wait for it again', async () => {
    await rig.write('web', 'v2');
    const before = await rowCounts(database.db);
    const again = accepted(await rig.release({ version: 'v2', components: ['web'] }));
    expect(again.rollouts).toEqual([]);
    expect(again.underWay).toMatchObject([{ track: WEB, component: 'web', rollout: 'ro-2' }]);
    expect(await rowCounts(database.db)).toEqual(before);
    expect((await track()).active).toMatchObject({ id: 'ro-2', version: 'v2', phase: 'running' });
  });

  it('waits behind it', async () => {
    accepted(await rig.release({ ...third, onConflict: 'queue' }));
    expect(await track()).toMatchObject({
      active: { version: 'v2', phase: 'running' },
      queued: [{ id: 'ro-3', version: 'v3' }],
    });
    await rig.settle();
    expect((await track()).history.map(({ version }) => version)).toEqual(['v3', 'v2', 'v1']);
  });

  it('does not wait behind one with which it could not share the traffic', async () => {
    const text = SHOP.replace('route: /\n', 'route: /shop\n');
    const second = { text, version: 'v2b', components: ['web'], strategy: 'immutable' };
    accepted(await rig.release(second));
    const queued = await rig.release({ ...third, onConflict: 'queue' });
    expect(refused(queued)).toMatchObject({ status: 422, code: 'route-changes' });
    accepted(await rig.release({ ...third, onConflict: 'queue', strategy: 'immutable' }));
  });

  it('is refused, and none of its components is begun', async () => {
    const before = await rowCounts(database.db);
    const problem = refused(await rig.release({ version: 'v3', onConflict: 'refuse' }));
    expect(problem).toMatchObject({ status: 409, code: 'busy' });
    expect(problem.detail).toBe(`another release of ${WEB} is under way`);
    expect(await rowCounts(database.db)).toEqual(before);
  });

  it('may be a hot-fix, which replaces the stable revision without waiting for evidence', async () => {
    const { rollouts } = accepted(await rig.release({ ...third, lane: 'hotfix' }));
    expect(rollouts).toMatchObject([{ plan: { kind: 'hotfix' } }]);
    await rig.settle();
    expect(await track()).toMatchObject({ stable: { version: 'v3' } });
  });
});
