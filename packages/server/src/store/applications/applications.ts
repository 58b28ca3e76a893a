import type { Instant } from '@sluice/core/kernel/instant.ts';
import { storedInstant, storedJson, storedText } from '../database/column-values.ts';
import type { Database } from '../database/open-database.ts';

/** What was declared last for an application in one environment. */
export interface ApplicationRecord {
  readonly name: string;
  readonly environment: string;
  /** The file as it was written. */
  readonly configText: string;
  /** What it resolved to; opaque JSON. */
  readonly spec: unknown;
  readonly updatedAt: Instant;
}

const COLUMNS = [
  'name',
  'environment',
  'config_text as configText',
  'spec',
  'updated_at as updatedAt',
] as const;

/** Declares an application in an environment, in place of what was declared before. */
export async function putApplication(
  db: Database,
  tenant: string,
  application: ApplicationRecord,
): Promise<void> {
  const declared = {
    config_text: storedText(application.configText),
    spec: storedJson(application.spec),
    updated_at: storedInstant(application.updatedAt),
  };
  await db
    .insertInto('applications')
    .values({ tenant, name: application.name, environment: application.environment, ...declared })
    .onConflict((conflict) => conflict.columns(['tenant', 'name', 'environment']).doUpdateSet(declared))
    .execute();
}

/** One application in one environment, or undefined. */
export async function getApplication(
  db: Database,
  tenant: string,
  application: { readonly name: string; readonly environment: string },
): Promise<ApplicationRecord | undefined> {
  return db
    .selectFrom('applications')
    .select(COLUMNS)
    .where('tenant', '=', tenant)
    .where('name', '=', application.name)
    .where('environment', '=', application.environment)
    .executeTakeFirst();
}

/** A page of applications by name and environment; `after` is the last one of the page before. */
export async function listApplications(
  db: Database,
  tenant: string,
  page: { readonly after?: { readonly name: string; readonly environment: string }; readonly limit: number },
): Promise<readonly ApplicationRecord[]> {
  let query = db.selectFrom('applications').select(COLUMNS).where('tenant', '=', tenant);
  if (page.after !== undefined) {
    const { name, environment } = page.after;
    query = query.where(({ eb, refTuple, tuple }) =>
      eb(refTuple('name', 'environment'), '>', tuple(name, environment)),
    );
  }
  return query.orderBy('name').orderBy('environment').limit(page.limit).execute();
}
