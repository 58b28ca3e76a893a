/**
 * Purpose: members, roles and what was given to whom.
 *
 * Owns the tables `members`, `role_bindings` and `custom_roles`. 1. Nobody gives more than they have, nor makes a role that
 * allows more. 2. There is always somebody left who administers the organisation for good: a member, or a token that never expires. 3. Each change stands in the ledger.
 */
import type { Caller } from '@sluice/core/access/caller.ts';
import { decideAccess, isWithin, ORGANISATION, placeOf } from '@sluice/core/access/decide-access.ts';
import { isPermission } from '@sluice/core/access/permissions.ts';
import { type BuiltInRole, isBuiltInRole, ROLES } from '@sluice/core/access/roles.ts';
import type { Instant } from '@sluice/core/kernel/instant.ts';
import { ok, type Result } from '@sluice/core/kernel/result.ts';
import type { AccessAnswers, AccessQuestions } from '@sluice/protocol/http/access.ts';
import type {
  BindingRequest,
  BindingView,
  MemberView,
  RoleRequest,
  RoleView,
} from '@sluice/protocol/http/members.ts';
import type { Problem } from '@sluice/protocol/http/views.ts';
import { addBinding, listBindings, removeBinding } from '../store/access/bindings.ts';
import { customRoles, DEFAULT_PROJECT, projectOf } from '../store/access/grants.ts';
import { listMembers, type MemberRow, removeMember } from '../store/access/members.ts';
import { putRole, removeRole } from '../store/access/roles.ts';
import type { Database } from '../store/database/open-database.ts';
import { pageOf } from '../store/paging/page-of.ts';
import {
  beyondOwn,
  builtInRole,
  lastAdmin,
  roleInUse,
  unknownBinding,
  unknownMember,
  unknownPermission,
  unknownRole,
} from './access-refusals.ts';
import type { BindingName, MemberRegistry } from './access-registry.ts';
import { refusedRoles } from './stored-tokens.ts';

type People = Omit<
  MemberRegistry,
  'projects' | 'addProject' | 'removeProject' | 'placeApplication' | 'settle'
>;

interface Store {
  readonly db: Database;
  readonly tenant: string;
  readonly now: () => Instant;
}

/** The members of a tenant. */
export const storedMembers = (db: Database, tenant: string, now: () => Instant): People => {
  const store = { db, tenant, now };
  return {
    decide: (caller, questions) => decide(store, caller, questions),
    members: async ({ cursor, limit }) => {
      const after = cursor === null ? {} : { after: cursor };
      const bindings = await listBindings(db, tenant);
      const read = (most: number) => listMembers(db, tenant, { ...after, limit: most });
      return pageOf(limit, read, {
        item: (row) => memberView(row, bindings),
        cursor: ({ subject }) => subject,
      });
    },
    removeMember: async (caller, subject) => {
      const bindings = await listBindings(db, tenant);
      const entry = entryOf(store, caller, { action: 'memberRemoved', subject, detail: {} });
      const removed = await removeMember(db, tenant, subject, entry);
      if (removed === 'unknown') return unknownMember(subject);
      return removed === 'last-admin' ? lastAdmin(subject) : ok(memberView(removed, bindings));
    },
    roles: async () => [...BUILT_IN, ...[...(await customRoles(db, tenant))].map(customView)],
    putRole: (caller, name, request) => makeRole(store, caller, { name, request }),
    removeRole: (caller, name) => dropRole(store, caller, name),
    bindings: async () => (await listBindings(db, tenant)).map((row) => ({ ...row })),
    bind: (caller, request) => bind(store, caller, request),
    unbind: (caller, binding) => unbind(store, caller, binding),
  };
};

const BUILT_IN: readonly RoleView[] = (Object.keys(ROLES) as BuiltInRole[]).map((name) => ({
  name,
  builtIn: true,
  permissions: [...ROLES[name]],
}));

const customView = ([name, permissions]: readonly [string, readonly string[]]): RoleView => ({
  name,
  builtIn: false,
  permissions: permissions.filter(isPermission),
});

async function decide(
  { db, tenant }: Store,
  caller: Caller,
  { questions }: AccessQuestions,
): Promise<AccessAnswers> {
  const decisions = questions.map(async ({ permission, application, environment, project: named }) => {
    const isPlace = named !== undefined || application !== undefined || environment !== undefined;
    const project =
      named ?? (application === undefined ? DEFAULT_PROJECT : await projectOf(db, tenant, application));
    const scope = isPlace ? placeOf(project, environment ?? '*') : ORGANISATION;
    const decision = isPermission(permission)
      ? decideAccess(caller, permission, scope)
      : { allowed: false as const, reason: `there is no permission ${permission}` };
    return {
      permission,
      project: isPlace ? project : null,
      environment: isPlace ? (environment ?? '*') : null,
      allowed: decision.allowed,
      role: decision.allowed ? decision.role : null,
      reason: decision.allowed ? null : decision.reason,
    };
  });
  return { subject: caller.subject, decisions: await Promise.all(decisions) };
}

async function makeRole(
  store: Store,
  caller: Caller,
  { name, request }: { readonly name: string; readonly request: RoleRequest },
): Promise<Result<RoleView, Problem>> {
  if (isBuiltInRole(name)) return builtInRole(name);
  const unknown = request.permissions.find((permission) => !isPermission(permission));
  if (unknown !== undefined) return unknownPermission(unknown);
  const permissions = [...new Set(request.permissions)].filter(isPermission).sort();
  const wanted = { role: name, permissions, project: '*', environment: '*' };
  // Whoever has the role already gets what it allows from now on, wherever they have it.
  if (!isWithin(wanted, caller.grants)) return beyondOwn(name, 'everywhere');
  const entry = entryOf(store, caller, {
    action: 'rolePut',
    subject: `role:${name}`,
    detail: { permissions },
  });
  await putRole(store.db, store.tenant, { name, permissions }, entry);
  return ok({ name, builtIn: false, permissions });
}

async function dropRole(store: Store, caller: Caller, name: string): Promise<Result<RoleView, Problem>> {
  if (isBuiltInRole(name)) return builtInRole(name);
  const before = (await customRoles(store.db, store.tenant)).get(name);
  const entry = entryOf(store, caller, { action: 'roleRemoved', subject: `role:${name}`, detail: {} });
  const removed = await removeRole(store.db, store.tenant, name, entry);
  if (removed === 'unknown' || before === undefined) return unknownRole(name);
  return removed === 'removed' ? ok(customView([name, before])) : roleInUse(name, removed);
}

async function bind(
  store: Store,
  caller: Caller,
  { subject, role, project, environment }: BindingRequest,
): Promise<Result<BindingView, Problem>> {
  const { db, tenant } = store;
  const refused = refusedRoles(caller, [{ role, project, environment }], await customRoles(db, tenant));
  if (refused) return refused;
  const detail = { role, project, environment };
  const entry = entryOf(store, caller, { action: 'roleGiven', subject, detail });
  const added = await addBinding(db, tenant, { subject, ...detail, addedBy: caller.subject }, entry);
  return ok({ ...added });
}

async function unbind(
  store: Store,
  caller: Caller,
  binding: BindingName,
): Promise<Result<BindingName, Problem>> {
  const { subject, ...detail } = binding;
  const entry = entryOf(store, caller, { action: 'roleTaken', subject, detail });
  const removed = await removeBinding(store.db, store.tenant, binding, entry);
  if (removed === 'last-admin') return lastAdmin(subject);
  return removed === 'unknown' ? unknownBinding(subject, binding.role) : ok(binding);
}

const entryOf = (
  { now }: Store,
  caller: Caller,
  what: { readonly action: string; readonly subject: string; readonly detail: unknown },
) => ({ at: now(), actor: caller.subject, ...what });

function memberView(row: MemberRow, bindings: readonly BindingView[]): MemberView {
  const held = new Set([row.subject, ...row.groups.map((group) => `group:${group}`)]);
  const roles = bindings.filter(({ subject }) => held.has(subject));
  return {
    ...row,
    groups: [...row.groups],
    roles: roles.map(({ role, project, environment }) => ({ role, project, environment })),
  };
}
