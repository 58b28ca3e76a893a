import { beforeEach, expect, it } from 'vitest';
import { revisionId, trackId } from '@sluice/core/kernel/ids.ts';
import type { Observation } from '@sluice/core/rollout/observation.ts';
import { newTrack } from '@sluice/core/rollout/new-track.ts';
import { stableWorld } from '@sluice/core/rollout/testing/tame-world.ts';
import type { TrackState } from '@sluice/core/rollout/state.ts';
import type { MetricsProvider, TrafficTick } from '../metrics/metrics-provider.ts';
import { withDatabase } from '../store/testing/with-database.ts';
import { sumTraffic, type TrafficSums } from '../store/traffic/traffic-minutes.ts';
import { trafficRecorder, type TrafficRecorder } from './traffic-recorder.ts';

const TENANT = 'default';
const NOON = Date.UTC(2026, 10, 21, 12);
const MINUTE_MS = 60_000;
const NOT_ASKED: Observation['metrics'] = { kind: 'not-asked' };
const [CANDIDATE, STABLE, OTHER] = ['web-2', 'web-1', 'web-0'].map(revisionId);
const ID = trackId('shop', 'production', 'web');

const database = withDatabase();
let now: number;
let asked: number[];
let isDown: boolean;
/** Later seconds are not complete yet. */
let completeUntil: number;
let recorder: TrafficRecorder;

const places = { ofTrack: async () => ({ metrics: provider }) };

beforeEach(() => {
  now = NOON;
  asked = [];
  isDown = false;
  completeUntil = Number.MAX_SAFE_INTEGER;
  recorder = trafficRecorder(database.db, places, () => now);
});

/** Three requests a second to the candidate, of which one fails in every tenth second, and nine to stable. */
const tickAt = (at: number): TrafficTick => {
  const arm = (requests: number, errors: number) => ({
    ...{ requests, errors, latency: [], trials: 0, goals: 0, mirrorMismatches: 0 },
  });
  const failed = at % 10_000 === 0 ? 1 : 0;
  return {
    at,
    durationMs: 1000,
    arms: { [CANDIDATE ?? '']: arm(3, failed), [STABLE ?? '']: arm(9, 0), [OTHER ?? '']: arm(0, 0) },
  };
};

const ticksFrom = (since: number): readonly TrafficTick[] => {
  const seconds = Math.floor((Math.min(now, completeUntil) - since) / 1000);
  return Array.from({ length: Math.max(0, seconds) }, (_, index) => tickAt(since + index * 1000));
};

const provider: MetricsProvider = {
  observe: async (_track, since) => {
    asked.push(since);
    if (isDown) return { kind: 'provider-error', message: 'no answer' };
    const ticks = ticksFrom(since);
    return { kind: 'ticks', ticks, cursor: since + ticks.length * 1000 };
  },
};

const IDLE = newTrack(ID);

/** A rollout under way whose evidence was read up to a moment. */
function liveTrack(cursor: number, others: readonly string[] = []): TrackState {
  const world = stableWorld();
  world.release('v2');
  world.reach('running', 'judge');
  const { active } = world.track;
  if (!active?.evidence || !CANDIDATE || !STABLE) return IDLE;
  const evidence = { ...active.evidence, cursor };
  const weights = [CANDIDATE, STABLE, ...others.map(revisionId)].map((revision) => ({
    revision,
    basisPoints: 0,
  }));
  const split = { ...world.track.split, weights };
  const rollout = { ...active, candidate: CANDIDATE, stable: STABLE, evidence };
  return { ...world.track, id: ID, split, active: rollout };
}

/** What a look at such a track sees. */
function evidenceSince(cursor: number): Observation['metrics'] {
  const nothing = { requests: 0, errors: 0, latency: [] };
  const ticks = ticksFrom(cursor).map(({ at, durationMs, arms }) => ({
    ...{ at, durationMs, warmingUp: false },
    candidate: arms[CANDIDATE ?? ''] ?? nothing,
    stable: arms[STABLE ?? ''] ?? nothing,
  }));
  return { kind: 'ticks', ticks, cursor: cursor + ticks.length * 1000, expressions: [] };
}

const recorded = (revision = CANDIDATE): Promise<TrafficSums> =>
  sumTraffic(database.db, TENANT, { trackId: ID, revision: revisionId(revision ?? ''), since: 0 });

/** Looks every ten seconds as the loop does, from where the look before ended. */
async function lookFor(minutes: number, others: readonly string[] = []): Promise<void> {
  let cursor = now;
  const end = now + minutes * MINUTE_MS;
  while (now < end) {
    now += 10_000;
    const seen = evidenceSince(cursor);
    await recorder.record(TENANT, liveTrack(cursor, others), seen);
    cursor = now;
  }
}

it('reads what nobody has read, once a minute, and goes on where it ended', async () => {
  await recorder.record(TENANT, IDLE, NOT_ASKED);
  expect(asked).toEqual([NOON - 14 * MINUTE_MS]);
  asked = [];
  for (now = NOON + 1000; now <= NOON + 3 * MINUTE_MS; now += 1000)
    await recorder.record(TENANT, IDLE, NOT_ASKED);
  expect(asked).toHaveLength(2);
  const seconds = 16 * 60;
  expect(await recorded()).toMatchObject({ seconds, requests: 3 * seconds, errors: seconds / 10 });
  expect(await recorded(STABLE)).toMatchObject({ seconds, requests: 9 * seconds, errors: 0 });
  expect(await recorded(OTHER)).toMatchObject({ seconds: 0 });
});

it('does not read again what was read as evidence, and counts each second once', async () => {
  await recorder.record(TENANT, IDLE, NOT_ASKED);
  asked = [];
  await lookFor(5);
  expect(asked).toEqual([]);
  const { seconds, requests, errors } = await recorded();
  expect(seconds).toBeGreaterThanOrEqual((14 + 3) * 60);
  expect([requests, errors]).toEqual([seconds * 3, seconds / 10]);
  expect(await recorded(STABLE)).toMatchObject({ seconds, requests: seconds * 9 });
});

it('reads what a gap between two looks has left out', async () => {
  await recorder.record(TENANT, IDLE, NOT_ASKED);
  asked = [];
  now += 2 * MINUTE_MS;
  await lookFor(3);
  expect(asked).toHaveLength(1);
  const { seconds, requests } = await recorded();
  expect(seconds).toBeGreaterThanOrEqual((14 + 3) * 60);
  expect(requests).toBe(seconds * 3);
});

it('reads for itself where a third revision may have requests', async () => {
  await recorder.record(TENANT, IDLE, NOT_ASKED);
  asked = [];
  await lookFor(3, ['web-0']);
  expect(asked.length).toBeGreaterThanOrEqual(2);
});

it('after a restart goes on behind the last minute that is recorded', async () => {
  await recorder.record(TENANT, IDLE, NOT_ASKED);
  const before = await recorded();
  now += 2 * MINUTE_MS;
  asked = [];
  recorder = trafficRecorder(database.db, places, () => now);
  await recorder.record(TENANT, IDLE, NOT_ASKED);
  expect(asked).toEqual([NOON - 14 * MINUTE_MS + before.seconds * 1000]);
  expect((await recorded()).seconds).toBe(before.seconds + 120);
});

it('tries again at the next look when the provider does not answer', async () => {
  isDown = true;
  await recorder.record(TENANT, IDLE, NOT_ASKED);
  expect(await recorded()).toMatchObject({ seconds: 0 });
  isDown = false;
  now += 1000;
  await recorder.record(TENANT, IDLE, NOT_ASKED);
  expect((await recorded()).seconds).toBeGreaterThanOrEqual(13 * 60);
});

it('waits with a minute whose last seconds the provider has not counted yet', async () => {
  await recorder.record(TENANT, IDLE, NOT_ASKED);
  const before = (await recorded()).seconds;
  now += 2 * MINUTE_MS;
  completeUntil = NOON + MINUTE_MS - 1000;
  await recorder.record(TENANT, IDLE, NOT_ASKED);
  expect((await recorded()).seconds).toBe(before);
  completeUntil = NOON + MINUTE_MS;
  await recorder.record(TENANT, IDLE, NOT_ASKED);
  expect((await recorded()).seconds).toBe(before + 120);
});

it('adds nothing again while a clock that was set back catches up, also after a restart', async () => {
  await recorder.record(TENANT, IDLE, NOT_ASKED);
  const before = await recorded();
  now -= 10 * MINUTE_MS;
  for (let minute = 0; minute < 20; minute++) {
    if (minute === 5) recorder = trafficRecorder(database.db, places, () => now);
    now += MINUTE_MS;
    await recorder.record(TENANT, IDLE, NOT_ASKED);
  }
  expect((await recorded()).seconds).toBe(before.seconds + 600);
});
