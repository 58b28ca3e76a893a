create table agent_messages (
  tenant text not null default 'default'::text,
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
  hidden_until timestamp with time zone,
  acknowledged_at timestamp with time zone,
  sent_at timestamp with time zone not null default clock_timestamp(),
  expires_at timestamp with time zone not null,
  PRIMARY KEY (tenant, mailbox, sequence),
  FOREIGN KEY (tenant, mailbox) REFERENCES mailboxes(tenant, id)
) with (fillfactor=70);

create table applications (
  tenant text not null,
  application text not null,
  project text not null,
  PRIMARY KEY (tenant, application)
);

create table approval_rules (
  tenant text not null,
  name text not null,
  project text,
  application text,
  environment text,
  component text,
  needed integer not null,
  voters text[] not null,
  self_approval text not null,
  expires_ms bigint not null,
  declared_by text not null,
  declared_at timestamp with time zone not null default now(),
  PRIMARY KEY (tenant, name),
  CHECK (((needed >= 1) AND (needed <= 20))),
  CHECK ((self_approval = ANY (ARRAY['refused'::text, 'allowed'::text])))
);

create table channels (
  tenant text not null default 'default'::text,
  name text not null,
  settings jsonb not null,
  disabled_reason text,
  failures integer not null default 0,
  rest_until timestamp with time zone,
  delivered_at timestamp with time zone,
  failed_at timestamp with time zone,
  failure text,
  created_at timestamp with time zone not null default now(),
  updated_at timestamp with time zone not null default now(),
  PRIMARY KEY (tenant, name)
);

create table clusters (
  tenant text not null default 'default'::text,
  name text not null,
  region text,
  provider text,
  credentials jsonb not null,
  created_at timestamp with time zone not null,
  PRIMARY KEY (tenant, name)
);

create table custom_roles (
  tenant text not null,
  name text not null,
  permissions text[] not null,
  PRIMARY KEY (tenant, name)
);

create table deliveries (
  tenant text not null default 'default'::text,
  id uuid not null default gen_random_uuid(),
  sequence bigint not null generated always as identity,
  channel text not null,
  subscription text,
  event text not null,
  lane text not null,
  kind text not null,
  severity text not null,
  notice json not null,
  state text not null default 'waiting'::text,
  attempts integer not null default 0,
  due_at timestamp with time zone not null default clock_timestamp(),
  expires_at timestamp with time zone not null,
  taken_until timestamp with time zone,
  reference text,
  failure text,
  created_at timestamp with time zone not null default clock_timestamp(),
  finished_at timestamp with time zone,
  PRIMARY KEY (tenant, id),
  FOREIGN KEY (tenant, channel) REFERENCES channels(tenant, name) ON DELETE CASCADE,
  CHECK ((state = ANY (ARRAY['waiting'::text, 'delivered'::text, 'dead'::text]))),
  UNIQUE (tenant, channel, event)
) with (fillfactor=70);

create table effects (
  tenant text not null default 'default'::text,
  id text not null,
  track_id text not null,
  generation bigint not null,
  kind text not null,
  body jsonb not null,
  ordered_at timestamp with time zone not null,
  PRIMARY KEY (tenant, id)
);

create table events (
  tenant text not null default 'default'::text,
  sequence bigint not null generated always as identity,
  track_id text not null,
  rollout_id text,
  at timestamp with time zone not null,
  kind text not null,
  body jsonb not null,
  PRIMARY KEY (tenant, sequence)
);

create table failed_logins (
  tenant text not null,
  key text not null,
  failures integer not null,
  last_at timestamp with time zone not null,
  PRIMARY KEY (tenant, key)
);

create table freezes (
  tenant text not null,
  name text not null,
  project text,
  application text,
  environment text,
  component text,
  reason text not null,
  holds text not null,
  begins_at timestamp with time zone not null,
  ends_at timestamp with time zone,
  declared_by text not null,
  declared_at timestamp with time zone not null default now(),
  PRIMARY KEY (tenant, name),
  CHECK ((holds = ANY (ARRAY['starts'::text, 'everything'::text])))
);

create table hook_firings (
  tenant text not null default 'default'::text,
  id uuid not null,
  queue text not null,
  revision text not null,
  hook text not null,
  moment text not null,
  session text,
  task_id uuid,
  attempt integer,
  tool text,
  is_allowed boolean not null,
  has_failed boolean not null,
  message text not null,
  duration_ms integer not null,
  PRIMARY KEY (tenant, id)
);

create table hook_sessions (
  tenant text not null default 'default'::text,
  queue text not null,
  session text not null,
  revision text not null,
  begun_at timestamp with time zone not null default clock_timestamp(),
  last_at timestamp with time zone not null default clock_timestamp(),
  PRIMARY KEY (tenant, queue, session)
) with (fillfactor=70);

create table idempotency_keys (
  tenant text not null default 'default'::text,
  key text not null,
  request_hash text not null,
  status integer,
  response jsonb,
  created_at timestamp with time zone not null,
  PRIMARY KEY (tenant, key)
);

create table join_tokens (
  tenant text not null,
  id text not null,
  digest bytea not null,
  track text not null,
  uses integer not null,
  uses_left integer not null,
  created_by text not null,
  created_at timestamp with time zone not null,
  expires_at timestamp with time zone not null,
  revoked_at timestamp with time zone,
  PRIMARY KEY (tenant, id),
  CHECK ((uses > 0)),
  CHECK ((uses_left >= 0)),
  UNIQUE (id)
);

create table leases (
  name text not null,
  holder text not null,
  until timestamp with time zone not null,
  PRIMARY KEY (name)
);

create table ledger (
  tenant text not null default 'default'::text,
  sequence bigint not null,
  at timestamp with time zone not null,
  actor text not null,
  action text not null,
  subject text not null,
  detail jsonb not null,
  previous_hash text,
  hash text,
  leaf_hash text,
  before_hash text,
  after_hash text,
  request_id text,
  reason text,
  approvals jsonb,
  expired_at timestamp with time zone,
  PRIMARY KEY (tenant, sequence),
  CHECK ((sequence > 0))
);

create table ledger_heads (
  tenant text not null default 'default'::text,
  size bigint not null,
  root_hash text not null,
  at timestamp with time zone not null,
  key_id text not null,
  signature text not null,
  PRIMARY KEY (tenant, size, key_id)
);

create table ledger_holds (
  tenant text not null default 'default'::text,
  id text not null,
  reason text not null,
  placed_by text not null,
  placed_at timestamp with time zone not null,
  from_at timestamp with time zone,
  to_at timestamp with time zone,
  subject text,
  released_by text,
  released_at timestamp with time zone,
  PRIMARY KEY (tenant, id)
);

create table ledger_keys (
  tenant text not null default 'default'::text,
  key_id text not null,
  public_key text not null,
  first_at timestamp with time zone not null,
  first_size bigint not null,
  last_size bigint not null,
  PRIMARY KEY (tenant, key_id)
);

create table ledger_nodes (
  tenant text not null default 'default'::text,
  level smallint not null,
  index bigint not null,
  hash text not null,
  PRIMARY KEY (tenant, level, index)
);

create table ledger_rules (
  tenant text not null default 'default'::text,
  retention_ms bigint,
  changed_by text not null,
  changed_at timestamp with time zone not null,
  PRIMARY KEY (tenant),
  CHECK ((retention_ms > 0))
);

create table ledger_trees (
  tenant text not null default 'default'::text,
  size bigint not null,
  peaks text not null,
  PRIMARY KEY (tenant)
) with (fillfactor=20);

create table login_codes (
  tenant text not null,
  digest bytea not null,
  subject text not null,
  challenge text not null,
  expires_at timestamp with time zone not null,
  PRIMARY KEY (tenant, digest),
  UNIQUE (digest)
);

create table mailboxes (
  tenant text not null default 'default'::text,
  id bigint not null generated always as identity,
  kind text not null,
  name text not null,
  session text not null default ''::text,
  sequence bigint not null default 0,
  open integer not null default 0,
  PRIMARY KEY (tenant, kind, name, session),
  CHECK ((kind = ANY (ARRAY['agent'::text, 'capability'::text, 'task'::text]))),
  UNIQUE (tenant, id)
) with (fillfactor=50);

create table members (
  tenant text not null,
  subject text not null,
  name text not null,
  email text,
  groups text[] not null default '{}'::text[],
  added_at timestamp with time zone not null default now(),
  last_seen_at timestamp with time zone,
  issuer text,
  issuer_subject text,
  PRIMARY KEY (tenant, subject)
);

create table memory_keys (
  tenant text not null default 'default'::text,
  queue text not null default ''::text,
  session text not null default ''::text,
  key text not null,
  version bigint not null,
  value json,
  lines bigint not null default 0,
  bytes bigint not null,
  embedding real[],
  words tsvector not null default ''::tsvector,
  expires_at timestamp with time zone,
  created_at timestamp with time zone not null default clock_timestamp(),
  updated_at timestamp with time zone not null default clock_timestamp(),
  PRIMARY KEY (tenant, queue, session, key),
  CHECK (((value IS NULL) = (lines > 0)))
);

create table memory_lines (
  tenant text not null default 'default'::text,
  queue text not null default ''::text,
  session text not null default ''::text,
  key text not null,
  sequence bigint not null,
  value json not null,
  embedding real[],
  words tsvector not null default ''::tsvector,
  created_at timestamp with time zone not null default clock_timestamp(),
  PRIMARY KEY (tenant, queue, session, key, sequence),
  FOREIGN KEY (tenant, queue, session, key) REFERENCES memory_keys(tenant, queue, session, key) ON DELETE CASCADE
);

create table memory_scopes (
  tenant text not null default 'default'::text,
  queue text not null default ''::text,
  session text not null default ''::text,
  keys integer not null default 0,
  bytes bigint not null default 0,
  PRIMARY KEY (tenant, queue, session)
) with (fillfactor=50);

create table notify_cursors (
  tenant text not null default 'default'::text,
  origin uuid not null default gen_random_uuid(),
  events_sequence bigint not null,
  ledger_sequence bigint not null,
  PRIMARY KEY (tenant)
);

create table organisations (
  tenant text not null,
  name text not null,
  created_at timestamp with time zone not null default now(),
  PRIMARY KEY (tenant)
);

create table payload_chunks (
  tenant text not null default 'default'::text,
  upload uuid not null,
  place integer not null,
  chunk bytea not null,
  PRIMARY KEY (tenant, upload, place)
);

create table payload_uses (
  tenant text not null default 'default'::text,
  payload text not null,
  task uuid not null,
  created_at timestamp with time zone not null default clock_timestamp(),
  PRIMARY KEY (tenant, payload, task),
  FOREIGN KEY (tenant, payload) REFERENCES payloads(tenant, id)
);

create table payloads (
  tenant text not null default 'default'::text,
  id text not null,
  upload uuid not null,
  bytes bigint not null,
  media_type text not null,
  created_at timestamp with time zone not null default clock_timestamp(),
  used_at timestamp with time zone not null default clock_timestamp(),
  PRIMARY KEY (tenant, id)
);

create table policies (
  tenant text not null default 'default'::text,
  name text not null,
  version integer not null,
  document json,
  is_newest boolean not null default true,
  changed_by text not null,
  changed_at timestamp with time zone not null,
  PRIMARY KEY (tenant, name, version)
);

create table pool_history (
  tenant text not null,
  queue text not null,
  bucket timestamp with time zone not null,
  places double precision not null,
  looks integer not null,
  PRIMARY KEY (tenant, queue, bucket)
);

create table pool_rosters (
  tenant text not null,
  holder text not null,
  queue text not null,
  revision text not null,
  workers json not null,
  seen_at timestamp with time zone not null default now(),
  PRIMARY KEY (tenant, holder, queue, revision)
);

create table pools (
  tenant text not null,
  queue text not null,
  revision text not null,
  sequence bigint not null,
  applied bigint not null default 0,
  plan json not null,
  decided_at timestamp with time zone not null default now(),
  PRIMARY KEY (tenant, queue, revision)
);

create table projects (
  tenant text not null,
  name text not null,
  created_at timestamp with time zone not null default now(),
  PRIMARY KEY (tenant, name)
);

create table registered_agents (
  tenant text not null default 'default'::text,
  id text not null,
  name text not null,
  category text not null,
  capabilities json not null,
  configuration json not null,
  created_at timestamp with time zone not null,
  updated_at timestamp with time zone not null,
  PRIMARY KEY (tenant, id)
);

create table release_windows (
  tenant text not null,
  name text not null,
  project text,
  application text,
  environment text,
  component text,
  effect text not null,
  days integer[] not null,
  from_minute integer not null,
  to_minute integer not null,
  zone text not null,
  under_way text not null,
  declared_by text not null,
  declared_at timestamp with time zone not null default now(),
  PRIMARY KEY (tenant, name),
  CHECK ((effect = ANY (ARRAY['allow'::text, 'deny'::text]))),
  CHECK ((under_way = ANY (ARRAY['hold'::text, 'finish'::text])))
);

create table revisions (
  tenant text not null default 'default'::text,
  track_id text not null,
  id text not null,
  version_label text not null,
  spec jsonb not null,
  created_at timestamp with time zone not null,
  is_agents boolean not null generated always as ((spec #> '{component,agents}'::text[]) IS NOT NULL) stored,
  machine_route text generated always as (
CASE
    WHEN (spec #> '{component,agents}'::text[]) IS NULL AND COALESCE(spec #>> '{component,workload,on}'::text[], 'machine'::text) = 'machine'::text THEN COALESCE(lower(spec #>> '{component,route,host}'::text[]), ''::text) || rtrim(spec #>> '{component,route,path}'::text[], '/'::text)
    ELSE NULL::text
END) stored,
  cluster text generated always as (spec #>> '{component,workload,cluster}'::text[]) stored,
  PRIMARY KEY (tenant, track_id, id),
  FOREIGN KEY (tenant, track_id) REFERENCES tracks(tenant, id)
);

create table role_bindings (
  tenant text not null,
  subject text not null,
  role text not null,
  project text not null default '*'::text,
  environment text not null default '*'::text,
  added_by text not null,
  added_at timestamp with time zone not null default now(),
  PRIMARY KEY (tenant, subject, role, project, environment)
);

create table rollouts (
  tenant text not null default 'default'::text,
  id text not null,
  track_id text not null,
  number bigint not null,
  version_label text not null,
  candidate text not null,
  stable text,
  strategy text not null,
  phase text not null,
  outcome text,
  requested_by text not null,
  requested_at timestamp with time zone not null,
  finished_at timestamp with time zone,
  state jsonb not null,
  PRIMARY KEY (tenant, id),
  FOREIGN KEY (tenant, track_id) REFERENCES tracks(tenant, id)
) with (fillfactor=80);

create table schedules (
  tenant text not null default 'default'::text,
  queue text not null,
  name text not null,
  origin text not null,
  spec json not null,
  is_paused boolean not null default false,
  planned_at timestamp with time zone,
  held_at timestamp with time zone,
  fired_at timestamp with time zone,
  task uuid,
  failure text,
  taken_until timestamp with time zone,
  created_at timestamp with time zone not null default now(),
  updated_at timestamp with time zone not null default now(),
  PRIMARY KEY (tenant, queue, name),
  CHECK ((origin = ANY (ARRAY['file'::text, 'api'::text])))
);

create table secrets (
  tenant text not null default 'default'::text,
  name text not null,
  version integer not null,
  sealed text,
  key_id text,
  wrapped_key text,
  is_newest boolean not null default true,
  changed_by text not null,
  changed_at timestamp with time zone not null,
  PRIMARY KEY (tenant, name, version),
  CHECK ((((sealed IS NULL) = (wrapped_key IS NULL)) AND ((sealed IS NULL) = (key_id IS NULL))))
);

create table seen_assertions (
  tenant text not null,
  digest bytea not null,
  expires_at timestamp with time zone not null,
  PRIMARY KEY (tenant, digest)
);

create table sessions (
  tenant text not null,
  id text not null,
  digest bytea not null,
  subject text not null,
  token_id text,
  id_token text,
  created_at timestamp with time zone not null,
  last_used_at timestamp with time zone not null,
  expires_at timestamp with time zone not null,
  PRIMARY KEY (tenant, id),
  UNIQUE (id)
);

create table subscriptions (
  tenant text not null default 'default'::text,
  name text not null,
  channel text not null,
  filter jsonb not null,
  throttle jsonb,
  throttle_window jsonb,
  created_at timestamp with time zone not null default now(),
  updated_at timestamp with time zone not null default now(),
  PRIMARY KEY (tenant, name),
  FOREIGN KEY (tenant, channel) REFERENCES channels(tenant, name)
);

create table system_freezes (
  name text not null,
  environment text,
  reason text not null,
  holds text not null,
  begins_at timestamp with time zone not null,
  ends_at timestamp with time zone,
  declared_by text not null,
  declared_at timestamp with time zone not null default now(),
  PRIMARY KEY (name),
  CHECK ((holds = ANY (ARRAY['starts'::text, 'everything'::text])))
);

create table task_buckets (
  tenant text not null default 'default'::text,
  queue text not null,
  scope text not null,
  tokens double precision not null default 0,
  filled_at timestamp with time zone,
  PRIMARY KEY (tenant, queue, scope)
) with (fillfactor=50);

create table task_checkpoints (
  tenant text not null default 'default'::text,
  task uuid not null,
  attempt integer not null,
  value json not null,
  saved_at timestamp with time zone not null default clock_timestamp(),
  PRIMARY KEY (tenant, task)
) with (fillfactor=70);

create table task_events (
  tenant text not null default 'default'::text,
  task uuid not null,
  sequence bigint not null generated always as identity,
  attempt integer not null,
  at timestamp with time zone not null,
  kind text not null,
  body json not null,
  PRIMARY KEY (tenant, task, sequence)
);

create table task_flows (
  tenant text not null default 'default'::text,
  queue text not null,
  revision text not null,
  lane text not null,
  fairness_key text not null,
  priority smallint not null,
  last double precision not null,
  PRIMARY KEY (tenant, queue, revision, lane, fairness_key, priority),
  CHECK (((priority >= 0) AND (priority <= 9)))
) with (fillfactor=50);

create table task_lines (
  tenant text not null default 'default'::text,
  queue text not null,
  revision text not null,
  lane text not null,
  served double precision not null default 0,
  shift double precision,
  id bigint not null generated always as (hashtextextended(lane, hashtextextended(revision, hashtextextended(queue, hashtextextended(tenant, 0::bigint))))) stored,
  PRIMARY KEY (tenant, queue, revision, lane)
) with (fillfactor=50);

create table task_outcomes (
  tenant text not null default 'default'::text,
  queue text not null,
  second timestamp with time zone not null,
  revision text not null,
  holder text not null,
  attempts integer not null,
  failures integer not null,
  latency json not null,
  counts json not null,
  PRIMARY KEY (tenant, queue, second, revision, holder)
);

create table task_queues (
  tenant text not null default 'default'::text,
  id text not null,
  generation bigint not null,
  split json not null,
  updated_at timestamp with time zone not null default now(),
  serving text[] not null default '{}'::text[],
  heir text,
  mirrored text,
  moved bigint not null default 0,
  pinned_until timestamp with time zone not null default '-infinity'::timestamp with time zone,
  PRIMARY KEY (tenant, id)
) with (fillfactor=50);

create table task_scores (
  tenant text not null default 'default'::text,
  task uuid not null,
  name text not null,
  source text not null,
  score double precision not null,
  given_at timestamp with time zone not null default now(),
  PRIMARY KEY (tenant, task, name, source),
  FOREIGN KEY (tenant, task) REFERENCES tasks(tenant, id) ON DELETE CASCADE,
  CHECK (((score >= (0)::double precision) AND (score <= (1)::double precision)))
);

create table tasks (
  tenant text not null default 'default'::text,
  id uuid not null,
  queue text not null,
  revision text not null,
  lane text not null default ''::text,
  state text not null,
  tag double precision not null,
  priority smallint not null,
  fairness_key text not null default ''::text,
  session text,
  attempt integer not null default 0,
  failures integer not null default 0,
  due_at timestamp with time zone,
  deadline_at timestamp with time zone,
  lease_until timestamp with time zone,
  worker text,
  avoid text,
  idempotency_key text,
  input json not null,
  result json,
  failure json,
  created_at timestamp with time zone not null default clock_timestamp(),
  started_at timestamp with time zone,
  ended_at timestamp with time zone,
  cost_micros bigint not null default 0,
  shadow_of uuid,
  is_compared boolean,
  follower uuid,
  cancel_reason text,
  is_limited boolean not null default false,
  apart_from uuid,
  line bigint not null generated always as (hashtextextended(lane, hashtextextended(revision, hashtextextended(queue, hashtextextended(tenant, 0::bigint))))) stored,
  PRIMARY KEY (tenant, id),
  CHECK (((priority >= 0) AND (priority <= 9))),
  CHECK (((state <> 'scheduled'::text) OR (due_at IS NOT NULL))),
  CHECK (((state = 'running'::text) = (lease_until IS NOT NULL))),
  CHECK (((state = ANY (ARRAY['succeeded'::text, 'dead'::text, 'cancelled'::text])) = (ended_at IS NOT NULL))),
  CHECK ((state = ANY (ARRAY['blocked'::text, 'scheduled'::text, 'waiting'::text, 'running'::text, 'succeeded'::text, 'dead'::text, 'cancelled'::text])))
) with (fillfactor=70, autovacuum_vacuum_scale_factor=0.02, autovacuum_analyze_scale_factor=0.02);

create table tokens (
  tenant text not null,
  id text not null,
  name text not null,
  digest bytea not null,
  roles jsonb not null,
  created_by text not null,
  created_at timestamp with time zone not null default now(),
  expires_at timestamp with time zone,
  last_used_at timestamp with time zone,
  revoked_at timestamp with time zone,
  acts_as text,
  shown jsonb,
  PRIMARY KEY (tenant, id),
  UNIQUE (id)
);

create table tool_calls (
  tenant text not null default 'default'::text,
  task_id uuid not null,
  call text not null,
  id uuid not null,
  attempt integer not null,
  queue text not null,
  revision text not null,
  worker text not null,
  name text not null,
  tool text,
  version text,
  digest text not null,
  arguments text not null,
  state text not null,
  tries integer not null default 0,
  may_repeat boolean not null,
  holder text not null,
  lease_until timestamp with time zone,
  result json,
  failure json,
  started_at timestamp with time zone not null default clock_timestamp(),
  ended_at timestamp with time zone,
  PRIMARY KEY (tenant, task_id, call),
  CHECK (((state = 'running'::text) = (lease_until IS NOT NULL))),
  CHECK ((state = ANY (ARRAY['running'::text, 'succeeded'::text, 'failed'::text, 'refused'::text, 'unknown'::text])))
) with (fillfactor=80);

create table tools (
  tenant text not null default 'default'::text,
  name text not null,
  version text not null,
  definition json not null,
  created_at timestamp with time zone not null default clock_timestamp(),
  PRIMARY KEY (tenant, name, version)
);

create table trace_cursors (
  tenant text not null default 'default'::text,
  last_sequence bigint not null,
  moved_at timestamp with time zone not null default clock_timestamp(),
  PRIMARY KEY (tenant)
);

create table tracks (
  tenant text not null default 'default'::text,
  id text not null,
  application text not null,
  environment text not null,
  component text not null,
  state json not null,
  evidence json,
  version bigint not null,
  next_wake_at timestamp with time zone,
  claimed_by text,
  claimed_until timestamp with time zone,
  created_at timestamp with time zone not null default now(),
  updated_at timestamp with time zone not null default now(),
  PRIMARY KEY (tenant, id),
  CHECK (((claimed_by IS NULL) = (claimed_until IS NULL))),
  CHECK ((version > 0))
) with (fillfactor=66);

create table traffic_hours (
  tenant text not null,
  track_id text not null,
  hour timestamp with time zone not null,
  requests bigint not null,
  errors bigint not null,
  PRIMARY KEY (tenant, track_id, hour)
);

create table traffic_minutes (
  tenant text not null default 'default'::text,
  track_id text not null,
  revision text not null,
  minute timestamp with time zone not null,
  requests bigint not null,
  errors bigint not null,
  seconds integer not null,
  sum_errors_squared double precision not null,
  PRIMARY KEY (tenant, track_id, revision, minute)
) with (fillfactor=80);

create table trusts (
  tenant text not null,
  name text not null,
  issuer text not null,
  audience text not null,
  claims jsonb not null,
  roles jsonb not null,
  added_by text not null,
  added_at timestamp with time zone not null default now(),
  PRIMARY KEY (tenant, name)
);

create table worker_authorities (
  tenant text not null,
  certificate text not null,
  key_id text not null,
  wrapped_key text not null,
  sealed text not null,
  made_at timestamp with time zone not null,
  generation integer not null default 1,
  PRIMARY KEY (tenant, generation)
);

create table worker_identities (
  tenant text not null,
  id text not null,
  track text not null,
  name text not null,
  kind text not null,
  join_token text not null,
  joined_at timestamp with time zone not null,
  renewed_at timestamp with time zone not null,
  expires_at timestamp with time zone not null,
  revoked_at timestamp with time zone,
  PRIMARY KEY (tenant, id),
  CHECK ((kind = ANY (ARRAY['certificate'::text, 'token'::text]))),
  UNIQUE (id)
);

create table workflow_edges (
  tenant text not null default 'default'::text,
  earlier uuid not null,
  later uuid not null,
  PRIMARY KEY (tenant, earlier, later),
  FOREIGN KEY (tenant, earlier) REFERENCES workflow_nodes(tenant, task) ON DELETE CASCADE,
  FOREIGN KEY (tenant, later) REFERENCES workflow_nodes(tenant, task) ON DELETE CASCADE
);

create table workflow_nodes (
  tenant text not null default 'default'::text,
  task uuid not null,
  workflow uuid not null,
  kind text not null,
  name text not null,
  parent uuid,
  stands_for uuid,
  state text not null,
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
  ended_at timestamp with time zone,
  PRIMARY KEY (tenant, task),
  FOREIGN KEY (tenant, workflow) REFERENCES workflows(tenant, id) ON DELETE CASCADE,
  CHECK ((kind = ANY (ARRAY['declared'::text, 'spawned'::text, 'continuation'::text, 'compensation'::text]))),
  CHECK ((state = ANY (ARRAY['blocked'::text, 'released'::text, 'continued'::text, 'succeeded'::text, 'dead'::text, 'cancelled'::text, 'skipped'::text])))
) with (fillfactor=70);

create table workflows (
  tenant text not null default 'default'::text,
  id uuid not null,
  name text not null,
  state text not null,
  policy text not null,
  verdict text,
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
  deadline_at timestamp with time zone,
  created_at timestamp with time zone not null default clock_timestamp(),
  ended_at timestamp with time zone,
  PRIMARY KEY (tenant, id),
  CHECK (((state = ANY (ARRAY['succeeded'::text, 'failed'::text, 'cancelled'::text])) = (ended_at IS NOT NULL))),
  CHECK ((policy = ANY (ARRAY['fail'::text, 'continue'::text, 'compensate'::text]))),
  CHECK ((state = ANY (ARRAY['running'::text, 'stopping'::text, 'compensating'::text, 'succeeded'::text, 'failed'::text, 'cancelled'::text]))),
  CHECK ((verdict = ANY (ARRAY['failed'::text, 'cancelled'::text])))
) with (fillfactor=50);

CREATE UNIQUE INDEX agent_messages_by_id ON public.agent_messages USING btree (tenant, id);
CREATE UNIQUE INDEX agent_messages_by_key ON public.agent_messages USING btree (tenant, sender_task, key);
CREATE INDEX agent_messages_expiring ON public.agent_messages USING btree (expires_at);
CREATE INDEX agent_messages_open ON public.agent_messages USING btree (tenant, mailbox, sequence) WHERE (acknowledged_at IS NULL);
CREATE INDEX deliveries_due ON public.deliveries USING btree (tenant, channel, due_at) WHERE (state = 'waiting'::text);
CREATE INDEX deliveries_ended ON public.deliveries USING btree (finished_at) WHERE (state <> 'waiting'::text);
CREATE INDEX deliveries_lanes ON public.deliveries USING btree (tenant, channel, lane, sequence);
CREATE INDEX deliveries_listed ON public.deliveries USING btree (tenant, sequence);
CREATE UNIQUE INDEX deliveries_tenant_channel_event_key ON public.deliveries USING btree (tenant, channel, event);
CREATE INDEX effects_by_age ON public.effects USING brin (ordered_at);
CREATE INDEX effects_by_track ON public.effects USING btree (tenant, track_id, generation);
CREATE INDEX events_by_age ON public.events USING brin (at);
CREATE INDEX events_by_rollout ON public.events USING btree (tenant, rollout_id, sequence) WHERE (rollout_id IS NOT NULL);
CREATE INDEX events_by_track ON public.events USING btree (tenant, track_id, sequence);
CREATE INDEX hook_firings_of_tasks ON public.hook_firings USING btree (tenant, task_id) WHERE (task_id IS NOT NULL);
CREATE INDEX hook_sessions_by_time ON public.hook_sessions USING btree (last_at);
CREATE INDEX idempotency_keys_by_age ON public.idempotency_keys USING btree (created_at);
CREATE UNIQUE INDEX join_tokens_id_key ON public.join_tokens USING btree (id);
CREATE INDEX ledger_by_action ON public.ledger USING btree (tenant, action, sequence);
CREATE INDEX ledger_by_age ON public.ledger USING brin (at);
CREATE UNIQUE INDEX login_codes_digest_key ON public.login_codes USING btree (digest);
CREATE UNIQUE INDEX mailboxes_tenant_id_key ON public.mailboxes USING btree (tenant, id);
CREATE INDEX memory_keys_expiring ON public.memory_keys USING btree (expires_at) WHERE (expires_at IS NOT NULL);
CREATE INDEX memory_keys_words ON public.memory_keys USING gin (words);
CREATE INDEX memory_lines_words ON public.memory_lines USING gin (words);
CREATE UNIQUE INDEX policies_newest ON public.policies USING btree (tenant, name) WHERE is_newest;
CREATE INDEX revisions_by_cluster ON public.revisions USING btree (tenant, cluster) WHERE (cluster IS NOT NULL);
CREATE INDEX revisions_by_machine_route ON public.revisions USING btree (tenant, machine_route) WHERE (machine_route IS NOT NULL);
CREATE INDEX revisions_of_agents ON public.revisions USING btree (tenant, track_id, created_at DESC, id) WHERE is_agents;
CREATE INDEX rollouts_by_request ON public.rollouts USING btree (tenant, requested_at DESC, id DESC);
CREATE UNIQUE INDEX rollouts_by_track ON public.rollouts USING btree (tenant, track_id, number DESC);
CREATE INDEX rollouts_under_way ON public.rollouts USING btree (phase) WHERE (finished_at IS NULL);
CREATE INDEX schedules_due ON public.schedules USING btree (COALESCE(held_at, planned_at)) WHERE (NOT is_paused);
CREATE UNIQUE INDEX secrets_newest ON public.secrets USING btree (tenant, name) WHERE is_newest;
CREATE INDEX sessions_by_subject ON public.sessions USING btree (tenant, subject);
CREATE UNIQUE INDEX sessions_id_key ON public.sessions USING btree (id);
CREATE INDEX subscriptions_channel ON public.subscriptions USING btree (tenant, channel);
CREATE INDEX task_events_by_time ON public.task_events USING brin (at);
CREATE UNIQUE INDEX tasks_by_key ON public.tasks USING btree (idempotency_key, queue, tenant) WHERE (idempotency_key IS NOT NULL);
CREATE INDEX tasks_by_session ON public.tasks USING btree (tenant, queue, session, id DESC) WHERE ((session IS NOT NULL) AND (shadow_of IS NULL));
CREATE INDEX tasks_dead ON public.tasks USING btree (tenant, queue, id) WHERE (state = 'dead'::text);
CREATE INDEX tasks_due ON public.tasks USING btree (due_at) WHERE (state = 'scheduled'::text);
CREATE INDEX tasks_leased ON public.tasks USING btree (lease_until) WHERE (state = 'running'::text);
CREATE INDEX tasks_of_sessions ON public.tasks USING btree ((
CASE
    WHEN (state = 'waiting'::text) THEN hashtextextended(session, line)
    ELSE NULL::bigint
END), tag) WHERE (
CASE
    WHEN (state = 'waiting'::text) THEN hashtextextended(session, line)
    ELSE NULL::bigint
END IS NOT NULL);
CREATE INDEX tasks_set_aside ON public.tasks USING btree (tenant, queue, revision) WHERE (state = ANY (ARRAY['scheduled'::text, 'blocked'::text]));
CREATE INDEX tasks_shadowing ON public.tasks USING btree (tenant, queue) WHERE ((shadow_of IS NOT NULL) AND (ended_at IS NULL));
CREATE UNIQUE INDEX tasks_shadows ON public.tasks USING btree (tenant, shadow_of, revision) WHERE (shadow_of IS NOT NULL);
CREATE INDEX tasks_to_compare ON public.tasks USING btree (ended_at) WHERE ((shadow_of IS NOT NULL) AND (is_compared IS NULL) AND (ended_at IS NOT NULL));
CREATE INDEX tasks_to_follow ON public.tasks USING btree (tenant, follower, ended_at) WHERE ((follower IS NOT NULL) AND (ended_at IS NOT NULL));
CREATE INDEX tasks_waiting ON public.tasks USING btree (line, tag) WHERE (state = 'waiting'::text);
CREATE INDEX tasks_with_deadline ON public.tasks USING btree (deadline_at) WHERE ((deadline_at IS NOT NULL) AND (ended_at IS NULL));
CREATE INDEX tasks_within_limits ON public.tasks USING btree (tenant, queue, fairness_key) WHERE ((state = 'running'::text) AND is_limited);
CREATE UNIQUE INDEX tokens_by_name ON public.tokens USING btree (tenant, name) WHERE (revoked_at IS NULL);
CREATE UNIQUE INDEX tokens_id_key ON public.tokens USING btree (id);
CREATE INDEX tool_calls_by_time ON public.tool_calls USING btree (tenant, id);
CREATE INDEX tool_calls_held ON public.tool_calls USING btree (holder) WHERE (state = 'running'::text);
CREATE INDEX tracks_due ON public.tracks USING btree (next_wake_at) WHERE (next_wake_at IS NOT NULL);
CREATE INDEX traffic_hours_by_age ON public.traffic_hours USING btree (hour);
CREATE INDEX traffic_minutes_by_age ON public.traffic_minutes USING btree (minute);
CREATE UNIQUE INDEX worker_identities_id_key ON public.worker_identities USING btree (id);
CREATE INDEX workflow_edges_by_later ON public.workflow_edges USING btree (tenant, later);
CREATE UNIQUE INDEX workflow_nodes_by_name ON public.workflow_nodes USING btree (tenant, workflow, COALESCE(parent, '00000000-0000-0000-0000-000000000000'::uuid), kind, name);
CREATE INDEX workflow_nodes_of_parents ON public.workflow_nodes USING btree (tenant, parent) WHERE (parent IS NOT NULL);
CREATE INDEX workflow_nodes_open ON public.workflow_nodes USING btree (tenant, workflow) WHERE (ended_at IS NULL);
CREATE UNIQUE INDEX workflows_by_key ON public.workflows USING btree (tenant, idempotency_key) WHERE (idempotency_key IS NOT NULL);
CREATE UNIQUE INDEX workflows_by_root ON public.workflows USING btree (tenant, root) WHERE (root IS NOT NULL);
CREATE INDEX workflows_ended ON public.workflows USING btree (ended_at) WHERE (ended_at IS NOT NULL);

create sequence memory_versions;
create sequence rollout_numbers;

CREATE OR REPLACE FUNCTION public.lock_journal(of_tenant text)
 RETURNS TABLE(sequence bigint, hash text)
 LANGUAGE plpgsql
AS $function$
begin
  perform pg_advisory_xact_lock(1937468771, hashtext(of_tenant));
  return query
    select ledger.sequence, coalesce(ledger.hash, ledger.leaf_hash) from ledger where ledger.tenant = of_tenant
    order by ledger.sequence desc limit 1;
end $function$;
CREATE OR REPLACE FUNCTION public.lock_ledger(of_tenant text)
 RETURNS TABLE(size bigint, peaks text, newest bigint)
 LANGUAGE plpgsql
AS $function$
begin
  perform pg_advisory_xact_lock(1937468771, hashtext(of_tenant));
  return query
    select tree.size, tree.peaks, (
      select ledger.sequence from ledger where ledger.tenant = of_tenant order by ledger.sequence desc limit 1)
    from (values (1)) as always left join ledger_trees as tree on tree.tenant = of_tenant;
end $function$;
CREATE OR REPLACE FUNCTION public.refuse_change_of_ledger()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  if tg_op = 'UPDATE' then
    if old.leaf_hash is null and new.leaf_hash is not null
      and to_jsonb(old) - 'leaf_hash' = to_jsonb(new) - 'leaf_hash' then return new;
    end if;
    if old.expired_at is null and new.expired_at is not null and old.leaf_hash = new.leaf_hash
      and (old.tenant, old.sequence, old.at) = (new.tenant, new.sequence, new.at) and new.action = 'expired'
      and (new.actor, new.subject, new.detail) = ('', '', 'null'::jsonb) then return new;
    end if;
  end if;
  raise exception 'the ledger is append-only: % refused', tg_op using errcode = 'restrict_violation';
end $function$;

CREATE TRIGGER ledger_is_append_only BEFORE DELETE OR UPDATE ON public.ledger FOR EACH ROW EXECUTE FUNCTION refuse_change_of_ledger();
CREATE TRIGGER ledger_is_not_truncated BEFORE TRUNCATE ON public.ledger FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_ledger();
