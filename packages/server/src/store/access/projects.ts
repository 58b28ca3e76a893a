import { sql } from 'kysely';
import type { Database } from '../database/open-database.ts';
import { appendLedger } from '../journal/append-journal.ts';
import type { NewLedgerEntry } from '../ledger/grow-ledger.ts';
import { DEFAULT_PROJECT } from './grants.ts';

/** A project with what is in it. */
export interface ProjectRow {
  readonly name: string;
  readonly applications: readonly string[];
}

/** All projects in the order of their names; `default` is always there and holds what is in no other. */
export async function listProjects(db: Database, tenant: string): Promise<readonly ProjectRow[]> {
  const { rows } = await sql<ProjectRow>`
    with placed as (
      select application, project from applications where tenant = ${tenant}
      union
      select distinct t.application, ${DEFAULT_PROJECT} from tracks t
      where t.tenant = ${tenant} and not exists (
        select from applications a where a.tenant = t.tenant and a.application = t.application)
    ), named as (
      select name from projects where tenant = ${tenant}
      union select project from placed
      union select ${DEFAULT_PROJECT}
    )
    select n.name, coalesce(array_agg(p.application order by p.application)
      filter (where p.application is not null), '{}') as applications
    from named n left join placed p on p.project = n.name
    group by n.name order by n.name`.execute(db);
  return rows;
}

/** Makes a project; whether it is new. */
export async function addProject(
  db: Database,
  tenant: string,
  name: string,
  entry: NewLedgerEntry,
): Promise<boolean> {
  return db.transaction().execute(async (transaction) => {
    const { numAffectedRows = 0n } = await sql`
      insert into projects (tenant, name) values (${tenant}, ${name}) on conflict do nothing`.execute(
      transaction,
    );
    if (numAffectedRows > 0n) await appendLedger(transaction, tenant, [entry]);
    return numAffectedRows > 0n;
  });
}

/** Whether somebody has made a project. */
export async function isProject(db: Database, tenant: string, name: string): Promise<boolean> {
  if (name === DEFAULT_PROJECT) return true;
  const { rows } = await sql`
    select from projects where tenant = ${tenant} and name = ${name} limit 1`.execute(db);
  return rows.length > 0;
}

/** Removes a project with no applications; says which it has otherwise. */
export async function removeProject(
  db: Database,
  tenant: string,
  name: string,
  entry: NewLedgerEntry,
): Promise<'removed' | 'unknown' | readonly string[]> {
  return db.transaction().execute(async (transaction) => {
    await sql`select from projects where tenant = ${tenant} and name = ${name} for update`.execute(
      transaction,
    );
    const { rows } = await sql<{ readonly application: string }>`
      select application from applications where tenant = ${tenant} and project = ${name}
      order by application`.execute(transaction);
    if (rows.length > 0) return rows.map(({ application }) => application);
    const { numAffectedRows = 0n } = await sql`
      delete from projects where tenant = ${tenant} and name = ${name}`.execute(transaction);
    if (numAffectedRows === 0n) return 'unknown';
    await appendLedger(transaction, tenant, [entry]);
    return 'removed';
  });
}

/** Puts an application into a project that is there; whether it is. */
export async function placeApplication(
  db: Database,
  tenant: string,
  { application, project }: { readonly application: string; readonly project: string },
  entry: NewLedgerEntry,
): Promise<boolean> {
  return db.transaction().execute(async (transaction) => {
    if (project !== DEFAULT_PROJECT) {
      const { rows } = await sql`
        select from projects where tenant = ${tenant} and name = ${project} for share`.execute(transaction);
      if (rows.length === 0) return false;
    }
    const { numAffectedRows = 0n } = await sql`
      insert into applications as a (tenant, application, project) values (${tenant}, ${application}, ${project})
      on conflict (tenant, application) do update set project = excluded.project
        where a.project <> excluded.project`.execute(transaction);
    if (numAffectedRows > 0n) await appendLedger(transaction, tenant, [entry]);
    return true;
  });
}

/** The project of an application; null for one that was put nowhere and never released. */
export async function placementOf(db: Database, tenant: string, application: string): Promise<string | null> {
  const { rows } = await sql<{ readonly project: string }>`
    select project from applications where tenant = ${tenant} and application = ${application}
    union all
    (select ${DEFAULT_PROJECT}::text from tracks where tenant = ${tenant} and application = ${application}
      and not exists (select from applications where tenant = ${tenant} and application = ${application}) limit 1)
    limit 1`.execute(db);
  return rows[0]?.project ?? null;
}

/** Puts an application that is nowhere into a project; gives the project that it is in then, its own or an earlier one. */
export async function claimApplication(
  db: Database,
  tenant: string,
  { application, project }: { readonly application: string; readonly project: string },
  entry: NewLedgerEntry,
): Promise<string> {
  return db.transaction().execute(async (transaction) => {
    const { numAffectedRows = 0n } = await sql`
      insert into applications (tenant, application, project) values (${tenant}, ${application}, ${project})
      on conflict do nothing`.execute(transaction);
    if (numAffectedRows > 0n) await appendLedger(transaction, tenant, [entry]);
    return numAffectedRows > 0n
      ? project
      : ((await placementOf(transaction, tenant, application)) ?? project);
  });
}
