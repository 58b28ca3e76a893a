import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/** Where tasks go whose revision gets no more, what tasks cost, and what was thought of their results. */
export const taskEvidence: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
  },
};

/** What the store itself has to know of a split: which revisions get tasks, and which of them takes over what others leave. */
const SERVING = `
  alter table task_queues add column serving text[] not null default '{}', add column heir text`;

/** Whoever is set aside comes back to the lines later; a revision that is taken back may have nobody any more by then. */
const SET_ASIDE = `
  create index tasks_set_aside on tasks (tenant, queue, revision) where state in ('scheduled', 'blocked')`;

/** In millionths of the component's currency, of all attempts. */
const COST = `alter table tasks add column cost_micros bigint not null default 0`;

/** One score of a name by each source, the latest; who gave it is told by the source. */
const SCORES = `
  create table task_scores (
    tenant text not null default 'default',
    task uuid not null,
    name text not null,
    source text not null,
    score double precision not null check (score between 0 and 1),
    given_at timestamptz not null default now(),
    primary key (tenant, task, name, source),
    foreign key (tenant, task) references tasks (tenant, id) on delete cascade
  )`;

const STATEMENTS = [SERVING, SET_ASIDE, COST, SCORES];
