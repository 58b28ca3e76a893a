import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/** Clusters that people have registered. How one is let in stands here, and never by what: no token is stored. */
export const clusters: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await sql`
      create table clusters (
        tenant text not null default 'default',
        name text not null,
        region text,
        provider text,
        credentials jsonb not null,
        created_at timestamptz not null,
        primary key (tenant, name)
      )`.execute(db);
    // Who uses a cluster is asked before it is removed; most revisions of a machine are left out of the index.
    await sql`
      create index revisions_by_cluster on revisions (tenant, (spec #>> '{component,workload,cluster}'))
      where spec #>> '{component,workload,cluster}' is not null`.execute(db);
  },
};
