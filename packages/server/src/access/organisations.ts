import type { Instant } from '@sluice/core/kernel/instant.ts';
import { ok, type Result } from '@sluice/core/kernel/result.ts';
import type {
  NewOrganisation,
  OrganisationReply,
  OrganisationView,
} from '@sluice/protocol/http/organisations.ts';
import type { Problem } from '@sluice/protocol/http/views.ts';
import { addOrganisation, listOrganisations } from '../store/access/organisations.ts';
import type { Database } from '../store/database/open-database.ts';
import { refusedWith } from '../rollouts/problems.ts';
import { mintToken } from './bearer-token.ts';

/** The organisations of a control plane. */
export interface Organisations {
  list(): Promise<readonly OrganisationView[]>;
  /** Makes one, with a first token of the role admin, which is told this once. */
  add(wanted: NewOrganisation, by: string): Promise<Result<OrganisationReply, Problem>>;
}

/** Organisations in PostgreSQL; without the second wall there can be but one. */
export const storedOrganisations = (
  db: Database,
  { isWalled, now }: { readonly isWalled: boolean; readonly now: () => Instant },
): Organisations => ({
  list: () => listOrganisations(db),
  add: async (wanted, by) => {
    if (!isWalled) return noWall();
    const { id, text, digest } = mintToken();
    const roles = [{ role: 'admin', project: '*', environment: '*' }];
    const token = { id, name: 'admin', digest, roles, createdBy: by, expiresAt: null };
    const added = await addOrganisation(db, wanted, { token, by, at: now() });
    return added ? ok({ organisation: added, token: text }) : present(wanted.tenant);
  },
});

const noWall = () =>
  refusedWith(409, 'no-tenant-wall', {
    title: 'No second wall',
    detail:
      'The user of the database may not make the role sluice_tenant, by which PostgreSQL keeps tenants apart.',
    remedy:
      'As a superuser of PostgreSQL say `create role sluice_tenant nologin; grant sluice_tenant to USER`, and start the control plane again.',
  });

const present = (tenant: string) =>
  refusedWith(409, 'organisation-exists', {
    title: 'Organisation exists',
    detail: `There is an organisation ${tenant} already.`,
    remedy: 'Choose another name; `sluice organisations list` shows those that there are.',
  });
