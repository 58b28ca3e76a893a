import { beforeEach, expect, it } from 'vitest';
import { ok, refuse } from '@sluice/core/kernel/result.ts';
import { trackId } from '@sluice/core/kernel/ids.ts';
import type { TrackEvent } from '@sluice/core/rollout/events.ts';
import { listLedger } from '../store/ledger/read-ledger.ts';
import { withDatabase } from '../store/testing/with-database.ts';
import { changeTrack, type TrackChange } from './change-track.ts';
import { postgresTrackStore } from './postgres-track-store.ts';
import type { TrackStore } from './track-store.ts';

const TENANT = 'default';
const WEB = trackId('shop', 'production', 'web');
const NOW = 5_000;
const database = withDatabase();
const lost: TrackEvent = { kind: 'splitLost', at: NOW };
let store: TrackStore;

beforeEach(() => {
  const options = { holder: 'one', now: () => NOW, unreadable: () => undefined };
  store = postgresTrackStore({ db: database.db, ...options });
});

const change = (of: TrackStore, decide: TrackChange['decide'], actor = 'ann') =>
  changeTrack(of, { tenant: TENANT, track: WEB, actor, decide }, () => NOW);

/** The store as it is for a writer before whom another one comes, so many times. */
function contested(times: number): TrackStore {
  let left = times;
  return {
    ...store,
    load: async (tenant, track) => {
      const found = await store.load(tenant, track);
      left -= 1;
      if (left >= 0) await change(store, () => ok([lost]), 'another');
      return found;
    },
  };
}

it('makes the track with its first change, and the loop looks at it at once', async () => {
  const changed = await change(store, () => ok([lost]));
  expect(changed).toMatchObject({ ok: true, value: { id: WEB, version: 1, splitConfirmed: false } });
  expect(await store.load(TENANT, WEB)).toEqual(changed.ok && changed.value);
  expect(await store.claim('one', 1, 1_000)).toMatchObject([{ track: { id: WEB }, dueAt: NOW }]);
});

it('decides again on the newest state when another writer was first', async () => {
  const seen: number[] = [];
  const changed = await change(contested(2), (track) => {
    seen.push(track.version);
    return ok([lost]);
  });
  expect(seen).toEqual([0, 1, 2]);
  expect(changed).toMatchObject({ ok: true, value: { version: 3 } });
  const actors = (await listLedger(database.db, TENANT, { limit: 9 })).map(({ actor }) => actor);
  expect(actors).toEqual(['ann', 'another', 'another']);
});

it('gives up with a refusal when others are first all the time', async () => {
  const refused = await change(contested(Number.POSITIVE_INFINITY), () => ok([lost]));
  expect(refused).toMatchObject({ ok: false, refusal: { code: 'busy' } });
});

it('changes nothing when it is refused, or when nothing is to be done', async () => {
  const refusal = refuse('unchanged', 'v1 is stable already', 'Change something.');
  expect(await change(store, () => refusal)).toBe(refusal);
  expect(await change(store, () => ok([]))).toMatchObject({ ok: true, value: { version: 0 } });
  expect(await store.load(TENANT, WEB)).toBeNull();
});
