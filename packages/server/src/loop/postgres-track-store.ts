import { createHash } from 'node:crypto';
import { canonicalJson } from '@sluice/core/kernel/canonical-json.ts';
import type { Instant } from '@sluice/core/kernel/instant.ts';
import type { Rollout, TrackState } from '@sluice/core/rollout/state.ts';
import type { Database } from '../store/database/open-database.ts';
import { findRevision } from '../store/revisions/revisions.ts';
import type { RolloutRecord } from '../store/rollouts/rollouts.ts';
import { claimDueTracks, releaseClaim } from '../store/tracks/claim-due-tracks.ts';
import { commitTrack, type TrackCommit as StoredCommit } from '../store/tracks/commit-track.ts';
import { loadTrack } from '../store/tracks/load-track.ts';
import type { RevisionRecord } from '../targets/revision-record.ts';
import type { TrackCommit, TrackStore } from './track-store.ts';

/** Tracks in PostgreSQL. `holder` names this replica in claims. */
export const postgresTrackStore = (db: Database, holder: string, now: () => Instant): TrackStore => ({
  claim: async (claimant, limit, leaseMs) => {
    const rows = await claimDueTracks(db, { holder: claimant, limit, leaseMs, now: now() });
    return rows.map((row) => ({
      tenant: row.tenant,
      track: { ...(row.state as TrackState), version: row.version },
      dueAt: row.nextWakeAt ?? now(),
    }));
  },
  load: async (tenant, track) => {
    const row = await loadTrack(db, tenant, track);
    return row ? { ...(row.state as TrackState), version: row.version } : null;
  },
  commit: (commit) => commitTrack(db, commit.tenant, storedCommit(commit, now())),
  reschedule: (tenant, trackId, wakeAt) => releaseClaim(db, tenant, { trackId, holder, wakeAt }),
  revision: async (tenant, trackId, id) => {
    const found = await findRevision(db, tenant, { trackId, id });
    return found ? (found.spec as RevisionRecord) : null;
  },
});

function storedCommit(commit: TrackCommit, now: Instant): StoredCommit {
  const { track } = commit;
  return {
    trackId: track.id,
    expectedVersion: commit.expectedVersion,
    state: track,
    nextWakeAt: commit.nextWakeAt,
    announce: commit.nextWakeAt <= now,
    rollouts: commit.rollouts.map(storedRollout),
    revisions: commit.revisions.map((record) => ({
      id: record.id,
      versionLabel: record.version,
      spec: record,
      createdAt: now,
      promotedAt: null,
    })),
    events: commit.events.map(({ event, rollout }) => ({
      rolloutId: rollout as RolloutRecord['id'] | null,
      at: event.at,
      kind: event.kind,
      body: event,
    })),
    ledgerEntries: commit.ledger,
    effects: commit.effects.map((effect) => ({
      id: `${track.id}:${track.version}:${digestOf(effect)}`,
      kind: effect.kind,
      body: effect,
      orderedAt: now,
    })),
  };
}

const digestOf = (value: unknown): string =>
  createHash('sha256').update(canonicalJson(value)).digest('hex').slice(0, 16);

function storedRollout(rollout: Rollout): Omit<RolloutRecord, 'trackId'> {
  const { phase } = rollout;
  const ended = phase.name === 'succeeded' || phase.name === 'rolled-back';
  return {
    id: rollout.id,
    number: rollout.number,
    versionLabel: rollout.version,
    candidate: rollout.candidate,
    stable: rollout.stable,
    strategy: rollout.plan.strategy,
    phase: phase.name,
    outcome: ended ? phase.name : null,
    requestedBy: rollout.requestedBy,
    requestedAt: rollout.requestedAt,
    finishedAt: ended ? phase.at : null,
    explanation: '',
    state: rollout,
    report: null,
  };
}
