import type { Grant } from '@sluice/core/access/caller.ts';
import { isPermission } from '@sluice/core/access/permissions.ts';
import { isBuiltInRole, ROLES } from '@sluice/core/access/roles.ts';
import type { RoleAt } from '../store/access/tokens.ts';

/** What roles at places allow; a role that is no more allows nothing. */
export const grantsOf = (
  roles: readonly RoleAt[],
  custom: ReadonlyMap<string, readonly string[]>,
): readonly Grant[] =>
  roles.map(({ role, project, environment }) => ({
    role,
    permissions: isBuiltInRole(role) ? ROLES[role] : (custom.get(role) ?? []).filter(isPermission),
    project,
    environment,
  }));
