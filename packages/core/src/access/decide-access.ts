import { type Caller, EVERY, type Grant } from './caller.ts';
import type { Permission } from './permissions.ts';

/** On what something is to be done. */
export type AccessScope =
  /** What belongs to no project: members, channels, clusters, the ledger. */
  | { readonly kind: 'organisation' }
  /** At least one place; for lists, which then show what may be seen. */
  | { readonly kind: 'anywhere' }
  | { readonly kind: 'place'; readonly project: string; readonly environment: string };

/** Whether somebody may, and by which role, or what is missing. */
export type AccessDecision =
  | { readonly allowed: true; readonly role: string }
  | { readonly allowed: false; readonly reason: string };

/** The whole organisation. */
export const ORGANISATION: AccessScope = { kind: 'organisation' };
/** Wherever it may be. */
export const ANYWHERE: AccessScope = { kind: 'anywhere' };
/** An environment of a project. */
export const placeOf = (project: string, environment: string): AccessScope => ({
  kind: 'place',
  project,
  environment,
});

/** Decides whether a caller may do something: by the first grant that allows it there. Nothing is ever forbidden by a grant. */
export function decideAccess(caller: Caller, permission: Permission, scope: AccessScope): AccessDecision {
  const grant = caller.grants.find((given) => given.permissions.includes(permission) && covers(given, scope));
  if (grant) return { allowed: true, role: grant.role };
  return { allowed: false, reason: `${caller.subject} has no role with ${permission} ${where(scope)}` };
}

/** Whether every right of one grant is among those of others, so that nobody gives away more than they have. */
export function isWithin(grant: Grant, others: readonly Grant[]): boolean {
  return grant.permissions.every((permission) =>
    others.some(
      (other) =>
        other.permissions.includes(permission) &&
        reaches(other.project, grant.project) &&
        reaches(other.environment, grant.environment),
    ),
  );
}

function covers({ project, environment }: Grant, scope: AccessScope): boolean {
  if (scope.kind === 'anywhere') return true;
  if (scope.kind === 'organisation') return project === EVERY && environment === EVERY;
  return reaches(project, scope.project) && reaches(environment, scope.environment);
}

const reaches = (given: string, wanted: string): boolean => given === EVERY || given === wanted;

function where(scope: AccessScope): string {
  if (scope.kind === 'anywhere') return 'anywhere';
  if (scope.kind === 'organisation') return 'for the whole organisation';
  const environment =
    scope.environment === EVERY ? 'all environments' : `the environment ${scope.environment}`;
  return `in ${environment} of ${scope.project === EVERY ? 'all projects' : `the project ${scope.project}`}`;
}
