import { assert } from '@sluice/core/kernel/assert.ts';
import { sql } from 'kysely';
import { storedInstant, storedText } from '../database/column-values.ts';
import type { Database } from '../database/open-database.ts';
import { appendLedger } from '../journal/append-journal.ts';
import type { NewLedgerEntry } from '../ledger/grow-ledger.ts';
import { DECLARED, type DeclaredRow, MOST_DECLARED } from './gate-columns.ts';

/** A rule of approval as it is stored. */
export interface ApprovalRuleRow extends DeclaredRow {
  readonly needed: number;
  readonly voters: readonly string[];
  readonly selfApproval: 'refused' | 'allowed';
  readonly expiresMs: number;
}

const COLUMNS = sql.raw(
  `${DECLARED}, needed, voters, self_approval as "selfApproval", expires_ms as "expiresMs"`,
);

/** Rules in the order of their names. */
export async function listApprovalRules(
  db: Database,
  tenant: string,
  { after = '', limit = MOST_DECLARED }: { after?: string; limit?: number } = {},
): Promise<readonly ApprovalRuleRow[]> {
  const { rows } = await sql<ApprovalRuleRow>`
    select ${COLUMNS} from approval_rules where tenant = ${tenant} and name > ${after}
    order by name limit ${limit}`.execute(db);
  return rows;
}

/** Declares a rule, or changes it, and writes down who did. */
export async function putApprovalRule(
  transaction: Database,
  tenant: string,
  rule: Omit<ApprovalRuleRow, 'declaredAt'>,
  entry: NewLedgerEntry,
): Promise<ApprovalRuleRow> {
  const { name, project, application, environment, component, needed, voters, selfApproval } = rule;
  const { rows } = await sql<ApprovalRuleRow>`
    insert into approval_rules (tenant, name, project, application, environment, component, needed, voters, self_approval,
      expires_ms, declared_by, declared_at)
    values (${tenant}, ${name}, ${project}, ${application}, ${environment}, ${component}, ${needed},
      ${[...voters]}::text[], ${selfApproval}, ${rule.expiresMs}, ${storedText(rule.declaredBy)},
      ${storedInstant(entry.at)})
    on conflict (tenant, name) do update set project = excluded.project, application = excluded.application,
      environment = excluded.environment, component = excluded.component, needed = excluded.needed,
      voters = excluded.voters, self_approval = excluded.self_approval, expires_ms = excluded.expires_ms,
      declared_by = excluded.declared_by, declared_at = excluded.declared_at
    returning ${COLUMNS}`.execute(transaction);
  await appendLedger(transaction, tenant, [entry]);
  const [row] = rows;
  assert(row, 'an upsert returns its row');
  return row;
}

/** Removes a rule, and writes down who did; null when there is none of the name. */
export async function removeApprovalRule(
  transaction: Database,
  tenant: string,
  name: string,
  entry: NewLedgerEntry,
): Promise<ApprovalRuleRow | null> {
  const { rows } = await sql<ApprovalRuleRow>`
    delete from approval_rules where tenant = ${tenant} and name = ${name} returning ${COLUMNS}`.execute(
    transaction,
  );
  const [row] = rows;
  if (row) await appendLedger(transaction, tenant, [entry]);
  return row ?? null;
}
