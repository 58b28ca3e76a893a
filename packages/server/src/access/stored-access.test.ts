import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { declaredApprovals } from '../gates/declared-approvals.ts';
import { listLedger } from '../store/ledger/read-ledger.ts';
import { rowsOfTenant } from '../store/testing/rows-of-tenant.ts';
import { NOON, TENANT, WEB } from '../store/testing/track-fixtures.ts';
import { noteMember } from '../store/access/members.ts';
import { withDatabase } from '../store/testing/with-database.ts';
import { storedIdentities } from './identities.ts';
import { issueWorkerToken } from './workers/issue-worker-token.ts';
import { storedAccess } from './stored-access.ts';
import { AccessRig, type Asked, roleAt } from './testing/access-rig.ts';

const database = withDatabase();
let rig: AccessRig;
let admin: string;
beforeEach(async () => {
  rig = AccessRig.open(database.db);
  admin = await rig.token('root', roleAt('admin'));
});
afterEach(() => rig.close());

const post = (url: string, body: object, token = admin) => rig.ask('POST', `/api/v1/${url}`, { token, body });
const get = (url: string, token = admin) => rig.ask('GET', `/api/v1/${url}`, { token });
const put = (url: string, body?: object, token = admin) =>
  rig.ask('PUT', `/api/v1/${url}`, { token, body } satisfies Asked);
const remove = (url: string, token = admin) => rig.ask('DELETE', `/api/v1/${url}`, { token });

const actions = async (): Promise<readonly string[]> => {
  const entries = await listLedger(database.db, TENANT, { limit: 100 });
  return entries
    .map(({ actor, action, subject }) => `${actor} ${action} ${subject}`)
    .toReversed()
    .slice(1);
};

describe('a token', () => {
  it('is shown once, lets in, and is kept as a digest', async () => {
    const made = await post('tokens', { name: 'ci', roles: [{ role: 'developer', project: 'shop' }] });
    expect(made.status).toBe(201);
    const { token, warnings } = made.body;
    expect(token).toMatch(/^slu_/);
    expect(warnings).toEqual([]);
    expect((await get('whoami', String(token))).body).toMatchObject({
      subject: 'token:ci',
      csrf: null,
      roles: [{ role: 'developer', project: 'shop', environment: '*' }],
    });
    const listed = await get('tokens');
    expect(listed.body['items']).toMatchObject([{ name: 'ci', createdBy: 'token:root' }, { name: 'root' }]);
    const rows = await rowsOfTenant(database.db, TENANT);
    expect(JSON.stringify([rows, listed.body])).not.toContain(String(token).slice(-20));
    expect(await actions()).toEqual(['token:root tokenCreated token:ci']);
  });

  it('makes others for as long as it is good itself, and no longer', async () => {
    const roles = [{ role: 'admin' }];
    const { body } = await post('tokens', { name: 'ci', roles, expiresInDays: 30 });
    const ci = String(body['token']);
    const wanted = (expiresInDays: number | null) =>
      post('tokens', { name: 'next', roles, expiresInDays }, ci);
    expect(await wanted(31)).toMatchObject({ status: 403, body: { code: 'beyond-own-rights' } });
    expect(await wanted(null)).toMatchObject({ status: 403, body: { code: 'beyond-own-rights' } });
    expect((await wanted(30)).status).toBe(201);
  });

  it('of workers stands in a list of its own, and is revoked like any other', async () => {
    const wanted = { track: WEB, at: NOON, expiresAt: NOON + 3_600_000, createdBy: 'system' };
    const { id, text } = await issueWorkerToken(database.db, TENANT, wanted);
    expect((await get('whoami', text)).body).toMatchObject({
      subject: `worker:${WEB}`,
      roles: [{ role: 'worker', project: 'default', environment: 'production' }],
    });
    expect((await get('tokens')).body['items']).toMatchObject([{ name: 'root' }]);
    const workers = await get('tokens?workers=true');
    expect(workers.body['items']).toMatchObject([{ id, subject: `worker:${WEB}`, createdBy: 'system' }]);
    expect((await get('tokens?workers=true', text)).body['items']).toMatchObject([{ id }]);
    expect((await remove(`tokens/${id}`, text)).status).toBe(200);
    expect((await get('whoami', text)).status).toBe(401);
    expect(await actions()).toEqual([`worker:${WEB} tokenRevoked token:worker-${id}`]);
  });

  it('gives nobody more than its maker has, nor where they have it', async () => {
    const dan = await rig.token('dan', roleAt('developer', 'shop', 'staging'));
    const asked = (role: object) => post('tokens', { name: 'more', roles: [role] }, dan);
    for (const role of [
      { role: 'admin' },
      { role: 'developer' },
      { role: 'developer', project: 'shop' },
      { role: 'approver', project: 'shop', environment: 'staging' },
    ])
      expect((await asked(role)).body).toMatchObject({ status: 403, code: 'beyond-own-rights' });
    expect((await asked({ role: 'viewer', project: 'shop', environment: 'staging' })).status).toBe(201);
    expect((await asked({ role: 'owner' })).body).toMatchObject({ status: 422, code: 'unknown-role' });
  });

  it('expires after 90 days, or never where an admin says so', async () => {
    const { body } = await post('tokens', { name: 'ci', roles: [{ role: 'viewer' }] });
    rig.clock.now += 90 * 86_400_000 - 1;
    expect((await get('whoami', String(body['token']))).status).toBe(200);
    rig.clock.now += 1;
    expect((await get('whoami', String(body['token']))).body).toMatchObject({ code: 'unknown-credentials' });
    const forever = { name: 'old', roles: [{ role: 'viewer' }], expiresInDays: null };
    expect((await post('tokens', forever)).body['warnings']).toHaveLength(1);
    const dan = await rig.token('dan', roleAt('developer'));
    expect((await post('tokens', { ...forever, name: 'x' }, dan)).body).toMatchObject({
      code: 'must-expire',
    });
  });

  it('is seen and revoked by whoever made it, and by admins', async () => {
    const dan = await rig.token('dan', roleAt('developer'));
    const { body } = await post('tokens', { name: 'dans', roles: [{ role: 'viewer' }] }, dan);
    const eve = await rig.token('eve', roleAt('developer'));
    expect((await get('tokens', eve)).body['items']).toEqual([]);
    expect((await get('tokens', dan)).body['items']).toMatchObject([{ name: 'dans' }]);
    expect((await remove('tokens/dans', eve)).body).toMatchObject({ status: 403 });
    expect((await remove('tokens/dans', dan)).status).toBe(200);
    expect((await get('whoami', String(body['token']))).status).toBe(401);
    expect((await remove('tokens/dans', dan)).status).toBe(404);
    expect((await post('tokens', { name: 'dans', roles: [{ role: 'viewer' }] }, dan)).status).toBe(201);
    expect((await post('tokens', { name: 'dans', roles: [{ role: 'viewer' }] }, dan)).body).toMatchObject({
      code: 'token-exists',
    });
    expect((await remove('tokens/dans')).status).toBe(200);
  });
});

describe('roles', () => {
  it('can be made, given, asked about and removed when nobody has them', async () => {
    const permissions = ['delivery:read', 'delivery:steer'];
    expect((await put('roles/on-call', { permissions })).body).toEqual({
      name: 'on-call',
      builtIn: false,
      permissions,
    });
    const made = await post('tokens', {
      name: 'duty',
      roles: [{ role: 'on-call', environment: 'production' }],
    });
    const duty = String(made.body['token']);
    const questions = [
      { permission: 'delivery:steer', project: 'shop', environment: 'production' },
      { permission: 'delivery:steer', application: 'shop', environment: 'staging' },
      { permission: 'audit:read' },
    ];
    expect((await post('access-decisions', { questions }, duty)).body).toEqual({
      subject: 'token:duty',
      decisions: [
        { ...questions[0], allowed: true, role: 'on-call', reason: null },
        {
          ...{ permission: 'delivery:steer', project: 'default', environment: 'staging', allowed: false },
          role: null,
          reason:
            'token:duty has no role with delivery:steer in the environment staging of the project default',
        },
        {
          ...{ permission: 'audit:read', project: null, environment: null, allowed: false, role: null },
          reason: 'token:duty has no role with audit:read for the whole organisation',
        },
      ],
    });
    expect((await remove('roles/on-call')).body).toMatchObject({ code: 'role-in-use', status: 409 });
    await remove('tokens/duty');
    expect((await remove('roles/on-call')).status).toBe(200);
    expect((await put('roles/admin', { permissions })).body).toMatchObject({ code: 'built-in-role' });
  });

  it('are not removed while approvals are asked of whoever has them', async () => {
    await put('roles/captain', { permissions: ['delivery:approve', 'delivery:read'] });
    const rules = declaredApprovals(database.db, TENANT, () => rig.clock.now);
    const caller = await storedIdentities(database.db, () => rig.clock.now).ofToken(admin);
    if (caller === null) throw new Error('nobody');
    const asked = { approvers: '1 of captain', scope: {}, selfApproval: 'refused', by: '-' } as const;
    await rules.putApprovalRule(caller, 'crew', asked);
    expect((await remove('roles/captain')).body).toMatchObject({
      code: 'role-in-use',
      detail: 'The role captain is held by the rule of approval crew.',
    });
    await rules.removeApprovalRule(caller, 'crew');
    expect((await remove('roles/captain')).status).toBe(200);
  });

  it('are not made larger than whoever makes them, and are for admins to give', async () => {
    await put('roles/porter', { permissions: ['access:read', 'access:manage', 'delivery:read'] });
    const porter = await rig.token('porter', roleAt('porter'));
    expect((await put('roles/more', { permissions: ['delivery:release'] }, porter)).body).toMatchObject({
      code: 'beyond-own-rights',
    });
    const binding = { subject: 'person:mallory@example.com', role: 'admin' };
    expect((await post('role-bindings', binding, porter)).body).toMatchObject({ code: 'beyond-own-rights' });
    const dan = await rig.token('dan', roleAt('operator'));
    expect((await post('role-bindings', binding, dan)).body).toMatchObject({ code: 'forbidden' });
  });

  it('do not leave an organisation without anybody who administers it', async () => {
    await post('role-bindings', { subject: 'person:ada@example.com', role: 'admin' });
    await post('role-bindings', { subject: 'person:bob@example.com', role: 'admin' });
    expect((await get('role-bindings')).body['items']).toHaveLength(2);
    const ada = 'role-bindings?subject=person%3Aada%40example.com&role=admin';
    expect((await remove(ada)).status).toBe(200);
    expect((await remove(ada)).status).toBe(404);
    expect(await actions()).toEqual([
      'token:root roleGiven person:ada@example.com',
      'token:root roleGiven person:bob@example.com',
      'token:root roleTaken person:ada@example.com',
    ]);
  });
});

describe('the last who administers an organisation', () => {
  const ADA = 'person:ada@example.com';
  const member = (subject: string, ...groups: string[]) =>
    noteMember(
      database.db,
      TENANT,
      { subject, name: subject, email: null, groups, issuer: 'https://id.example', issuerSubject: subject },
      rig.clock.now,
    );
  const unbind = (subject: string, token?: string) =>
    remove(`role-bindings?subject=${encodeURIComponent(subject)}&role=admin`, token);
  const LAST = { status: 409, code: 'last-admin' };

  it('is a token that never expires: it is not revoked, and one that expires takes its place from nobody', async () => {
    await post('tokens', { name: 'short', roles: [roleAt('admin')], expiresInDays: 30 });
    expect((await remove('tokens/root')).body).toMatchObject(LAST);
    // Somebody was given the role and has never come: nobody knows whether they can.
    await post('role-bindings', { subject: ADA, role: 'admin' });
    expect((await remove('tokens/root')).body).toMatchObject(LAST);
    await post('tokens', { name: 'second', roles: [roleAt('admin')], expiresInDays: null });
    expect((await remove('tokens/second')).status).toBe(200);
    await member(ADA);
    expect((await remove('tokens/root')).status).toBe(200);
  });

  it('is a person: neither unbound nor removed, by whomever, while no token stands', async () => {
    const short = await post('tokens', { name: 'short', roles: [roleAt('admin')], expiresInDays: 30 });
    const token = String(short.body['token']);
    await member(ADA);
    await post('role-bindings', { subject: ADA, role: 'admin' });
    expect((await remove('tokens/root')).status).toBe(200);
    expect((await unbind(ADA, token)).body).toMatchObject(LAST);
    expect((await remove(`members/${encodeURIComponent(ADA)}`, token)).body).toMatchObject(LAST);
    expect((await get('members', token)).body['items']).toMatchObject([{ roles: [{ role: 'admin' }] }]);
    // Another may go at any time.
    await member('person:bob@example.com');
    await post('role-bindings', { subject: 'person:bob@example.com', role: 'admin' }, token);
    expect((await remove(`members/${encodeURIComponent(ADA)}`, token)).status).toBe(200);
  });

  it('may be one of a group, as long as somebody is in it', async () => {
    const short = await post('tokens', { name: 'short', roles: [roleAt('admin')], expiresInDays: 30 });
    const token = String(short.body['token']);
    await post('role-bindings', { subject: 'group:ops', role: 'admin' });
    expect((await remove('tokens/root')).body).toMatchObject(LAST);
    await member(ADA, 'ops');
    expect((await remove('tokens/root')).status).toBe(200);
    expect((await unbind('group:ops', token)).body).toMatchObject(LAST);
    expect((await remove(`members/${encodeURIComponent(ADA)}`, token)).body).toMatchObject(LAST);
  });

  it('is one of two who take it from each other at the same time', async () => {
    const short = await post('tokens', { name: 'short', roles: [roleAt('admin')], expiresInDays: 30 });
    const token = String(short.body['token']);
    const people = ['person:a@example.com', 'person:b@example.com', 'person:c@example.com'];
    for (const subject of people) {
      await member(subject);
      await post('role-bindings', { subject, role: 'admin' });
    }
    await remove('tokens/root');
    const answers = await Promise.all(people.map((subject) => unbind(subject, token)));
    expect(answers.map(({ status }) => String(status)).toSorted()).toEqual(['200', '200', '409']);
  });
});

describe('projects', () => {
  it('hold applications, and give rights to what is in them', async () => {
    expect((await put('projects/shop')).body).toEqual({ name: 'shop', applications: [] });
    expect((await put('projects/shop/applications/storefront')).body).toEqual({
      name: 'shop',
      applications: ['storefront'],
    });
    const vera = await rig.token('vera', roleAt('viewer', 'shop'));
    expect((await get('projects', vera)).body['items']).toEqual([
      { name: 'shop', applications: ['storefront'] },
    ]);
    const questions = [{ permission: 'delivery:read', application: 'storefront', environment: 'staging' }];
    expect((await post('access-decisions', { questions }, vera)).body).toMatchObject({
      decisions: [{ allowed: true, project: 'shop' }],
    });
    expect((await remove('projects/shop')).body).toMatchObject({ code: 'project-in-use' });
    await put('projects/default/applications/storefront');
    expect((await remove('projects/shop')).status).toBe(200);
    expect((await remove('projects/default')).body).toMatchObject({ code: 'default-project' });
    expect((await put('projects/nowhere/applications/storefront')).body).toMatchObject({ status: 404 });
  });

  it('take in a new application with its first release, of whoever may release there', async () => {
    await put('projects/shop');
    const accounts = storedAccess(database.db, TENANT, () => rig.clock.now);
    const callerOf = async (name: string, role: ReturnType<typeof roleAt>) => {
      const token = await rig.token(name, role);
      const caller = await storedIdentities(database.db, () => rig.clock.now).ofToken(token);
      if (caller === null) throw new Error('nobody');
      return caller;
    };
    const wanted = { application: 'storefront', environment: 'staging', project: 'shop' };
    const stranger = await callerOf('stranger', roleAt('developer', 'bank'));
    expect(await accounts.settle(stranger, wanted)).toMatchObject({ refusal: { status: 403 } });
    const dan = await callerOf('dan', roleAt('developer', 'shop', 'staging'));
    expect(await accounts.settle(dan, { ...wanted, project: 'nowhere' })).toMatchObject({
      refusal: { status: 404 },
    });
    const [first, second] = [await accounts.settle(dan, wanted), await accounts.settle(dan, wanted)];
    expect(first.ok && (await first.value?.place())).toEqual({ ok: true, value: null });
    expect(second.ok && (await second.value?.place())).toEqual({ ok: true, value: null });
    expect(await accounts.settle(stranger, wanted)).toEqual({ ok: true, value: null });
    expect(await accounts.settle(dan, { ...wanted, project: 'default' })).toMatchObject({
      refusal: { status: 409, code: 'in-other-project' },
    });
    expect((await actions()).filter((words) => words.includes('applicationMoved'))).toHaveLength(1);
  });

  it('are left and entered only with rights in both', async () => {
    await put('projects/shop');
    await put('projects/bank');
    await put('projects/shop/applications/storefront');
    const dan = await rig.token('dan', roleAt('developer', 'shop'));
    expect((await put('projects/bank/applications/storefront', undefined, dan)).body).toMatchObject({
      status: 403,
    });
    const both = await rig.token('both', roleAt('developer', 'shop'), roleAt('developer', 'bank'));
    expect((await put('projects/bank/applications/storefront', undefined, both)).status).toBe(200);
  });
});

it('whoever shows nothing is told to sign in', async () => {
  for (const url of ['whoami', 'session', 'tokens', 'roles', 'members', 'projects'])
    expect((await rig.ask('GET', `/api/v1/${url}`)).body).toMatchObject({ status: 401 });
});
