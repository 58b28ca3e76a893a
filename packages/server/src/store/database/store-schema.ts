import type { RevisionId, RolloutId, TrackId } from '@sluice/core/kernel/ids.ts';
import type { Instant } from '@sluice/core/kernel/instant.ts';
import type { ColumnType, Generated, GeneratedAlways } from 'kysely';

/** timestamptz: read as milliseconds, written as a Date (`storedInstant`), compared with `timestamp(at)`. */
type Moment = ColumnType<Instant, Date, Date>;
type OptionalMoment = ColumnType<Instant | null, Date | null, Date | null>;
/** jsonb or json: opaque to the store; read parsed, written as text from `storedJson`. */
type Json = ColumnType<unknown, string, string>;
type OptionalJson = ColumnType<unknown, string | null, string | null>;

/** One line of releases: the unit of claim and of commit. */
export interface TracksTable {
  tenant: string;
  id: TrackId;
  application: string;
  environment: string;
  component: string;
  state: Json;
  evidence: OptionalJson;
  /** Counts commits, from 1; the generation that fences effects. */
  version: number;
  next_wake_at: OptionalMoment;
  claimed_by: string | null;
  claimed_until: OptionalMoment;
  created_at: Generated<Instant>;
  updated_at: Generated<Instant>;
}

/** One release of a track; `state` is the whole, the columns are what lists and retention ask for. */
export interface RolloutsTable {
  tenant: string;
  id: RolloutId;
  track_id: TrackId;
  number: number;
  version_label: string;
  candidate: RevisionId;
  stable: RevisionId | null;
  strategy: string;
  phase: string;
  outcome: string | null;
  requested_by: string;
  requested_at: Moment;
  finished_at: OptionalMoment;
  state: Json;
}

/** What a track can run, with its whole specification. */
export interface RevisionsTable {
  tenant: string;
  track_id: TrackId;
  id: RevisionId;
  version_label: string;
  spec: Json;
  created_at: Moment;
}

/** Past facts, in the order in which they were committed within a tenant. */
export interface EventsTable {
  tenant: string;
  sequence: GeneratedAlways<number>;
  track_id: TrackId;
  rollout_id: RolloutId | null;
  at: Moment;
  kind: string;
  body: Json;
}

/** The append-only hash chain of every change of state. */
export interface LedgerTable {
  tenant: string;
  sequence: number;
  at: Moment;
  actor: string;
  action: string;
  subject: string;
  detail: Json;
  previous_hash: string;
  hash: string;
}

/** Orders to the world, recorded in the commit that gave them. */
export interface EffectsTable {
  tenant: string;
  /** The idempotency key. */
  id: string;
  track_id: TrackId;
  generation: number;
  kind: string;
  body: Json;
  ordered_at: Moment;
}

/** What one revision answered in one minute. */
export interface TrafficMinutesTable {
  tenant: string;
  track_id: TrackId;
  revision: RevisionId;
  minute: Moment;
  requests: number;
  errors: number;
  seconds: number;
  sum_errors_squared: number;
}

/** Answers to requests that carried an idempotency key; `status` is null while the first one is being worked on. */
export interface IdempotencyKeysTable {
  tenant: string;
  key: string;
  request_hash: string;
  status: number | null;
  response: OptionalJson;
  created_at: Moment;
}

/** Who does a duty that exists once in the whole installation. */
export interface LeasesTable {
  name: string;
  holder: string;
  until: Moment;
}

/** A cluster that was registered. */
export interface ClustersTable {
  tenant: string;
  name: string;
  region: string | null;
  provider: string | null;
  /** Where what lets in is kept; never a token or a key. */
  credentials: Json;
  created_at: Moment;
}

/** How far the events of a tenant have been sent as traces. */
export interface TraceCursorsTable {
  tenant: string;
  last_sequence: number;
  moved_at: Generated<Instant>;
}

/** The tables, as the last migration leaves them. */
export interface StoreSchema {
  tracks: TracksTable;
  rollouts: RolloutsTable;
  revisions: RevisionsTable;
  events: EventsTable;
  ledger: LedgerTable;
  effects: EffectsTable;
  traffic_minutes: TrafficMinutesTable;
  idempotency_keys: IdempotencyKeysTable;
  leases: LeasesTable;
  clusters: ClustersTable;
  trace_cursors: TraceCursorsTable;
}
