/**
 * Purpose: what somebody declares holds no further than their rights reach, and they see no more of it.
 *
 * A scope that names an application alone is a place in its project: whoever manages the gates of that project may declare
 * it, and it stays within that project should the application move.
 */
import { type Caller, EVERY } from '@sluice/core/access/caller.ts';
import { decideAccess, ORGANISATION, placeOf } from '@sluice/core/access/decide-access.ts';
import type { GateScope } from '@sluice/core/gates/gate-scope.ts';
import { ok, type Result } from '@sluice/core/kernel/result.ts';
import type { Problem } from '@sluice/protocol/http/views.ts';
import type { FreezeView } from '@sluice/protocol/http/gate-rules.ts';
import type { Page } from '../rollouts/control-plane.ts';
import { DEFAULT_PROJECT, projectOf } from '../store/access/grants.ts';
import type { Database } from '../store/database/open-database.ts';
import type { ScopeColumns } from '../store/gates/gate-columns.ts';
import { projectsOf } from '../store/gates/projects-of.ts';
import { scopeOf } from './declared-views.ts';
import { mayNotDeclare } from './gate-refusals.ts';

/** Where somebody may declare what they wish to: the scope, narrowed to a project where they have rights in that alone. */
export async function scopeWithin(
  db: Database,
  tenant: string,
  caller: Caller,
  scope: GateScope,
): Promise<Result<GateScope, Problem>> {
  if (decideAccess(caller, 'gates:manage', ORGANISATION).allowed) return ok(scope);
  const { application } = scope;
  const project = scope.project ?? (application === null ? null : await projectOf(db, tenant, application));
  const place = placeOf(project ?? EVERY, scope.environment ?? EVERY);
  const decision = decideAccess(caller, 'gates:manage', place);
  return decision.allowed ? ok({ ...scope, project }) : mayNotDeclare(decision.reason);
}

/** Why somebody may not change what is declared already; null when they may, or nothing is. */
export async function refusedAt(
  db: Database,
  tenant: string,
  caller: Caller,
  present: ScopeColumns | null,
): Promise<Extract<Result<never, Problem>, { ok: false }> | null> {
  const within = present && (await scopeWithin(db, tenant, caller, scopeOf(present)));
  return within === null || within.ok ? null : within;
}

/** The part of a page that somebody may see: what holds somewhere where they see gates. */
export async function seenBy<View extends { readonly scope: FreezeView['scope'] }>(
  db: Database,
  tenant: string,
  caller: Caller,
  page: Page<View>,
): Promise<Page<View>> {
  if (decideAccess(caller, 'gates:read', ORGANISATION).allowed) return page;
  const projects = await projectsOf(db, tenant);
  const reading = caller.grants.filter(({ permissions }) => permissions.includes('gates:read'));
  const sees = ({ scope: { project, application, environment } }: View): boolean => {
    const inProject = project ?? (application && (projects.get(application) ?? DEFAULT_PROJECT));
    return reading.some((grant) => meet(grant.project, inProject) && meet(grant.environment, environment));
  };
  return { ...page, items: page.items.filter(sees) };
}

const meet = (given: string, declared: string | undefined): boolean =>
  given === EVERY || declared === undefined || given === declared;
