import { randomUUID } from 'node:crypto';
import { type RevisionId, revisionId } from '@sluice/core/kernel/ids.ts';
import type { Instant } from '@sluice/core/kernel/instant.ts';
import type { TrackState } from '@sluice/core/rollout/state.ts';
import { sampleComponent } from '@sluice/core/rollout/testing/sample-component.ts';
import { postgresTrackStore } from '@sluice/server/loop/postgres-track-store.ts';
import type { TrackStore } from '@sluice/server/loop/track-store.ts';
import type { Database } from '@sluice/server/store/database/open-database.ts';
import type { RevisionRecord } from '@sluice/server/targets/revision-record.ts';
import { sql } from 'kysely';
import { INSTANCES, judgedTrack, liveCanary } from './live-world.ts';
import { asTrack, hostOf, trackOf } from './sample-fleet.ts';

/** The server's only tenant. */
export const TENANT = 'default';

/** How many different tracks are made by the engine; the others are copies under other names. */
const SAMPLES = 12;
/** The youngest sample has been judged for so long, each next one for so much longer, in seconds. */
const YOUNGEST_SECONDS = 60;
const SECONDS_APART = 60;
const WRITERS = 8;

/** Fills an empty store with tracks whose rollouts are being judged; none is due before `firstWakeAt`. */
export async function seedStore(db: Database, count: number, firstWakeAt: Instant): Promise<void> {
  const store = postgresTrackStore({ db, holder: randomUUID(), now: Date.now, unreadable: () => undefined });
  const until = Math.floor(Date.now() / 1000) * 1000;
  const samples = Array.from({ length: Math.min(SAMPLES, count) }, (_, index) =>
    judgedTrack(index, YOUNGEST_SECONDS + index * SECONDS_APART, until),
  );
  const write = async (from: number): Promise<void> => {
    for (let number = from; number < count; number += WRITERS) {
      const sample = samples[number % samples.length];
      if (sample) await insertTrack(store, asTrack(sample, number), number, firstWakeAt);
    }
  };
  await Promise.all(Array.from({ length: WRITERS }, (_, writer) => write(writer)));
  await sql`vacuum analyze`.execute(db);
}

async function insertTrack(
  store: TrackStore,
  track: TrackState,
  number: number,
  nextWakeAt: Instant,
): Promise<void> {
  const revisions = Object.keys(track.capacity).map((id) => recordOf(track, revisionId(id), number));
  const rollouts = track.active ? [track.active] : [];
  await store.commit({
    tenant: TENANT,
    track,
    evidenceOnly: false,
    expectedVersion: 0,
    nextWakeAt,
    events: [],
    rollouts,
    revisions,
    ledger: [],
    effects: [],
  });
}

const recordOf = (track: TrackState, id: RevisionId, number: number): RevisionRecord => ({
  id,
  track: trackOf(number),
  version: track.revisions[id]?.version ?? id,
  component: {
    ...sampleComponent(liveCanary(60_000), INSTANCES),
    route: { host: hostOf(number), path: '/' },
  },
  checks: [],
  directory: '/srv/web',
});

/** Spreads the moments at which tracks are due evenly over one pace from `from` on, as they are in a server that has run for long. */
export async function spreadWakes(db: Database, from: Instant, paceMs: number): Promise<void> {
  await sql`
    update tracks set claimed_by = null, claimed_until = null,
      next_wake_at = to_timestamp(${from}::double precision / 1000)
        + place.part * ${paceMs}::double precision * interval '1 millisecond'
    from (
      select tenant, id, (row_number() over (order by hashtext(id)))::double precision / count(*) over () as part
      from tracks
    ) as place
    where tracks.tenant = place.tenant and tracks.id = place.id`.execute(db);
  await sql`vacuum tracks`.execute(db);
}
