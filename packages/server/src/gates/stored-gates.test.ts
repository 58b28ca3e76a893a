import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Caller, Grant } from '@sluice/core/access/caller.ts';
import { ROLES } from '@sluice/core/access/roles.ts';
import type { TrackView } from '@sluice/protocol/http/views.ts';
import { presentCaller } from '../access/identities.ts';
import { postgresTrackStore } from '../loop/postgres-track-store.ts';
import { accepted, ControlPlaneRig, SHOP } from '../rollouts/testing/control-plane-rig.ts';
import { addBinding, removeBinding } from '../store/access/bindings.ts';
import { noteMember, removeMember } from '../store/access/members.ts';
import { NOON, TENANT } from '../store/testing/track-fixtures.ts';
import { withDatabase } from '../store/testing/with-database.ts';
import { listLedger } from '../store/ledger/read-ledger.ts';
import { approvalRulesOf } from './declared-approvals.ts';
import type { GateRegistry } from './gate-registry.ts';
import { storedGateObserver } from './observe-gates.ts';
import { storedGates } from './stored-gates.ts';

const database = withDatabase();
const WEB = 'shop/production/web';
const GATED = SHOP.replace('  production:\n', '  production:\n    approvers: 1 of approver\n');

let rig: ControlPlaneRig;
let gates: GateRegistry;

beforeEach(async () => {
  const { db } = database;
  rig = await ControlPlaneRig.open(db);
  await join(BEN);
  const now = (): number => rig.now;
  const unreadable = (failure: Error): never => {
    throw failure;
  };
  const store = postgresTrackStore({ db, holder: 'rig', now, unreadable });
  gates = storedGates({ db, tenant: TENANT, store, now, wakeLoop: () => undefined, system: db });
  const observer = storedGateObserver({ db, now, presentCaller: standing });
  const { observe } = rig.world;
  rig.world.observe = async (tenant, track) => {
    const held = await observer.observe(tenant, track);
    return { ...(await observe(tenant, track)), ...(held && { gates: held }) };
  };
});
afterEach(() => rig.close());

const grant = (role: keyof typeof ROLES, environment = '*'): Grant => ({
  ...{ role, permissions: ROLES[role], project: '*', environment },
});
const caller = (name: string, ...grants: readonly Grant[]): Caller => ({
  ...{ tenant: TENANT, subject: `person:${name}`, name, groups: [], grants },
});
const BEN = caller('ben', grant('approver'));
const OTTO = caller('otto', grant('operator'));
const standing = (tenant: string, subject: string) =>
  presentCaller(database.db, { tenant, at: rig.now }, subject);
const APPROVER = { role: 'approver', project: '*', environment: '*' };
const ENTRY = { at: NOON, actor: 'test', action: 'done', subject: 'x', detail: {} };
/** Makes somebody a member who may approve. */
const join = async ({ subject, name }: Caller): Promise<void> => {
  const { db } = database;
  const issuer = 'https://id.example';
  await noteMember(db, TENANT, { subject, name, email: null, groups: [], issuer, issuerSubject: name }, NOON);
  await addBinding(db, TENANT, { subject, ...APPROVER, addedBy: 'test' }, ENTRY);
};
const vote = (who: Caller, decision: 'approve' | 'reject' = 'approve', reason?: string) =>
  gates.vote(WEB, who, { decision, by: 'whoever', ...(reason !== undefined && { reason }) });

const web = async (): Promise<TrackView> => accepted(await rig.plane.track(WEB));
const actions = async () =>
  (await listLedger(database.db, TENANT, { limit: 50 })).map(({ action, actor }) => `${actor} ${action}`);
const deploy = async (version: string, text = GATED) => {
  await rig.write('web', version);
  return accepted(
    await rig.release({ version, text, components: ['web'], by: 'person:ann', onConflict: 'supersede' }),
  );
};
const look = async (looks: number): Promise<void> => {
  for (let done = 0; done < looks; done++) await rig.look();
};
const FREEZE = { reason: 'the sale', scope: {}, holds: 'starts', by: '-', system: false } as const;

describe('a release that somebody has to approve', () => {
  it('waits, says for whom, and goes out when another person has approved', async () => {
    const reply = await deploy('v1');
    expect(reply.rollouts[0]?.plan.gates).toEqual(['approved by 1 of approver before it begins']);
    await look(3);
    const waiting = await web();
    expect(waiting).toMatchObject({
      active: { phase: 'planned', approvals: { asked: true, rules: [{ granted: false }] } },
      gates: [{ kind: 'approval', open: false }],
      explanation: { waitingFor: '0 of 1 approval, from approver' },
    });
    expect(await vote(caller('ann', grant('approver')))).toMatchObject({
      refusal: { status: 409, code: 'may-not-approve' },
    });
    expect(await vote(caller('cy', grant('approver', 'staging')))).toMatchObject({
      refusal: { code: 'may-not-approve' },
    });
    expect(await vote(BEN)).toMatchObject({ ok: true });
    await rig.settle();
    expect((await web()).stable?.version).toBe('v1');
    expect(await actions()).toContain('person:ben voteGiven');
  });

  it('is over when somebody rejects it, which needs a reason', async () => {
    await deploy('v1');
    await look(2);
    expect(await vote(BEN, 'reject')).toMatchObject({ refusal: { code: 'reason-missing' } });
    accepted(await vote(BEN, 'reject', 'not today'));
    await rig.settle();
    expect(await web()).toMatchObject({
      stable: null,
      last: {
        outcome: 'rolled-back',
        reason: { kind: 'rejected', detail: 'rejected by person:ben: not today' },
      },
    });
  });

  it('is approved for the plan that was looked at, and for no other', async () => {
    await deploy('v1');
    await look(2);
    const { active } = await web();
    await deploy('v2');
    await look(2);
    const planHash = active?.approvals?.planHash ?? '';
    expect(await gates.vote(WEB, BEN, { decision: 'approve', planHash, by: '-' })).toMatchObject({
      refusal: { code: 'plan-changed' },
    });
  });

  it('cannot take the demand away: what stable demanded is demanded of what takes its place', async () => {
    await deploy('v1');
    await look(2);
    accepted(await vote(BEN));
    await rig.settle();
    const reply = await deploy('v2', SHOP);
    expect(reply.rollouts[0]?.plan.gates).toEqual(['approved by 1 of approver before it begins']);
    await look(5);
    expect((await web()).active?.phase).toBe('planned');
    accepted(await vote(BEN));
    await rig.settle();
    expect((await deploy('v3', SHOP)).rollouts[0]?.plan.gates).toBeUndefined();
  });

  it('passes when somebody breaks the glass, and the ledger has the reason', async () => {
    await deploy('v1');
    await look(2);
    accepted(await gates.breakGlass(WEB, { reason: 'the shop is down', by: 'person:otto' }));
    await rig.settle();
    expect((await web()).last?.approvals?.glass).toMatchObject({ by: 'person:otto' });
    const [entry] = (await listLedger(database.db, TENANT, { limit: 50 })).filter(
      ({ action }) => action === 'glassBroken',
    );
    expect(JSON.stringify(entry)).toContain('the shop is down');
  });

  it('is approved by those alone who may still when it begins', async () => {
    const two = SHOP.replace('  production:\n', '  production:\n    approvers: 2 of approver\n');
    const { db } = database;
    const people = ['bea', 'cat', 'dee'].map((name) => caller(name, grant('approver')));
    for (const person of people) await join(person);
    await deploy('v1', two);
    await look(2);
    const [bea, cat, dee] = people as [Caller, Caller, Caller];
    accepted(await vote(bea));
    await look(1);
    // Bea changes teams, and Cat leaves, before there are two.
    await removeBinding(db, TENANT, { subject: bea.subject, ...APPROVER }, ENTRY);
    accepted(await vote(cat));
    await look(2);
    expect((await web()).explanation.waitingFor).toContain('1 of 2 approvals (person:cat)');
    expect((await web()).active).toMatchObject({
      phase: 'planned',
      approvals: {
        asked: true,
        rules: [
          {
            approvedBy: ['person:cat'],
            ignored: [{ subject: 'person:bea', why: 'may not approve any more' }],
          },
        ],
      },
    });
    await removeMember(db, TENANT, cat.subject, ENTRY);
    accepted(await vote(dee));
    await look(2);
    expect((await web()).explanation.waitingFor).toContain('1 of 2 approvals (person:dee)');
    await addBinding(db, TENANT, { subject: bea.subject, ...APPROVER, addedBy: 'test' }, ENTRY);
    await rig.settle();
    expect((await web()).stable?.version).toBe('v1');
  });

  it('passes no step by the approval of somebody who left while it was paused there', async () => {
    await rig.stable('v1');
    const bea = caller('bea', grant('approver'));
    await join(bea);
    const asks = SHOP.replace(/canary:[^]*?"< 5%" }/, 'steps: [ { approve: Go on? }, switch ]');
    await deploy('v2', asks.replace('  production:\n', '  production:\n    approvers: 1 of approver\n'));
    await look(2);
    accepted(await vote(BEN));
    while ((await web()).active?.phase !== 'held') await rig.look();
    accepted(await rig.plane.command(WEB, { command: 'pause', by: 'person:ann' }, null));
    accepted(await vote(bea));
    await removeMember(database.db, TENANT, bea.subject, ENTRY);
    accepted(await rig.plane.command(WEB, { command: 'resume', by: 'person:ann' }, null));
    await look(5);
    expect((await web()).active).toMatchObject({ phase: 'held', reason: { kind: 'approval' } });
    accepted(await vote(BEN));
    await rig.settle();
    expect((await web()).stable?.version).toBe('v2');
  });

  it('is not found where nothing was ever released', async () => {
    expect(await gates.vote('shop/production/none', BEN, { decision: 'approve', by: '-' })).toMatchObject({
      refusal: { status: 404 },
    });
  });
});

describe('a freeze', () => {
  it('keeps releases from beginning until it is lifted, but not what goes back', async () => {
    await rig.stable('v1');
    await rig.stable('v2');
    const { name } = accepted(await gates.freeze(OTTO, { ...FREEZE, scope: { environment: 'production' } }));
    await deploy('v3', SHOP);
    await look(5);
    expect(await web()).toMatchObject({
      active: { phase: 'planned', version: 'v3' },
      gates: [{ kind: 'freeze', open: false, words: expect.stringContaining('the sale') }],
    });
    accepted(await rig.plane.rollback(WEB, { to: 'v1', bySteps: false, by: 'ann' }));
    await rig.settle();
    expect((await web()).stable?.version).toBe('v1');
    await deploy('v4', SHOP);
    await look(5);
    accepted(await gates.lift(OTTO, name, false));
    await rig.settle();
    expect((await web()).stable?.version).toBe('v4');
    expect(await actions()).toEqual(
      expect.arrayContaining([
        'person:otto freezeDeclared',
        'person:otto freezeLifted',
        'engine gatesClosed',
      ]),
    );
  });

  it('that stops the line holds what is under way where it is, and lets it go on afterwards', async () => {
    await rig.stable('v1');
    await deploy('v2', SHOP);
    while ((await web()).active?.candidateShareBasisPoints !== 2500) await rig.look();
    const { name } = accepted(await gates.freeze(OTTO, { ...FREEZE, holds: 'everything' }));
    await look(40);
    expect((await web()).active).toMatchObject({
      phase: 'held',
      candidateShareBasisPoints: 2500,
      reason: { kind: 'gate' },
    });
    accepted(await gates.lift(OTTO, name, false));
    await rig.settle();
    expect((await web()).stable?.version).toBe('v2');
  });

  it('holds by its scope and its time, and its name is taken while it does', async () => {
    const until = NOON + 30_000;
    accepted(await gates.freeze(OTTO, { ...FREEZE, name: 'other', scope: { application: 'bank' } }));
    accepted(await gates.freeze(OTTO, { ...FREEZE, name: 'short', until }));
    expect(await gates.freeze(OTTO, { ...FREEZE, name: 'short' })).toMatchObject({
      refusal: { status: 409 },
    });
    expect(await gates.freeze(OTTO, { ...FREEZE, until: NOON })).toMatchObject({
      refusal: { code: 'empty-span' },
    });
    await deploy('v1', SHOP);
    await look(3);
    expect((await web()).gates).toMatchObject([{ opensAt: until }]);
    await rig.settle();
    expect(rig.now).toBeGreaterThanOrEqual(until);
    expect((await gates.freezes(OTTO, { cursor: null, limit: 10 })).items).toMatchObject([
      { name: 'other', inForce: true, words: expect.stringContaining('the application bank') },
    ]);
    expect(await gates.lift(OTTO, 'none', false)).toMatchObject({ refusal: { status: 404 } });
  });
});

describe('a freeze of every organisation', () => {
  it('says so to whoever waits; a hot-fix passes it with one approval more', async () => {
    await rig.stable('v1');
    const frozen = { ...FREEZE, name: 'attack', reason: 'an attack', system: true };
    accepted(await gates.freeze(OTTO, frozen));
    await rig.write('web', 'v2');
    accepted(await rig.release({ version: 'v2', components: ['web'], lane: 'hotfix', by: 'person:ann' }));
    await look(4);
    const { explanation, active } = await web();
    expect(active?.phase).toBe('planned');
    expect(explanation.waitingFor).toContain('1 approval');
    expect(await vote(caller('ann', grant('approver')))).toMatchObject({
      refusal: { code: 'may-not-approve' },
    });
    accepted(await vote(BEN));
    await rig.settle();
    expect((await web()).stable?.version).toBe('v2');
    await deploy('v3', SHOP);
    await look(3);
    expect((await web()).explanation.waitingFor).toContain('of everything in all organisations to end');
    accepted(await gates.lift(OTTO, 'attack', true));
    await rig.settle();
    expect((await web()).stable?.version).toBe('v3');
  });
});

describe('a window', () => {
  // The world begins at noon of a Saturday.
  it('keeps releases within its times', async () => {
    expect(new Date(NOON).getUTCDay()).toBe(6);
    const request = { effect: 'deny', zone: 'UTC', underWay: 'hold', by: 'otto', scope: {} } as const;
    accepted(await gates.putWindow(OTTO, 'lunch', { ...request, times: 'sat 11:00-12:01' }));
    await deploy('v1', SHOP);
    await look(3);
    expect((await web()).explanation.waitingFor).toContain('the window "lunch"');
    await rig.settle();
    expect(rig.now).toBeGreaterThanOrEqual(NOON + 60_000);
    expect((await gates.windows(OTTO, { cursor: null, limit: 10 })).items).toMatchObject([
      { name: 'lunch', times: 'sat 11:00-12:01', words: 'everything' },
    ]);
    expect(await gates.putWindow(OTTO, 'x', { ...request, times: 'lunch' })).toMatchObject({
      refusal: { code: 'invalid-times', errors: [{ pointer: '/body/times' }] },
    });
    expect(
      await gates.putWindow(OTTO, 'x', { ...request, times: 'mon', zone: 'Mars/Olympus' }),
    ).toMatchObject({
      refusal: { code: 'invalid-zone' },
    });
    accepted(await gates.removeWindow(OTTO, 'lunch'));
    expect(await gates.removeWindow(OTTO, 'lunch')).toMatchObject({ refusal: { status: 404 } });
  });
});

describe('approvals that are demanded of every release', () => {
  const request = { approvers: '1 of approver', scope: {}, selfApproval: 'refused', by: 'otto' } as const;

  it('hold whatever the file says, from the next release on, where they say', async () => {
    rig.approvalRules = approvalRulesOf(database.db, TENANT);
    accepted(
      await gates.putApprovalRule(OTTO, 'four-eyes', { ...request, scope: { environment: 'production' } }),
    );
    accepted(await gates.putApprovalRule(OTTO, 'bank', { ...request, scope: { application: 'bank' } }));
    const reply = await deploy('v1', SHOP);
    expect(reply.rollouts[0]?.plan.gates).toEqual(['approved by 1 of approver before it begins']);
    await look(3);
    expect((await web()).active?.phase).toBe('planned');
    accepted(await vote(BEN));
    await rig.settle();
    expect((await web()).stable?.version).toBe('v1');
    accepted(await gates.removeApprovalRule(OTTO, 'four-eyes'));
    expect(await gates.removeApprovalRule(OTTO, 'four-eyes')).toMatchObject({ refusal: { status: 404 } });
    expect(await gates.putApprovalRule(OTTO, 'x', { ...request, approvers: 'everybody' })).toMatchObject({
      refusal: { code: 'invalid-approvers' },
    });
    expect((await gates.approvalRules(OTTO, { cursor: null, limit: 5 })).items).toMatchObject([
      { name: 'bank', words: '1 of approver, for the application bank' },
    ]);
    expect(await actions()).toContain('person:otto approvalRuleDeclared');
    await deploy('v2', SHOP);
    await rig.settle();
    expect((await web()).stable?.version).toBe('v2');
  });
});

describe('an error budget', () => {
  it('can be read where one is declared', async () => {
    expect(await gates.errorBudget(WEB)).toMatchObject({ refusal: { status: 404 } });
    await rig.stable('v1');
    expect(await gates.errorBudget(WEB)).toMatchObject({ refusal: { status: 404 } });
    const text = SHOP.replace('  production:\n', '  production:\n    error-budget: { objective: 99% }\n');
    await deploy('v2', text);
    await rig.settle();
    expect(await gates.errorBudget(WEB)).toMatchObject({
      value: { objective: 0.99, left: 1, closed: false, burns: [{ on: false }, {}, {}] },
    });
  });
});

describe('what cannot be read', () => {
  it('keeps releases where they are', async () => {
    const broken = storedGateObserver({
      db: new Proxy(database.db, {
        get: () => {
          throw new Error('no connection');
        },
      }),
      now: () => rig.now,
      presentCaller: standing,
    });
    const { observe } = rig.world;
    rig.world.observe = async (tenant, track) => {
      const held = await broken.observe(tenant, track);
      return { ...(await observe(tenant, track)), ...(held && { gates: held }) };
    };
    await deploy('v1', SHOP);
    await look(5);
    expect((await web()).explanation.waitingFor).toContain('cannot be read');
  });
});
