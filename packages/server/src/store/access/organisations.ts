import type { Instant } from '@sluice/core/kernel/instant.ts';
import { sql } from 'kysely';
import { storedText } from '../database/column-values.ts';
import type { Database } from '../database/open-database.ts';
import { appendLedger } from '../journal/append-journal.ts';
import { type NewToken, writeToken } from './tokens.ts';

/** The tenant of whoever runs the control plane. */
export const DEFAULT_TENANT = 'default';

/** An organisation: a tenant with its name for people. */
export interface OrganisationRow {
  readonly tenant: string;
  readonly name: string;
  readonly createdAt: Instant;
}

const COLUMNS = sql.raw('tenant, name, created_at as "createdAt"');

/** Every organisation, in the order of their tenants. */
export async function listOrganisations(db: Database): Promise<readonly OrganisationRow[]> {
  const { rows } = await sql<OrganisationRow>`select ${COLUMNS} from organisations order by tenant`.execute(
    db,
  );
  return rows;
}

/** Whether there is such an organisation. */
export async function isOrganisation(db: Database, tenant: string): Promise<boolean> {
  const { rows } = await sql`select 1 from organisations where tenant = ${tenant}`.execute(db);
  return rows.length > 0;
}

/** Makes an organisation with its first token; undefined when there is one. Both ledgers say so. */
export async function addOrganisation(
  db: Database,
  { tenant, name }: Pick<OrganisationRow, 'tenant' | 'name'>,
  first: { readonly token: NewToken; readonly by: string; readonly at: Instant },
): Promise<OrganisationRow | undefined> {
  return db.transaction().execute(async (transaction) => {
    const { rows } = await sql<OrganisationRow>`
      insert into organisations (tenant, name) values (${tenant}, ${storedText(name)})
      on conflict do nothing returning ${COLUMNS}`.execute(transaction);
    if (!rows[0]) return undefined;
    const entry = { at: first.at, actor: first.by, subject: `organisation:${tenant}` };
    const { roles } = first.token;
    await writeToken(transaction, tenant, first.token, {
      ...{ at: first.at, actor: 'system', action: 'tokenCreated' },
      ...{ subject: `token:${first.token.name}`, detail: { roles, expiresAt: null } },
    });
    await appendLedger(transaction, DEFAULT_TENANT, [
      { ...entry, action: 'organisationCreated', detail: { name } },
    ]);
    return rows[0];
  });
}
