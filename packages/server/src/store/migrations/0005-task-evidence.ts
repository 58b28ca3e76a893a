import { migrationOf } from './migration-of.ts';

/** What the store has to know of a split: who gets tasks, who takes over what others leave, and who gets copies; and up to
 * which generation what was left has been moved. */
const SERVING = `
  alter table task_queues add column serving text[] not null default '{}', add column heir text,
    add column mirrored text, add column moved bigint not null default 0`;

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

/**
 * A copy of a task that another revision works on, to be compared: nothing of it is noticed by anybody. One copy of a task for
 * each revision; what was compared once is not compared again.
 */
const SHADOWS = [
  `alter table tasks add column shadow_of uuid, add column is_compared boolean`,
  `create unique index tasks_shadows on tasks (tenant, shadow_of, revision) where shadow_of is not null`,
  `create index tasks_shadowing on tasks (tenant, queue) where shadow_of is not null and ended_at is null`,
  `create index tasks_to_compare on tasks (ended_at)
    where shadow_of is not null and is_compared is null and ended_at is not null`,
];

/** A conversation stays with the revision that it began with; its last task is found by one look. */
const SESSIONS = `
  create index tasks_by_session on tasks (tenant, queue, session, id desc) where session is not null and shadow_of is null`;

const STATEMENTS = [SERVING, SET_ASIDE, COST, SCORES, ...SHADOWS, SESSIONS];

/** Where tasks go whose revision gets no more, what tasks cost, and what was thought of their results. */
export const taskEvidence = migrationOf(STATEMENTS);
