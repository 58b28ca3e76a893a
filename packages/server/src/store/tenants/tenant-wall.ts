/**
 * The second wall between tenants: row-level security (PostgreSQL 5.9). The first is that every function of the store takes
 * the tenant. A connection that is bound to a tenant (`openTenantDatabases`) takes on the role `sluice_tenant`, to which
 * PostgreSQL shows the rows of that tenant alone, and lets it write no others, whatever a statement says.
 *
 * The wall is put up after the migrations, around every table that has a column `tenant`, so that a new table stands behind
 * it without anybody thinking of it.
 */
import { type Kysely, sql } from 'kysely';
import type { Database } from '../database/open-database.ts';
import type { StoreSchema } from '../database/store-schema.ts';
import { TENANT_ROLE, TENANT_SETTING } from './tenant-role.ts';

/** Puts the wall up where it does not stand yet. Without the right to make roles it is left out: see `hasTenantWall`. */
export async function buildTenantWall(connection: Kysely<StoreSchema>): Promise<void> {
  if (!(await takeOnRole(connection))) return;
  const { rows } = await sql<{ readonly name: string }>`
    select c.relname as name from pg_class c
    join pg_attribute a on a.attrelid = c.oid and a.attname = 'tenant' and not a.attisdropped
    where c.relkind in ('r', 'p') and c.relnamespace = current_schema()::regnamespace
      and not exists (select from pg_policy p where p.polrelid = c.oid and p.polname = 'tenant_wall')
    order by c.relname`.execute(connection);
  for (const { name } of rows) {
    await sql`alter table ${sql.id(name)} enable row level security`.execute(connection);
    await sql`create policy tenant_wall on ${sql.id(name)}
      using (tenant = current_setting(${sql.lit(TENANT_SETTING)}, true))
      with check (tenant = current_setting(${sql.lit(TENANT_SETTING)}, true))`.execute(connection);
  }
  await sql.raw(`grant usage on schema public to ${TENANT_ROLE}`).execute(connection);
  await sql
    .raw(`grant select, insert, update, delete on all tables in schema public to ${TENANT_ROLE}`)
    .execute(connection);
  await sql.raw(`grant usage on all sequences in schema public to ${TENANT_ROLE}`).execute(connection);
}

/** Whether this connection's user can take on the role, so that the wall holds. */
export async function hasTenantWall(db: Database): Promise<boolean> {
  const { rows } = await sql<{ readonly holds: boolean }>`
    select exists (select from pg_roles where rolname = ${TENANT_ROLE})
      and (select bool_or(pg_has_role(current_user, oid, 'member')) from pg_roles where rolname = ${TENANT_ROLE})
      as holds`.execute(db);
  return rows[0]?.holds === true;
}

/** Roles belong to the whole PostgreSQL server: another database of it may have made this one, or be making it now. */
async function takeOnRole(connection: Kysely<StoreSchema>): Promise<boolean> {
  await sql
    .raw(
      `do $$ begin
        create role ${TENANT_ROLE} nologin;
      exception when duplicate_object or unique_violation or insufficient_privilege then null;
      end $$`,
    )
    .execute(connection);
  await sql
    .raw(
      `do $$ begin
        if not pg_has_role(current_user, '${TENANT_ROLE}', 'member') then grant ${TENANT_ROLE} to current_user; end if;
      exception when undefined_object or insufficient_privilege then null;
      end $$`,
    )
    .execute(connection);
  return hasTenantWall(connection);
}
