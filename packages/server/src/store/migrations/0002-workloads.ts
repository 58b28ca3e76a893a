import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/** A component says where it runs: what it was started with stands in its workload, beside what clusters run. */
export const workloads: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await sql`
      update revisions
      set spec = jsonb_set(
        spec #- '{component,run}' #- '{component,source}',
        '{component,workload}',
        jsonb_build_object('on', 'machine', 'run', spec #> '{component,run}', 'source', spec #> '{component,source}')
      )
      where spec #> '{component,run}' is not null`.execute(db);
  },
};
