import { createHash } from 'node:crypto';
import { canonicalJson } from '@sluice/core/kernel/canonical-json.ts';
import { SluiceError } from '@sluice/core/kernel/failure.ts';
import type { Instant } from '@sluice/core/kernel/instant.ts';
import { readStoredTrack } from '@sluice/core/rollout/stored-track.ts';
import type { Rollout, TrackState } from '@sluice/core/rollout/state.ts';
import type { Database } from '../store/database/open-database.ts';
import { findRevision } from '../store/revisions/revisions.ts';
import type { RolloutRecord } from '../store/rollouts/rollouts.ts';
import { takeStock } from '../store/stock/take-stock.ts';
import { claimDueTracks, releaseClaim } from '../store/tracks/claim-due-tracks.ts';
import { commitTrack, type TrackCommit as StoredCommit } from '../store/tracks/commit-track.ts';
import { loadTrack } from '../store/tracks/load-track.ts';
import type { TrackRow } from '../store/tracks/track-row.ts';
import { wakeEveryTrack } from '../store/tracks/wake-track.ts';
import type { RevisionRecord } from '../targets/revision-record.ts';
import { rolloutEnd } from './rollout-end.ts';
import type { TrackCommit, TrackStore } from './track-store.ts';

/** What the store of tracks needs. */
export interface PostgresTrackStoreOptions {
  readonly db: Database;
  /** Names this replica in claims. */
  readonly holder: string;
  readonly now: () => Instant;
  /** Told of a due track that this build cannot read; it is left alone until its lease ends. */
  readonly unreadable: (failure: SluiceError) => void;
}

/** Tracks in PostgreSQL. */
export const postgresTrackStore = ({
  db,
  holder,
  now,
  unreadable,
}: PostgresTrackStoreOptions): TrackStore => ({
  claim: async (claimant, limit, leaseMs) => {
    const claimedAt = now();
    const rows = await claimDueTracks(db, { holder: claimant, limit, leaseMs, now: claimedAt });
    return rows.flatMap((row) => {
      try {
        const { tenant, updatedAt: lookedAt, nextWakeAt } = row;
        // Of what a clock that was ahead put to bed, nobody knows since when it is due.
        const dueAt = Math.min(nextWakeAt ?? claimedAt, claimedAt);
        return [{ tenant, track: trackFrom(row), dueAt, lookedAt }];
      } catch (thrown) {
        unreadable(SluiceError.from(thrown, `reading the track ${row.id}`));
        return [];
      }
    });
  },
  load: async (tenant, track) => {
    const row = await loadTrack(db, tenant, track);
    return row ? trackFrom(row) : null;
  },
  commit: (commit) =>
    commitTrack(db, commit.tenant, {
      ...storedCommit(commit, now()),
      ...(commit.isClaimed ? { claimedBy: holder } : {}),
    }),
  reschedule: (tenant, { id: trackId, version }, wakeAt) =>
    releaseClaim(db, tenant, { trackId, version, holder, wakeAt }),
  wakeAll: (apartMs) => wakeEveryTrack(db, { from: now(), apartMs }),
  stock: () => takeStock(db),
  revision: async (tenant, trackId, id) => {
    const found = await findRevision(db, tenant, { trackId, id });
    return found ? (found.spec as RevisionRecord) : null;
  },
});

/** A track that a newer build has written stays as it is: the work on it fails, and is tried again by whoever can. */
export function trackFrom(row: Pick<TrackRow, 'id' | 'state' | 'evidence' | 'version'>): TrackState {
  const read = readStoredTrack(row.id, withEvidence(row), row.version);
  if (read.ok) return read.value;
  throw new SluiceError('unsupported', `${read.refusal.message}. ${read.refusal.remedy}`, {
    next: 'ask-human',
  });
}

/** Evidence is stored apart, because it changes at every look; a state from before that was done holds it itself. */
function withEvidence({ state, evidence }: Pick<TrackRow, 'state' | 'evidence'>): unknown {
  const { active } = state as Partial<TrackState>;
  return active && evidence !== null ? { ...(state as object), active: { ...active, evidence } } : state;
}

const withoutEvidence = (track: TrackState): TrackState =>
  track.active ? { ...track, active: { ...track.active, evidence: null } } : track;

function storedCommit(commit: TrackCommit, now: Instant): StoredCommit {
  const { track } = commit;
  return {
    trackId: track.id,
    expectedVersion: commit.expectedVersion,
    ...(commit.evidenceOnly ? {} : { state: withoutEvidence(track) }),
    evidence: track.active?.evidence ?? null,
    nextWakeAt: commit.nextWakeAt,
    announce: announcementOf(commit, now),
    rollouts: commit.rollouts.map(storedRollout),
    revisions: commit.revisions.map((record) => ({
      id: record.id,
      versionLabel: record.version,
      spec: record,
      createdAt: now,
    })),
    events: [...commit.events, ...(commit.facts ?? [])].map(({ event, rollout }) => ({
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

/** Who follows events is told of them at once; a command is heard by the loop of every replica as well. */
function announcementOf({ nextWakeAt, events }: TrackCommit, now: Instant): 'due' | 'written' | null {
  if (nextWakeAt <= now) return 'due';
  return events.length > 0 ? 'written' : null;
}

const digestOf = (value: unknown): string =>
  createHash('sha256').update(canonicalJson(value)).digest('hex').slice(0, 16);

function storedRollout(rollout: Rollout): Omit<RolloutRecord, 'trackId'> {
  const { phase } = rollout;
  const end = rolloutEnd(phase);
  return {
    id: rollout.id,
    number: rollout.number,
    versionLabel: rollout.version,
    candidate: rollout.candidate,
    stable: rollout.stable,
    strategy: rollout.plan.strategy,
    phase: phase.name,
    outcome: end?.outcome ?? null,
    requestedBy: rollout.requestedBy,
    requestedAt: rollout.requestedAt,
    finishedAt: end?.at ?? null,
    state: rollout,
  };
}
