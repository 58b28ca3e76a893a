import { sql } from 'kysely';
import type { Database } from '../database/open-database.ts';
import { appendLedger } from '../journal/append-journal.ts';
import type { NewLedgerEntry } from '../ledger/grow-ledger.ts';

/** Makes a role, or changes what it allows. */
export async function putRole(
  db: Database,
  tenant: string,
  role: { readonly name: string; readonly permissions: readonly string[] },
  entry: NewLedgerEntry,
): Promise<void> {
  await db.transaction().execute(async (transaction) => {
    await sql`
      insert into custom_roles (tenant, name, permissions) values (${tenant}, ${role.name}, ${role.permissions})
      on conflict (tenant, name) do update set permissions = excluded.permissions`.execute(transaction);
    await appendLedger(transaction, tenant, [entry]);
  });
}

/** Removes a role that nobody has; says who has it otherwise, subjects and tokens. */
export async function removeRole(
  db: Database,
  tenant: string,
  name: string,
  entry: NewLedgerEntry,
): Promise<'removed' | 'unknown' | readonly string[]> {
  return db.transaction().execute(async (transaction) => {
    const { rows: holders } = await sql<{ readonly holder: string }>`
      select subject as holder from role_bindings where tenant = ${tenant} and role = ${name}
      union
      select 'token:' || name from tokens where tenant = ${tenant} and revoked_at is null
        and (expires_at is null or expires_at > now())
        and exists (select from jsonb_array_elements(roles) r where r ->> 'role' = ${name})
      union
      select 'trust ' || name from trusts where tenant = ${tenant}
        and exists (select from jsonb_array_elements(roles) r where r ->> 'role' = ${name})
      union
      select 'the rule of approval ' || name from approval_rules where tenant = ${tenant} and ${name} = any(voters)
      order by holder`.execute(transaction);
    if (holders.length > 0) return holders.map(({ holder }) => holder);
    const { numAffectedRows = 0n } = await sql`
      delete from custom_roles where tenant = ${tenant} and name = ${name}`.execute(transaction);
    if (numAffectedRows === 0n) return 'unknown';
    await appendLedger(transaction, tenant, [entry]);
    return 'removed';
  });
}
