import { type RevisionId, revisionId, rolloutId, trackId } from '@sluice/core/kernel/ids.ts';
import { sql } from 'kysely';
import type { Database } from '../database/open-database.ts';
import type { RevisionRecord } from '../revisions/revisions.ts';
import type { RolloutRecord } from '../rollouts/rollouts.ts';
import { commitTrack, type TrackCommit } from '../tracks/commit-track.ts';

/** For tests: the tenant that most of them use. */
export const TENANT = 'default';
/** For tests: the track that most of them use. */
export const WEB = trackId('shop', 'production', 'web');
/** For tests: the moment at which most of them happen. */
export const NOON = Date.UTC(2026, 10, 21, 12);

/** For tests: a commit that creates the track `WEB`. */
export function firstCommit(changes: Partial<TrackCommit> = {}): TrackCommit {
  return { trackId: WEB, expectedVersion: 0, state: { stable: null }, nextWakeAt: NOON, ...changes };
}

/** For tests: creates tracks `shop/production/<name>`, due one second after the other from noon on. */
export async function createTracks(db: Database, ...names: readonly string[]): Promise<void> {
  for (const [index, name] of names.entries()) {
    const id = trackId('shop', 'production', name);
    await commitTrack(db, TENANT, firstCommit({ trackId: id, nextWakeAt: NOON + index * 1_000 }));
  }
}

/** For tests: as if nobody had written any track for so long, in milliseconds. */
export async function ageTracks(db: Database, ms: number): Promise<void> {
  await sql`update tracks set updated_at = updated_at - ${ms}::double precision * interval '1 millisecond'`.execute(
    db,
  );
}

/** For tests: a rollout in its first step. */
export function rolloutOf(number: number, changes: Partial<RolloutRecord> = {}): RolloutRecord {
  return {
    id: rolloutId(`ro-${number}`),
    trackId: WEB,
    number,
    versionLabel: `v${number}`,
    candidate: webRevision(number),
    stable: null,
    strategy: 'canary',
    phase: 'running',
    outcome: null,
    requestedBy: 'ada',
    requestedAt: NOON + number * 1_000,
    finishedAt: null,
    state: { step: 1 },
    ...changes,
  };
}

/** For tests: a revision of `WEB`. */
export function revisionOf(number: number, changes: Partial<RevisionRecord> = {}): RevisionRecord {
  return {
    id: webRevision(number),
    trackId: WEB,
    versionLabel: `v${number}`,
    spec: { command: ['serve', String(number)] },
    createdAt: NOON + number * 1_000,
    ...changes,
  };
}

/** For tests: the id of a revision of `WEB`. */
export function webRevision(number: number): RevisionId {
  return revisionId(`web-${String(number).padStart(12, '0')}`);
}

/** For tests: how many rows each table holds; tables without any are left out. */
export async function rowCounts(db: Database): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const table of TABLES) {
    const { rows } = await sql<{ n: number }>`select count(*) as n from ${sql.table(table)}`.execute(db);
    if (rows[0] !== undefined && rows[0].n > 0) counts[table] = rows[0].n;
  }
  return counts;
}

/** For tests: every table of the store. */
export const TABLES = [
  'tracks',
  'rollouts',
  'revisions',
  'events',
  'ledger',
  'ledger_trees',
  'ledger_nodes',
  'ledger_heads',
  'ledger_keys',
  'ledger_holds',
  'ledger_rules',
  'effects',
  'traffic_minutes',
  'freezes',
  'system_freezes',
  'release_windows',
  'approval_rules',
  'idempotency_keys',
  'leases',
  'clusters',
  'trace_cursors',
  'notify_cursors',
  'deliveries',
  'subscriptions',
  'channels',
  'policies',
  'secrets',
  'tasks',
  'task_flows',
  'task_lines',
  'task_outcomes',
  'tools',
  'tool_calls',
  'hook_firings',
  'hook_sessions',
  'task_queues',
  'workflow_edges',
  'workflow_nodes',
  'workflows',
  'agent_messages',
  'mailboxes',
  'task_buckets',
  'schedules',
  'task_checkpoints',
  'task_events',
  'memory_scopes',
  'memory_keys',
  'memory_lines',
  'payloads',
  'payload_chunks',
  'payload_uses',
  'registered_agents',
  'pools',
  'pool_rosters',
  'pool_history',
  'tokens',
  'members',
  'role_bindings',
  'custom_roles',
  'projects',
  'applications',
  'sessions',
  'login_codes',
  'trusts',
  'seen_assertions',
  'failed_logins',
  'join_tokens',
  'worker_identities',
  'worker_authorities',
] as const;
