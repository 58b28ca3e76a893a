import { trackId, trackIdFrom } from '@sluice/core/kernel/ids.ts';
import { sql } from 'kysely';
import { EventEmitter, on, once } from 'node:events';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { listen } from '../database/listen.ts';
import { type Database, openDatabase } from '../database/open-database.ts';
import { listEvents } from '../events/list-events.ts';
import { listLedger } from '../ledger/read-ledger.ts';
import { verifyLedger } from '../ledger/verify-ledger.ts';
import { findRevision } from '../revisions/revisions.ts';
import { getRollout } from '../rollouts/rollouts.ts';
import {
  firstCommit,
  NOON,
  revisionOf,
  rolloutOf,
  rowCounts,
  TENANT,
  WEB,
} from '../testing/track-fixtures.ts';
import { withDatabase } from '../testing/with-database.ts';
import { commitTrack, type TrackCommit } from './commit-track.ts';
import { claimDueTracks, releaseClaim } from './claim-due-tracks.ts';
import { listTracks, loadTrack } from './load-track.ts';
import { TRACKS_CHANNEL } from './wake-track.ts';

const database = withDatabase();
let db: Database;
beforeEach(() => {
  db = database.db;
});

/** A commit that writes to every table that a commit can write to. */
function fullCommit(changes: Partial<TrackCommit> = {}): TrackCommit {
  return firstCommit({
    state: { active: 'ro-1' },
    rollouts: [rolloutOf(1)],
    revisions: [revisionOf(1)],
    events: [
      { rolloutId: null, at: NOON, kind: 'capacityOrdered', body: { instances: 2 } },
      { rolloutId: rolloutOf(1).id, at: NOON, kind: 'rolloutPlanned', body: {} },
    ],
    ledgerEntries: [{ at: NOON, actor: 'ada', action: 'rollout.requested', subject: WEB, detail: { v: 1 } }],
    effects: [{ id: 'shop/1/applySplit', kind: 'applySplit', body: { share: 500 }, orderedAt: NOON }],
    announce: 'due',
    ...changes,
  });
}

const ALL_WRITTEN = {
  tracks: 1,
  rollouts: 1,
  revisions: 1,
  events: 2,
  ledger: 1,
  ledger_trees: 1,
  effects: 1,
};

describe('a commit', () => {
  it('writes state, rollouts, revisions, events, ledger and effects together', async () => {
    expect(await commitTrack(db, TENANT, fullCommit())).toBe('committed');
    expect(await rowCounts(db)).toEqual(ALL_WRITTEN);
    expect(await loadTrack(db, TENANT, WEB)).toMatchObject({ state: { active: 'ro-1' }, version: 1 });
    expect(await getRollout(db, TENANT, rolloutOf(1).id)).toEqual(rolloutOf(1));
    expect(await findRevision(db, TENANT, revisionOf(1))).toEqual(revisionOf(1));
    const [first, second] = await listEvents(db, TENANT, { after: 0, limit: 10 });
    expect([first?.kind, second?.kind]).toEqual(['capacityOrdered', 'rolloutPlanned']);
    const effects = await db.selectFrom('effects').select(['id', 'generation', 'body']).execute();
    expect(effects).toEqual([{ id: 'shop/1/applySplit', generation: 1, body: { share: 500 } }]);
    expect(await verifyLedger(db, TENANT)).toMatchObject({ fault: null, entries: 1 });
  });

  it('without a state leaves the state as it was, and always replaces what goes with it', async () => {
    await commitTrack(db, TENANT, firstCommit({ state: { active: 'ro-1' }, evidence: { requests: 1 } }));
    const look = { trackId: WEB, nextWakeAt: NOON, expectedVersion: 1, evidence: { requests: 2 } };
    expect(await commitTrack(db, TENANT, look)).toBe('committed');
    const kept = { state: { active: 'ro-1' }, evidence: { requests: 2 }, version: 2 };
    expect(await loadTrack(db, TENANT, WEB)).toMatchObject(kept);
    await commitTrack(db, TENANT, firstCommit({ expectedVersion: 2, state: { active: null } }));
    expect(await loadTrack(db, TENANT, WEB)).toMatchObject({ state: { active: null }, evidence: null });
  });

  it('waits for the disk unless it brings nothing but evidence', async () => {
    await sql
      .raw(`create table waits (for_disk text);
        create function note_wait() returns trigger language plpgsql as
          $$ begin insert into waits values (current_setting('synchronous_commit')); return null; end $$;
        create constraint trigger at_the_end after insert or update on tracks deferrable initially deferred
          for each row execute function note_wait()`)
      .execute(db);
    const one = openDatabase(database.url, { maxConnections: 1 });
    await sql`set synchronous_commit = on`.execute(one);
    await commitTrack(one, TENANT, firstCommit());
    await claimDueTracks(one, { holder: 'a', limit: 1, leaseMs: 1000, now: NOON });
    await releaseClaim(one, TENANT, { trackId: WEB, version: 1, holder: 'a', wakeAt: NOON });
    const look = { trackId: WEB, nextWakeAt: NOON, evidence: { requests: 2 } };
    await commitTrack(one, TENANT, { ...look, expectedVersion: 1 });
    await commitTrack(one, TENANT, { ...look, expectedVersion: 2, effects: fullCommit().effects ?? [] });
    await commitTrack(one, TENANT, firstCommit({ expectedVersion: 3 }));
    const waits = await sql<{ for_disk: string }>`select for_disk from waits`.execute(one);
    await one.destroy();
    await sql.raw('drop function note_wait cascade; drop table waits').execute(db);
    const [created, claimed, released, looked, ordered, changed] = waits.rows.map((row) => row.for_disk);
    expect([claimed, released, looked]).toEqual(['off', 'off', 'off']);
    expect([created, ordered, changed]).toEqual(['on', 'on', 'on']);
  });

  it('of a claimant counts only while it has the claim', async () => {
    await commitTrack(db, TENANT, firstCommit());
    const look = { trackId: WEB, nextWakeAt: NOON, expectedVersion: 1, evidence: { requests: 1 } };
    const claim = { limit: 1, leaseMs: 0, now: NOON };
    expect(await commitTrack(db, TENANT, { ...look, claimedBy: 'a' })).toBe('conflict');
    await claimDueTracks(db, { ...claim, holder: 'a' });
    await claimDueTracks(db, { ...claim, holder: 'b' });
    expect(await commitTrack(db, TENANT, { ...look, claimedBy: 'a' })).toBe('conflict');
    expect(await commitTrack(db, TENANT, fullCommit({ expectedVersion: 1, claimedBy: 'a' }))).toBe(
      'conflict',
    );
    expect(await commitTrack(db, TENANT, { ...look, claimedBy: 'b' })).toBe('committed');
    expect(await rowCounts(db)).toEqual({ tracks: 1 });
  });

  it('counts the version up and replaces rollouts by id', async () => {
    await commitTrack(db, TENANT, fullCommit());
    const succeeded = rolloutOf(1, {
      phase: 'succeeded',
      outcome: 'succeeded',
      finishedAt: NOON + 60_000,
      state: { step: 9 },
    });
    const next = firstCommit({ expectedVersion: 1, rollouts: [succeeded], nextWakeAt: null });
    expect(await commitTrack(db, TENANT, next)).toBe('committed');
    expect(await getRollout(db, TENANT, succeeded.id)).toEqual(succeeded);
    expect(await loadTrack(db, TENANT, WEB)).toMatchObject({ version: 2, nextWakeAt: null });
  });

  it('with a stale version conflicts and writes nothing', async () => {
    await commitTrack(db, TENANT, firstCommit());
    await commitTrack(db, TENANT, firstCommit({ expectedVersion: 1, state: { won: true } }));
    expect(await commitTrack(db, TENANT, fullCommit({ expectedVersion: 1 }))).toBe('conflict');
    expect(await commitTrack(db, TENANT, fullCommit({ expectedVersion: 0 }))).toBe('conflict');
    expect(await commitTrack(db, TENANT, firstCommit({ expectedVersion: 1 }))).toBe('conflict');
    expect(await commitTrack(db, TENANT, firstCommit({ expectedVersion: 9 }))).toBe('conflict');
    expect(await rowCounts(db)).toEqual({ tracks: 1 });
    expect(await loadTrack(db, TENANT, WEB)).toMatchObject({ state: { won: true }, version: 2 });
  });

  it('is won by one of eight that race for the same version', async () => {
    await commitTrack(db, TENANT, firstCommit());
    const racers = Array.from({ length: 8 }, (_, index) =>
      commitTrack(db, TENANT, fullCommit({ expectedVersion: 1, state: { winner: index } })),
    );
    const outcomes = await Promise.all(racers);
    expect(outcomes.filter((outcome) => outcome === 'committed')).toHaveLength(1);
    const winner = outcomes.indexOf('committed');
    expect(await loadTrack(db, TENANT, WEB)).toMatchObject({ state: { winner }, version: 2 });
    expect(await rowCounts(db)).toEqual(ALL_WRITTEN);
  });

  it('ends the claim, so that the track can be claimed as soon as it is due', async () => {
    await commitTrack(db, TENANT, firstCommit());
    const claim = { limit: 1, leaseMs: 60_000, now: NOON };
    await claimDueTracks(db, { ...claim, holder: 'a' });
    await commitTrack(db, TENANT, firstCommit({ expectedVersion: 1 }));
    expect(await claimDueTracks(db, { ...claim, holder: 'b' })).toHaveLength(1);
  });

  it('announces a track that is due, and that something was written, when asked to and only once it is committed', async () => {
    const heard = new EventEmitter();
    const abort = new AbortController();
    const ended = listen({
      url: database.url,
      channel: TRACKS_CHANNEL,
      signal: abort.signal,
      onListening: () => heard.emit('listening'),
      onNotify: (payload) => heard.emit('payload', payload),
    });
    await once(heard, 'listening');
    const payloads = on(heard, 'payload');
    await commitTrack(db, TENANT, firstCommit({ trackId: trackId('shop', 'production', 'quiet') }));
    await commitTrack(db, TENANT, firstCommit({ announce: 'due' }));
    await commitTrack(db, TENANT, firstCommit({ expectedVersion: 1, announce: 'written' }));
    expect((await payloads.next()).value).toEqual([WEB]);
    expect((await payloads.next()).value).toEqual(['']);
    abort.abort();
    await ended;
  });

  it('keeps tenants apart', async () => {
    await commitTrack(db, TENANT, fullCommit());
    expect(await commitTrack(db, 'other', fullCommit({ state: { of: 'other' } }))).toBe('committed');
    expect(await loadTrack(db, TENANT, WEB)).toMatchObject({ state: { active: 'ro-1' } });
    expect(await loadTrack(db, 'other', WEB)).toMatchObject({ state: { of: 'other' } });
    expect(await listLedger(db, 'other', { limit: 10 })).toMatchObject([{ tenant: 'other', sequence: 1 }]);
    expect(await verifyLedger(db, 'other')).toMatchObject({ fault: null, entries: 1 });
    expect(await loadTrack(db, 'third', WEB)).toBeUndefined();
  });
});

/** Tables in the order in which a commit writes to them; the last step is the commit itself. */
const STEPS = ['tracks', 'revisions', 'rollouts', 'effects', 'events', 'ledger'];

describe.each([...STEPS, 'commit'])('a commit that fails at the step "%s"', (step) => {
  const table = step === 'commit' ? 'ledger' : step;
  const timing =
    step === 'commit' ? sql`constraint trigger fault after insert` : sql`trigger fault before insert`;
  const deferred = step === 'commit' ? sql`deferrable initially deferred` : sql``;
  const breakStep = async (fault: string) => {
    await sql`create function fault() returns trigger language plpgsql as ${sql.lit(`begin ${fault} return new; end`)}`.execute(
      db,
    );
    await sql`create ${timing} on ${sql.table(table)} ${deferred} for each row execute function fault()`.execute(
      db,
    );
  };
  const mend = () => sql`drop function if exists fault cascade`.execute(db);
  afterEach(mend);

  it.each([
    ['an error', `raise exception 'planted' using errcode = 'disk_full';`, 'exhausted'],
    ['a cut connection', 'perform pg_terminate_backend(pg_backend_pid());', 'unreachable'],
  ])('through %s leaves a clean world, and succeeds when repeated', async (_, fault, code) => {
    await breakStep(fault);
    await expect(commitTrack(db, TENANT, fullCommit())).rejects.toMatchObject({ code, next: 'retry' });
    expect(await rowCounts(db)).toEqual({});
    await mend();
    expect(await commitTrack(db, TENANT, fullCommit())).toBe('committed');
    expect(await rowCounts(db)).toEqual(ALL_WRITTEN);
    expect(await verifyLedger(db, TENANT)).toMatchObject({ fault: null, entries: 1 });
  });
});

describe('many committers', () => {
  it('leave a gapless ledger that verifies, and no event that a reader of what comes next would miss', async () => {
    const replicas = Array.from({ length: 8 }, () => openDatabase(database.url, { maxConnections: 1 }));
    const reading = readEvents(320);
    const commitTwenty = async (replica: Database, name: string) => {
      const id = trackId('shop', 'production', name);
      for (let version = 0; version < 20; version += 1) {
        const commit = fullCommit({
          trackId: id,
          expectedVersion: version,
          rollouts: [],
          effects: [],
        });
        expect(await commitTrack(replica, TENANT, { ...commit, announce: null })).toBe('committed');
      }
    };
    await Promise.all(replicas.map((replica, index) => commitTwenty(replica, `c${index}`)));
    await Promise.all(replicas.map((replica) => replica.destroy()));
    expect(await verifyLedger(db, TENANT)).toMatchObject({ fault: null, entries: 160 });
    expect(new Set(await reading).size).toBe(320);
  });

  /** Reads page after page while the others write, always after the last number it has seen. */
  async function readEvents(expected: number): Promise<readonly number[]> {
    const seen: number[] = [];
    while (seen.length < expected) {
      const page = await listEvents(db, TENANT, { after: seen.at(-1) ?? 0, limit: 50 });
      seen.push(...page.map(({ sequence }) => sequence));
    }
    return seen;
  }
});

describe('tracks', () => {
  it('are listed by id, page by page, of one application or environment', async () => {
    for (const id of ['a/p/x', 'a/s/x', 'b/p/x', 'b/p/y'])
      await commitTrack(db, TENANT, firstCommit({ trackId: trackIdFrom(id) }));
    const ids = async (page: Parameters<typeof listTracks>[2]) =>
      (await listTracks(db, TENANT, page)).map(({ id }) => id);
    expect(await ids({ limit: 2 })).toEqual(['a/p/x', 'a/s/x']);
    expect(await ids({ limit: 5, after: trackIdFrom('a/s/x') })).toEqual(['b/p/x', 'b/p/y']);
    expect(await ids({ limit: 5, application: 'a', environment: 'p' })).toEqual(['a/p/x']);
    expect(await listTracks(db, 'other', { limit: 5 })).toEqual([]);
  });
});
