import { sql } from 'kysely';
import type { Database } from '../database/open-database.ts';

/** Undoes a transaction after which nobody would administer the organisation. */
class LastAdmin extends Error {}

/**
 * Carries out what takes rights away, unless somebody administered the whole organisation before and nobody does after it:
 * then nothing is changed. Changes of a tenant come one after the other, so that two who take the role from each other at
 * once do not both succeed.
 */
export async function keepingAnAdmin<Done>(
  db: Database,
  tenant: string,
  change: (transaction: Database) => Promise<Done>,
): Promise<Done | 'last-admin'> {
  try {
    return await db.transaction().execute(async (transaction) => {
      await sql`select pg_advisory_xact_lock(hashtextextended(${`access ${tenant}`}, 0))`.execute(
        transaction,
      );
      const was = await isAdministered(transaction, tenant);
      const done = await change(transaction);
      if (was && !(await isAdministered(transaction, tenant))) throw new LastAdmin();
      return done;
    });
  } catch (thrown) {
    if (thrown instanceof LastAdmin) return 'last-admin';
    throw thrown;
  }
}

/**
 * Whether somebody administers a whole organisation for good: a member with the role admin of their own or by a group, or a
 * token with it that never expires, such as the first one.
 */
async function isAdministered(db: Database, tenant: string): Promise<boolean> {
  const { rows } = await sql`
    select from role_bindings b
    join members m on m.tenant = b.tenant
      and (m.subject = b.subject or b.subject = any(select 'group:' || g from unnest(m.groups) g))
    where b.tenant = ${tenant} and b.role = 'admin' and b.project = '*' and b.environment = '*'
    union all
    select from tokens t
    where t.tenant = ${tenant} and t.revoked_at is null and t.expires_at is null and t.acts_as is null
      and exists (select from jsonb_array_elements(t.roles) r
        where r ->> 'role' = 'admin' and r ->> 'project' = '*' and r ->> 'environment' = '*')
    limit 1`.execute(db);
  return rows.length > 0;
}
