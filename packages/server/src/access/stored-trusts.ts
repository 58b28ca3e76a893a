/**
 * Purpose: whose CI jobs are let in.
 *
 * Owns the table `trusts`. Nobody trusts a job with more than they have themselves.
 */
import type { Instant } from '@sluice/core/kernel/instant.ts';
import { ok } from '@sluice/core/kernel/result.ts';
import type { TrustView } from '@sluice/protocol/http/trusts.ts';
import { customRoles } from '../store/access/grants.ts';
import { listTrusts, putTrust, removeTrust, type TrustRow } from '../store/access/trusts.ts';
import type { Database } from '../store/database/open-database.ts';
import { unknownTrust, unsafeIssuer } from './access-refusals.ts';
import type { TrustRegistry } from './access-registry.ts';
import { isSafeIssuer } from './oidc-settings.ts';
import { refusedRoles } from './stored-tokens.ts';

/** The trusts of a tenant. */
export const storedTrusts = (db: Database, tenant: string, now: () => Instant): TrustRegistry => ({
  trusts: async () => (await listTrusts(db, tenant)).map(viewOf),
  putTrust: async (caller, name, { issuer, audience, claims, roles }) => {
    if (!isSafeIssuer(issuer)) return unsafeIssuer(issuer);
    const refused = refusedRoles(caller, roles, await customRoles(db, tenant));
    if (refused) return refused;
    const detail = { issuer, audience, claims, roles };
    const row = await putTrust(
      db,
      tenant,
      { name, ...detail, addedBy: caller.subject },
      { at: now(), actor: caller.subject, action: 'trustPut', subject: `workload:${name}`, detail },
    );
    return ok(viewOf(row));
  },
  removeTrust: async (caller, name) => {
    const entry = { at: now(), actor: caller.subject, action: 'trustRemoved', subject: `workload:${name}` };
    const row = await removeTrust(db, tenant, name, { ...entry, detail: {} });
    return row ? ok(viewOf(row)) : unknownTrust(name);
  },
});

const viewOf = ({ claims, roles, ...row }: TrustRow): TrustView => ({
  ...row,
  claims: { ...claims },
  roles: [...roles],
});
