import { ANONYMOUS, type Caller } from '@sluice/core/access/caller.ts';
import { decideAccess, placeOf } from '@sluice/core/access/decide-access.ts';
import type { Permission } from '@sluice/core/access/permissions.ts';
import { projectOf } from '../store/access/grants.ts';
import { tracksOf } from '../store/access/tracks-of.ts';
import type { Database } from '../store/database/open-database.ts';
import type { AccessGuard } from './access-guard.ts';
import type { Identities } from './identities.ts';

/** What the guard works with. */
export interface StoredGuardPorts {
  readonly db: Database;
  readonly identities: Identities;
  /** What whoever shows nothing may do on this machine, in the whole organisation `default`. */
  readonly anonymous: readonly Permission[];
}

/** Access control over the store. */
export function storedGuard({ db, identities, anonymous }: StoredGuardPorts): AccessGuard {
  const nobody: Caller = {
    tenant: 'default',
    subject: ANONYMOUS,
    name: ANONYMOUS,
    groups: [],
    grants: [{ role: ANONYMOUS, permissions: anonymous, project: '*', environment: '*' }],
  };
  return {
    callerOf: async ({ bearer, session, tls }) => {
      if (bearer !== null) return identities.ofToken(bearer);
      if (session !== null) return identities.ofSession(session);
      if (tls?.certificate) return identities.ofCertificate(tls.certificate);
      // What is anybody's on this machine is nobody's who comes from elsewhere.
      return tls ? { ...nobody, grants: [] } : nobody;
    },
    isRevoked: (credentials) => identities.isRevoked(credentials),
    mayWith: async (caller, permission, track) => {
      const [application = '', environment = ''] = track.split('/');
      const project = await projectOf(db, caller.tenant, application);
      return decideAccess(caller, permission, placeOf(project, environment));
    },
    tracksOf: (caller, kind, id) => tracksOf(db, caller.tenant, kind, id),
  };
}
