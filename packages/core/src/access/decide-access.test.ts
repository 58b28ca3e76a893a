import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Caller, Grant } from './caller.ts';
import { ANYWHERE, decideAccess, isWithin, ORGANISATION, placeOf } from './decide-access.ts';
import { PERMISSIONS, type Permission } from './permissions.ts';
import { ROLES, type BuiltInRole } from './roles.ts';

const grantOf = (role: BuiltInRole, project = '*', environment = '*'): Grant => ({
  role,
  permissions: ROLES[role],
  project,
  environment,
});

const callerWith = (...grants: readonly Grant[]): Caller => ({
  tenant: 'acme',
  subject: 'person:ada',
  name: 'Ada',
  groups: [],
  grants,
});

describe('a decision about access', () => {
  it('goes by the first role that allows it at the place', () => {
    const ada = callerWith(grantOf('viewer'), grantOf('developer', 'shop', 'staging'));
    const release = (project: string, environment: string) =>
      decideAccess(ada, 'delivery:release', placeOf(project, environment));
    expect(release('shop', 'staging')).toEqual({ allowed: true, role: 'developer' });
    expect(release('shop', 'production')).toEqual({
      allowed: false,
      reason:
        'person:ada has no role with delivery:release in the environment production of the project shop',
    });
    expect(release('bank', 'staging').allowed).toBe(false);
    expect(decideAccess(ada, 'delivery:read', placeOf('bank', 'production'))).toEqual({
      allowed: true,
      role: 'viewer',
    });
  });

  it('demands a role everywhere for what belongs to the organisation', () => {
    const local = callerWith(grantOf('admin', 'shop'), grantOf('admin', '*', 'production'));
    expect(decideAccess(local, 'access:manage', ORGANISATION)).toEqual({
      allowed: false,
      reason: 'person:ada has no role with access:manage for the whole organisation',
    });
    expect(decideAccess(callerWith(grantOf('admin')), 'access:manage', ORGANISATION).allowed).toBe(true);
  });

  it('lets lists be asked for by whoever sees anything at all', () => {
    expect(decideAccess(callerWith(grantOf('viewer', 'shop')), 'delivery:read', ANYWHERE).allowed).toBe(true);
    expect(decideAccess(callerWith(grantOf('worker')), 'delivery:read', ANYWHERE)).toEqual({
      allowed: false,
      reason: 'person:ada has no role with delivery:read anywhere',
    });
  });

  it('allows nothing to whoever has no role', () => {
    for (const permission of Object.keys(PERMISSIONS) as Permission[])
      expect(decideAccess(callerWith(), permission, ANYWHERE).allowed).toBe(false);
  });
});

const place = fc.constantFrom('*', 'shop', 'bank');
const grants = fc
  .record({
    role: fc.constant('any'),
    permissions: fc.subarray(Object.keys(PERMISSIONS) as Permission[], { maxLength: 5 }),
    project: place,
    environment: fc.constantFrom('*', 'staging', 'production'),
  })
  .map((grant): Grant => grant);

describe('a grant within others', () => {
  it('allows nothing that the others do not allow', () => {
    fc.assert(
      fc.property(grants, fc.array(grants, { maxLength: 4 }), (grant, others) => {
        fc.pre(isWithin(grant, others));
        const given = callerWith(grant);
        const giver = callerWith(...others);
        for (const permission of grant.permissions)
          for (const project of ['shop', 'bank'])
            for (const environment of ['staging', 'production'])
              if (decideAccess(given, permission, placeOf(project, environment)).allowed)
                expect(decideAccess(giver, permission, placeOf(project, environment)).allowed).toBe(true);
      }),
    );
  });

  it('is not one that reaches further', () => {
    expect(isWithin(grantOf('viewer'), [grantOf('viewer', 'shop'), grantOf('viewer', 'bank')])).toBe(false);
    expect(isWithin(grantOf('developer', 'shop'), [grantOf('viewer')])).toBe(false);
    expect(isWithin(grantOf('viewer', 'shop', 'staging'), [grantOf('developer', 'shop')])).toBe(true);
  });
});

describe('the table of roles', () => {
  it('is as people were told', () => {
    const allowed = (role: BuiltInRole) => (permission: string) =>
      (ROLES[role] as readonly string[]).includes(permission);
    const table = Object.keys(PERMISSIONS).map((permission) => {
      const roles = (Object.keys(ROLES) as BuiltInRole[]).filter((role) => allowed(role)(permission));
      return `${permission.padEnd(22)}${roles.join(' ')}`;
    });
    expect(table.join('\n')).toMatchInlineSnapshot(`
      "delivery:read         viewer developer approver operator admin
      delivery:release      developer operator admin
      delivery:steer        developer operator admin
      delivery:approve      approver admin
      delivery:break-glass  operator admin
      tasks:read            viewer developer approver operator admin
      tasks:submit          developer operator admin
      tasks:steer           developer operator admin
      agents:read           viewer developer approver operator admin
      agents:manage         operator admin
      agents:work           admin worker
      memory:read           developer operator admin
      memory:write          developer operator admin
      tools:read            viewer developer approver operator admin
      tools:manage          operator admin
      schedules:manage      developer operator admin
      clusters:read         viewer developer approver operator admin
      clusters:manage       operator admin
      gates:read            viewer developer approver operator admin
      gates:manage          operator admin
      policies:read         viewer developer approver operator admin
      policies:manage       admin
      channels:read         viewer developer approver operator admin
      channels:manage       operator admin
      secrets:manage        operator admin
      audit:read            approver operator admin
      audit:manage          admin
      access:read           operator admin
      access:manage         admin
      metrics:read          viewer developer approver operator admin"
    `);
  });
});
