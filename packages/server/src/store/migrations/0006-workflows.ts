import { migrationOf } from './migration-of.ts';

/** Its row is locked by whoever moves it, so that one server at a time does. */
const WORKFLOWS = `
  create table workflows (
    tenant text not null default 'default',
    id uuid not null,
    name text not null,
    state text not null check (state in ('running', 'stopping', 'compensating', 'succeeded', 'failed', 'cancelled')),
    policy text not null check (policy in ('fail', 'continue', 'compensate')),
    verdict text check (verdict in ('failed', 'cancelled')),
    reason text,
    root uuid,
    input json not null,
    most_depth integer not null,
    most_fan_out integer not null,
    most_tasks integer not null,
    most_cost_micros bigint,
    tasks integer not null default 0,
    open integer not null default 0,
    cost_micros bigint not null default 0,
    idempotency_key text,
    deadline_at timestamptz,
    created_at timestamptz not null default clock_timestamp(),
    ended_at timestamptz,
    primary key (tenant, id),
    constraint workflows_end_is_told check ((state in ('succeeded', 'failed', 'cancelled')) = (ended_at is not null))
  ) with (fillfactor = 50)`;

/**
 * A task of a workflow, by the id of the task. What came of it is copied when its end is followed, so that it can be handed on
 * however long ago it was. Times of ends are those of the tasks; by them it is undone, the latest first.
 */
const WORKFLOW_NODES = `
  create table workflow_nodes (
    tenant text not null default 'default',
    task uuid not null,
    workflow uuid not null,
    kind text not null check (kind in ('declared', 'spawned', 'continuation', 'compensation')),
    name text not null,
    parent uuid,
    stands_for uuid,
    state text not null check (state in ('blocked', 'released', 'continued', 'succeeded', 'dead', 'cancelled', 'skipped')),
    place integer not null,
    depth integer not null,
    request json not null,
    needed integer not null default 0,
    waits_for_all boolean not null default false,
    is_held boolean not null default false,
    dependencies integer not null default 0,
    dependencies_ended integer not null default 0,
    dependencies_succeeded integer not null default 0,
    dependents integer not null default 0,
    children integer not null default 0,
    result json,
    failure json,
    cost_micros bigint not null default 0,
    ended_at timestamptz,
    primary key (tenant, task),
    foreign key (tenant, workflow) references workflows on delete cascade
  ) with (fillfactor = 70)`;

const WORKFLOW_EDGES = `
  create table workflow_edges (
    tenant text not null default 'default',
    earlier uuid not null,
    later uuid not null,
    primary key (tenant, earlier, later),
    foreign key (tenant, earlier) references workflow_nodes on delete cascade,
    foreign key (tenant, later) references workflow_nodes on delete cascade
  )`;

/** `sequence` counts within a mailbox, from 1; `open` counts what nobody has acknowledged. */
const MAILBOXES = `
  create table mailboxes (
    tenant text not null default 'default',
    id bigint not null generated always as identity,
    kind text not null check (kind in ('agent', 'capability', 'task')),
    name text not null,
    session text not null default '',
    sequence bigint not null default 0,
    open integer not null default 0,
    primary key (tenant, kind, name, session),
    unique (tenant, id)
  ) with (fillfactor = 50)`;

/** What was acknowledged is kept without its body until it expires, so that the same one is not sent a second time. */
const AGENT_MESSAGES = `
  create table agent_messages (
    tenant text not null default 'default',
    mailbox bigint not null,
    sequence bigint not null,
    id uuid not null,
    sender_task uuid not null,
    sender_queue text not null,
    sender_session text,
    key text not null,
    body json not null,
    deliveries integer not null default 0,
    receipt uuid,
    hidden_until timestamptz,
    acknowledged_at timestamptz,
    sent_at timestamptz not null default clock_timestamp(),
    expires_at timestamptz not null,
    primary key (tenant, mailbox, sequence),
    foreign key (tenant, mailbox) references mailboxes (tenant, id)
  ) with (fillfactor = 70)`;

const INDEXES = [
  // The workflow that has yet to follow the end of a task; null for every other task, whose rows are not in the index.
  'alter table tasks add column follower uuid',
  `create index tasks_to_follow on tasks (tenant, follower, ended_at)
    where follower is not null and ended_at is not null`,
  `create unique index workflows_by_key on workflows (tenant, idempotency_key) where idempotency_key is not null`,
  `create unique index workflows_by_root on workflows (tenant, root) where root is not null`,
  `create index workflows_ended on workflows (ended_at) where ended_at is not null`,
  `create unique index workflow_nodes_by_name on workflow_nodes
    (tenant, workflow, coalesce(parent, '00000000-0000-0000-0000-000000000000'::uuid), kind, name)`,
  `create index workflow_nodes_open on workflow_nodes (tenant, workflow) where ended_at is null`,
  `create index workflow_nodes_of_parents on workflow_nodes (tenant, parent) where parent is not null`,
  `create index workflow_edges_by_later on workflow_edges (tenant, later)`,
  `create unique index agent_messages_by_key on agent_messages (tenant, sender_task, key)`,
  `create unique index agent_messages_by_id on agent_messages (tenant, id)`,
  `create index agent_messages_open on agent_messages (tenant, mailbox, sequence) where acknowledged_at is null`,
  `create index agent_messages_expiring on agent_messages (expires_at)`,
];

const STATEMENTS: readonly string[] = [
  ...[WORKFLOWS, WORKFLOW_NODES, WORKFLOW_EDGES, MAILBOXES, AGENT_MESSAGES],
  ...INDEXES,
];

/** Tasks that wait for others, and messages between agents. */
export const workflows = migrationOf(STATEMENTS);
