import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Database } from '../store/database/open-database.ts';
import { reserveIdempotencyKey } from '../store/idempotency/idempotency-keys.ts';
import { acquireLease } from '../store/leases/leases.ts';
import { verifyLedger } from '../store/ledger/verify-ledger.ts';
import { findRevision } from '../store/revisions/revisions.ts';
import {
  firstCommit,
  NOON,
  revisionOf,
  rolloutOf,
  rowCounts,
  TENANT,
  WEB,
  webRevision,
} from '../store/testing/track-fixtures.ts';
import { withDatabase } from '../store/testing/with-database.ts';
import { commitTrack, type TrackCommit } from '../store/tracks/commit-track.ts';
import { putTrafficMinutes } from '../store/traffic/put-traffic-minutes.ts';
import { RETENTION, retentionDuty } from './retention-duty.ts';

const database = withDatabase();
let db: Database;
let ending: AbortController;
/** What the duty did beside the store, in order. */
let told: string[];
/** Of the track that everything is committed to. */
let version: number;

beforeEach(() => {
  db = database.db;
  ending = new AbortController();
  told = [];
  version = 0;
});
afterEach(() => ending.abort());

/** Does the duty for so many rounds. */
async function doDuty(rounds = 1, more: { pruneBundles?: () => Promise<void> } = {}): Promise<void> {
  let left = rounds;
  await retentionDuty({
    db,
    holder: 'one',
    now: () => NOON,
    log: pino(
      { level: 'warn' },
      { write: (line) => told.push((JSON.parse(line) as { reason: string }).reason) },
    ),
    pruneBundles: async () => void told.push('bundles pruned'),
    wait: async () => {
      left -= 1;
      if (left === 0) ending.abort();
    },
    signal: ending.signal,
    ...more,
  });
}

const commit = (changes: Partial<TrackCommit>) =>
  commitTrack(db, TENANT, firstCommit({ expectedVersion: version++, ...changes }));
const event = (at: number) => ({ rolloutId: null, at, kind: 'splitLost', body: {} });
const range = (count: number) => Array.from({ length: count }, (_, index) => index + 1);
/** One moment that is kept, and one that is just over the limit. */
const around = (limitMs: number) => [NOON - limitMs, NOON - limitMs - 1];

describe('a round', () => {
  it('removes events, effects, traffic and idempotency keys that are over their age, and nothing younger', async () => {
    await commit({
      events: around(RETENTION.eventsMs).map(event),
      effects: around(RETENTION.effectsMs).map((orderedAt) => ({
        ...{ id: `order at ${orderedAt}`, kind: 'applySplit', body: {} },
        orderedAt,
      })),
    });
    const sums = { requests: 1, errors: 0, seconds: 1, sumErrorsSquared: 0 };
    const minutes = around(RETENTION.trafficMs).map((minute) => ({
      revision: webRevision(1),
      minute,
      ...sums,
    }));
    await putTrafficMinutes(db, TENANT, { trackId: WEB, minutes });
    for (const now of around(RETENTION.idempotencyKeysMs))
      await reserveIdempotencyKey(db, TENANT, { key: `key at ${now}`, requestHash: 'h', now });
    const before = { tracks: 1, events: 2, effects: 2, traffic_minutes: 2, idempotency_keys: 2 };
    expect(await rowCounts(db)).toEqual(before);
    await doDuty();
    expect(await rowCounts(db)).toEqual({
      ...{ tracks: 1, events: 1, effects: 1, traffic_minutes: 1, idempotency_keys: 1 },
      leases: 1,
    });
  });

  it('removes what is over its number for a track, in more than one batch', async () => {
    const over = 1_500;
    const young = range(RETENTION.eventsPerTrack + over).map(() => event(NOON));
    for (let from = 0; from < young.length; from += 5_000)
      await commit({ events: young.slice(from, from + 5_000) });
    const effects = range(RETENTION.effectsPerTrack).map((count) => ({
      ...{ id: `order ${count}`, kind: 'applySplit', body: {}, orderedAt: NOON },
    }));
    await commit({ effects: effects.slice(0, over) });
    await commit({ effects });
    const ended = { outcome: 'succeeded', finishedAt: NOON };
    await commit({
      rollouts: range(RETENTION.rolloutsPerTrack + 1).map((number) => rolloutOf(number, ended)),
    });
    await doDuty();
    expect(await rowCounts(db)).toMatchObject({
      events: RETENTION.eventsPerTrack,
      effects: RETENTION.effectsPerTrack,
      rollouts: RETENTION.rolloutsPerTrack,
    });
  });

  it('removes old revisions that no rollout mentions and no track remembers', async () => {
    const [young = 0, old = 0] = around(RETENTION.revisionsMs);
    const mentioned = rolloutOf(1, { candidate: webRevision(3), stable: null });
    await commit({
      state: { revisions: { [webRevision(1)]: {} } },
      revisions: [
        ...[1, 2, 3].map((number) => revisionOf(number, { createdAt: old })),
        revisionOf(4, { createdAt: young }),
      ],
      rollouts: [mentioned],
    });
    await doDuty();
    const ids = [1, 2, 3, 4].map(webRevision);
    const found = await Promise.all(ids.map((id) => findRevision(db, TENANT, { trackId: WEB, id })));
    expect(found.flatMap((revision) => revision?.versionLabel ?? [])).toEqual(['v1', 'v3', 'v4']);
  });

  it('never touches the ledger', async () => {
    const ancient = { at: 0, actor: 'ann', action: 'rolloutRequested', subject: WEB, detail: {} };
    await commit({ ledgerEntries: [ancient] });
    await doDuty();
    expect(await verifyLedger(db, TENANT)).toMatchObject({ fault: null, entries: 1 });
  });
});

describe('the duty', () => {
  it('is done by one replica at a time', async () => {
    await acquireLease(db, { name: 'retention', holder: 'another', durationMs: 60_000 });
    await commit({ events: [event(0)] });
    await doDuty();
    expect(await rowCounts(db)).toMatchObject({ events: 1 });
    expect(told).toEqual([]);
  });

  it('prunes copies of sources after the revisions that used them are gone, each round', async () => {
    await commit({ revisions: [revisionOf(1, { createdAt: 0 })] });
    const counts: unknown[] = [];
    await doDuty(2, { pruneBundles: async () => void counts.push(await rowCounts(db)) });
    expect(counts).toEqual([
      { tracks: 1, leases: 1 },
      { tracks: 1, leases: 1 },
    ]);
  });

  it('goes on after a round that failed, and says why it did', async () => {
    let rounds = 0;
    const pruneBundles = async (): Promise<void> => {
      rounds += 1;
      if (rounds === 1) throw new TypeError('the disk is gone');
      told.push('bundles pruned');
    };
    await doDuty(2, { pruneBundles });
    expect(told).toEqual(['removing what is old: the disk is gone', 'bundles pruned']);
  });

  it('ends with its signal, also before its first round', async () => {
    await commit({ events: [event(0)] });
    ending.abort();
    await doDuty();
    expect(await rowCounts(db)).toEqual({ tracks: 1, events: 1 });
  });
});
