import type { Caller } from '@sluice/core/access/caller.ts';
import { ROLES } from '@sluice/core/access/roles.ts';
import type { AccessGuard } from '../../access/access-guard.ts';

/** Somebody who may do everything. */
export const ADMIN: Caller = {
  tenant: 'default',
  subject: 'person:ada',
  name: 'Ada',
  groups: [],
  grants: [{ role: 'admin', permissions: ROLES.admin, project: '*', environment: '*' }],
};

/** Access control that takes everybody for one who may do everything: for tests of something else. */
export const everybodyMay = (caller: Caller = ADMIN): AccessGuard => ({
  callerOf: async () => caller,
  mayWith: async () => ({ allowed: true, role: 'admin' }),
  tracksOf: async () => [],
});
