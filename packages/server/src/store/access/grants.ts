import { sql } from 'kysely';
import type { Database } from '../database/open-database.ts';
import type { RoleAt } from './tokens.ts';

/** The roles that subjects were given. */
export async function rolesOf(
  db: Database,
  tenant: string,
  subjects: readonly string[],
): Promise<readonly RoleAt[]> {
  const { rows } = await sql<RoleAt>`
    select distinct role, project, environment from role_bindings
    where tenant = ${tenant} and subject = any(${subjects})`.execute(db);
  return rows;
}

/** The permissions of the roles that a tenant has made for itself, by their names. */
export async function customRoles(
  db: Database,
  tenant: string,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const { rows } = await sql<{ readonly name: string; readonly permissions: readonly string[] }>`
    select name, permissions from custom_roles where tenant = ${tenant}`.execute(db);
  return new Map(rows.map(({ name, permissions }) => [name, permissions]));
}

/** The project that an application is in. */
export async function projectOf(db: Database, tenant: string, application: string): Promise<string> {
  const { rows } = await sql<{ readonly project: string }>`
    select project from applications where tenant = ${tenant} and application = ${application}`.execute(db);
  return rows[0]?.project ?? DEFAULT_PROJECT;
}

/** Where applications are that were put nowhere else. */
export const DEFAULT_PROJECT = 'default';
