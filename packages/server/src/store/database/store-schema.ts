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

/** The append-only record of every change of state: the leaves of a Merkle tree. */
export interface LedgerTable {
  tenant: string;
  sequence: number;
  at: Moment;
  actor: string;
  action: string;
  subject: string;
  detail: Json;
  before_hash: string | null;
  after_hash: string | null;
  request_id: string | null;
  reason: string | null;
  approvals: OptionalJson;
  /** Of an older build, which kept a chain. */
  previous_hash: Generated<string | null>;
  /** Of an older build, which kept a chain. */
  hash: Generated<string | null>;
  /** Null only for an entry of an older build that is not in the tree yet. */
  leaf_hash: string | null;
  /** Since when nothing but the leaf is left. */
  expired_at: Generated<Instant | null>;
}

/** The tree of each tenant's ledger: its size, and the roots of its complete subtrees one after another. */
export interface LedgerTreesTable {
  tenant: string;
  size: number;
  peaks: string;
}

/** Roots of complete subtrees of 256 leaves, of 65,536, and so on, for proofs. */
export interface LedgerNodesTable {
  tenant: string;
  level: number;
  index: number;
  hash: string;
}

/** Signed heads of the ledger. */
interface LedgerHeadsTable {
  tenant: string;
  size: number;
  root_hash: string;
  at: Moment;
  key_id: string;
  signature: string;
}

/** The keys that signed heads, and the first and last size that each signed. */
interface LedgerKeysTable {
  tenant: string;
  key_id: string;
  public_key: string;
  first_at: Moment;
  first_size: number;
  last_size: number;
}

/** What must not be removed whatever its age, and why. */
interface LedgerHoldsTable {
  tenant: string;
  id: string;
  reason: string;
  placed_by: string;
  placed_at: Moment;
  /** Entries at or after; without it, from the first. */
  from_at: OptionalMoment;
  /** Entries before; without it, without end. */
  to_at: OptionalMoment;
  /** Entries on this alone; without it, on anything. */
  subject: string | null;
  released_by: Generated<string | null>;
  released_at: Generated<Instant | null>;
}

/** How long contents of entries are kept; without a row, for ever. */
interface LedgerRulesTable {
  tenant: string;
  retention_ms: number | null;
  changed_by: string;
  changed_at: Moment;
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
interface TraceCursorsTable {
  tenant: string;
  last_sequence: number;
  moved_at: Generated<Instant>;
}

/** One version of a policy; none is ever changed. */
interface PoliciesTable {
  tenant: string;
  name: string;
  version: number;
  /** Null: it was removed. */
  document: OptionalJson;
  is_newest: boolean;
  changed_by: string;
  changed_at: Moment;
}

/** One version of a secret; the value is sealed, and what opens it is not in the database. */
interface SecretsTable {
  tenant: string;
  name: string;
  version: number;
  /** Null: it was removed, or is not kept any more. */
  sealed: string | null;
  key_id: string | null;
  wrapped_key: string | null;
  is_newest: boolean;
  changed_by: string;
  changed_at: Moment;
}

/** The tables, as the last migration leaves them. */
export interface StoreSchema {
  tracks: TracksTable;
  rollouts: RolloutsTable;
  revisions: RevisionsTable;
  events: EventsTable;
  ledger: LedgerTable;
  ledger_trees: LedgerTreesTable;
  ledger_nodes: LedgerNodesTable;
  ledger_heads: LedgerHeadsTable;
  ledger_keys: LedgerKeysTable;
  ledger_holds: LedgerHoldsTable;
  ledger_rules: LedgerRulesTable;
  effects: EffectsTable;
  traffic_minutes: TrafficMinutesTable;
  idempotency_keys: IdempotencyKeysTable;
  leases: LeasesTable;
  clusters: ClustersTable;
  trace_cursors: TraceCursorsTable;
  policies: PoliciesTable;
  secrets: SecretsTable;
}
