import type { Instant } from '@sluice/core/kernel/instant.ts';
import type { Database } from '../store/database/open-database.ts';
import type { AccessRegistry } from './access-registry.ts';
import { storedJoining } from './joining/stored-joining.ts';
import { storedMembers } from './stored-members.ts';
import { storedProjects } from './stored-projects.ts';
import { storedTokens } from './stored-tokens.ts';
import { storedTrusts } from './stored-trusts.ts';

/** Who may do what in a tenant, kept in PostgreSQL. */
export const storedAccess = (db: Database, tenant: string, now: () => Instant): AccessRegistry => ({
  ...storedTokens(db, tenant, now),
  ...storedMembers(db, tenant, now),
  ...storedProjects(db, tenant, now),
  ...storedTrusts(db, tenant, now),
  ...storedJoining(db, tenant, now),
});
