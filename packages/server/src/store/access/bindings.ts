import type { Instant } from '@sluice/core/kernel/instant.ts';
import { sql } from 'kysely';
import { storedText, timestamp } from '../database/column-values.ts';
import type { Database } from '../database/open-database.ts';
import { appendLedger } from '../journal/append-journal.ts';
import type { NewLedgerEntry } from '../ledger/grow-ledger.ts';
import { keepingAnAdmin } from './keeping-an-admin.ts';
import type { RoleAt } from './tokens.ts';

/** A role that a subject was given. */
export interface BindingRow extends RoleAt {
  readonly subject: string;
  readonly addedBy: string;
  readonly addedAt: Instant;
}

const COLUMNS = sql.raw('subject, role, project, environment, added_by as "addedBy", added_at as "addedAt"');

/** Everything that was given, in the order of the subjects; a tenant has hundreds at most. */
export async function listBindings(db: Database, tenant: string): Promise<readonly BindingRow[]> {
  const { rows } = await sql<BindingRow>`
    select ${COLUMNS} from role_bindings where tenant = ${tenant}
    order by subject, role, project, environment`.execute(db);
  return rows;
}

/** Gives a subject a role; the ledger says so unless it had it already. */
export async function addBinding(
  db: Database,
  tenant: string,
  binding: Omit<BindingRow, 'addedAt'>,
  entry: NewLedgerEntry,
): Promise<BindingRow> {
  const { subject, role, project, environment, addedBy } = binding;
  return db.transaction().execute(async (transaction) => {
    const { rows } = await sql<BindingRow>`
      insert into role_bindings (tenant, subject, role, project, environment, added_by, added_at)
      values (${tenant}, ${storedText(subject)}, ${role}, ${project}, ${environment}, ${storedText(addedBy)},
        ${timestamp(entry.at)})
      on conflict do nothing returning ${COLUMNS}`.execute(transaction);
    if (rows[0]) await appendLedger(transaction, tenant, [entry]);
    return rows[0] ?? { ...binding, addedAt: entry.at };
  });
}

/** What became of the wish to take a role away. */
export type Unbound = 'removed' | 'unknown' | 'last-admin';

/** Takes a role from a subject, unless nobody would be left who administers the organisation. */
export async function removeBinding(
  db: Database,
  tenant: string,
  { subject, role, project, environment }: RoleAt & { readonly subject: string },
  entry: NewLedgerEntry,
): Promise<Unbound> {
  return keepingAnAdmin(db, tenant, async (transaction) => {
    const { numAffectedRows = 0n } = await sql`
      delete from role_bindings where tenant = ${tenant} and subject = ${subject} and role = ${role}
        and project = ${project} and environment = ${environment}`.execute(transaction);
    if (numAffectedRows === 0n) return 'unknown';
    await appendLedger(transaction, tenant, [entry]);
    return 'removed';
  });
}
