import { EventEmitter, on, once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { assert } from '@sluice/core/kernel/assert.ts';
import { trackId } from '@sluice/core/kernel/ids.ts';
import type { Evidence } from '@sluice/core/rollout/evidence.ts';
import type { TrackState } from '@sluice/core/rollout/state.ts';
import { readStoredTrack } from '@sluice/core/rollout/stored-track.ts';
import { listen } from '../store/database/listen.ts';
import { withDatabase } from '../store/testing/with-database.ts';
import { commitTrack } from '../store/tracks/commit-track.ts';
import { loadTrack } from '../store/tracks/load-track.ts';
import { TRACKS_CHANNEL } from '../store/tracks/wake-track.ts';
import { postgresTrackStore } from './postgres-track-store.ts';
import type { TrackCommit, TrackStore } from './track-store.ts';

const TENANT = 'default';
const ID = trackId('shop', 'local', 'web');
const database = withDatabase();
const openStore = (): TrackStore =>
  postgresTrackStore({ db: database.db, holder: 'one', now: () => 5000, unreadable: () => undefined });

const storedText = (): Promise<string> =>
  readFile(new URL('testing/rollout-of-an-older-build.json', import.meta.url), 'utf8');

/** A track with a rollout that has evidence, with all that this build knows of. */
const sampleTrack = async (): Promise<TrackState> => {
  const stored = JSON.parse(await storedText()) as TrackState;
  const read = readStoredTrack(ID, stored, stored.version);
  assert(read.ok, 'this build can read what an older one has stored');
  return read.value;
};

const commitOf = (track: TrackState, more: Partial<TrackCommit>): TrackCommit => ({
  tenant: TENANT,
  track,
  evidenceOnly: false,
  expectedVersion: track.version - 1,
  nextWakeAt: 5000,
  ...{ events: [], rollouts: [], revisions: [], ledger: [], effects: [] },
  ...more,
});

const seenMore = (track: TrackState, version: number): TrackState => {
  const evidence = { ...track.active?.evidence, failedLooks: version } as Evidence;
  return { ...track, version, active: track.active && { ...track.active, evidence } };
};

it('gives a track back whole after a commit of nothing but evidence, which wrote nothing but evidence', async () => {
  const store = openStore();
  const first = { ...(await sampleTrack()), version: 1 };
  expect(await store.commit(commitOf(first, {}))).toBe('committed');
  const second = seenMore(first, 2);
  const strayed = { ...second, nextNumber: 99 };
  expect(await store.commit(commitOf(strayed, { evidenceOnly: true }))).toBe('committed');
  expect(await store.load(TENANT, ID)).toEqual(second);
  const [claimed] = await store.claim('one', 1, 1000);
  expect(claimed).toMatchObject({ track: second, dueAt: 5000 });
});

it('tells whoever listens of a track that is due, of events, and of nothing else', async () => {
  const store = openStore();
  const heard = new EventEmitter();
  const abort = new AbortController();
  const onNotify = (payload: string): void => void heard.emit('payload', payload);
  const onListening = (): void => void heard.emit('listening');
  const listening = once(heard, 'listening');
  const ended = listen({
    ...{ url: database.url, channel: TRACKS_CHANNEL, signal: abort.signal },
    ...{ onNotify, onListening },
  });
  await listening;
  const payloads = on(heard, 'payload');
  const first = { ...(await sampleTrack()), version: 1 };
  const later = { nextWakeAt: 9000 };
  await store.commit(commitOf(first, later));
  await store.commit(commitOf(seenMore(first, 2), { ...later, evidenceOnly: true }));
  const event = { kind: 'splitConfirmed', at: 5000 } as const;
  await store.commit(commitOf(seenMore(first, 3), { ...later, events: [{ event, rollout: null }] }));
  await store.commit(commitOf(seenMore(first, 4), {}));
  expect((await payloads.next()).value).toEqual(['']);
  expect((await payloads.next()).value).toEqual([ID]);
  abort.abort();
  await ended;
});

it('reads evidence from the state of a build that kept it there, and moves it out with the next commit', async () => {
  const store = openStore();
  const stored = await sampleTrack();
  await commitTrack(database.db, TENANT, { trackId: ID, expectedVersion: 0, state: stored, nextWakeAt: 0 });
  const read = await store.load(TENANT, ID);
  expect(read?.active?.evidence).toEqual(stored.active?.evidence);
  expect(stored.active?.evidence).not.toBeNull();
  await store.commit(commitOf(seenMore(stored, 2), { evidenceOnly: true }));
  expect((await store.load(TENANT, ID))?.active?.evidence?.failedLooks).toBe(2);
  await store.commit(commitOf(seenMore(stored, 3), {}));
  const row = await loadTrack(database.db, TENANT, ID);
  expect(row?.state).toMatchObject({ active: { evidence: null } });
  expect(row?.evidence).toMatchObject({ failedLooks: 3 });
});

it('keeps no evidence of a rollout that has ended', async () => {
  const store = openStore();
  const first = { ...(await sampleTrack()), version: 1 };
  await store.commit(commitOf(first, {}));
  const ended = { ...first, version: 2, active: null, last: first.active };
  await store.commit(commitOf(ended, {}));
  expect(await store.load(TENANT, ID)).toEqual(ended);
  expect((await loadTrack(database.db, TENANT, ID))?.evidence).toBeNull();
});
