import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/**
 * What a look brings is rewritten every second and the rest of a track seldom, so that they stand in columns of their
 * own: PostgreSQL leaves a large value alone that an update does not name. Both are json instead of jsonb, because
 * nothing ever looks inside: taking text in as it is costs the database less than half of the time of a commit.
 */
export const evidenceApart: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await sql
      .raw('alter table tracks alter column state type json using state::json, add column evidence json')
      .execute(db);
  },
};
