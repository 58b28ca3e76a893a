import { SluiceError } from '@sluice/core/kernel/failure.ts';
import { revisionId } from '@sluice/core/kernel/ids.ts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { EventView } from '@sluice/protocol/http/views.ts';
import { withDatabase } from '../store/testing/with-database.ts';
import { listLedger } from '../store/ledger/read-ledger.ts';
import { TENANT } from '../store/testing/track-fixtures.ts';
import { accepted, ControlPlaneRig, refused } from './testing/control-plane-rig.ts';

const database = withDatabase();
const WEB = 'shop/production/web';
const API = 'shop/production/api';
const ALL = { cursor: null, limit: 200 };
let rig: ControlPlaneRig;
beforeEach(async () => {
  rig = await ControlPlaneRig.open(database.db);
});
afterEach(() => rig.close());

const track = async () => accepted(await rig.plane.track(WEB));

/** v1 is stable and v2 is being judged. */
async function underWay(): Promise<void> {
  await rig.stable('v1');
  await rig.write('web', 'v2');
  accepted(await rig.release({ version: 'v2', components: ['web'] }));
  while ((await track()).active?.evidence?.candidate.requests === 0 || !(await track()).active?.evidence)
    await rig.look();
}

describe('a command', () => {
  beforeEach(underWay);

  it('is carried out on the version that its sender has seen, and stands in the ledger', async () => {
    const { version } = await track();
    const paused = accepted(await rig.plane.command(WEB, { command: 'pause', by: 'bob' }, version));
    expect(paused).toMatchObject({
      version: version + 1,
      active: { phase: 'held', reason: { kind: 'paused', detail: 'paused by bob' } },
    });
    const [note] = await listLedger(database.db, TENANT, { limit: 1 });
    expect(note).toMatchObject({ actor: 'bob', action: 'rolloutHeld', subject: 'ro-2' });
  });

  it('with the version of before is refused, and changes nothing', async () => {
    const { version } = await track();
    expect(refused(await rig.plane.command(WEB, { command: 'abort', by: 'bob' }, version - 1))).toMatchObject(
      {
        ...{ status: 412, code: 'changed-meanwhile' },
        detail: `${WEB} is at version ${version}, not ${version - 1}.`,
      },
    );
    expect(await track()).toMatchObject({ version, active: { phase: 'running' } });
  });

  it('without a version is carried out on whatever there is, and lets the loop look at once', async () => {
    const wakes = rig.wakes;
    accepted(await rig.plane.command(WEB, { command: 'abort', by: 'bob' }, null));
    expect(rig.wakes).toBe(wakes + 1);
    await rig.settle();
    expect(await track()).toMatchObject({ stable: { version: 'v1' }, last: { outcome: 'rolled-back' } });
  });

  it('that does not fit the state is refused with what would be possible', async () => {
    expect(refused(await rig.plane.command(WEB, { command: 'resume', by: 'bob' }, null))).toMatchObject({
      ...{ status: 409, code: 'wrong-phase' },
      detail: 'v2 (ro-2) is running and cannot be resumed',
    });
  });

  it('to a track that is not known is refused', async () => {
    const answer = await rig.plane.command('shop/production/none', { command: 'pause', by: 'bob' }, null);
    expect(refused(answer)).toMatchObject({ status: 404, code: 'not-found' });
  });
});

describe('what can be read', () => {
  it('is a track with what runs, why it waits, and what comes next', async () => {
    await underWay();
    expect(await track()).toMatchObject({
      ...{ id: WEB, application: 'shop', environment: 'production', component: 'web' },
      split: { weights: [{ basisPoints: 2_500 }, { basisPoints: 7_500 }] },
      revisions: [
        { version: 'v1', role: 'stable', shareBasisPoints: 7_500, ready: 2 },
        { version: 'v2', role: 'candidate', shareBasisPoints: 2_500, ready: 1 },
      ],
      active: { id: 'ro-2', phase: 'running', candidateShareBasisPoints: 2_500 },
      explanation: { doing: expect.stringContaining('v2'), waitingFor: expect.any(String) },
    });
  });

  it('are tracks, page by page, and those of an application or environment', async () => {
    accepted(await rig.release());
    const first = await rig.plane.tracks({}, { cursor: null, limit: 1 });
    expect(first.items.map(({ id }) => id)).toEqual([API]);
    const second = await rig.plane.tracks({}, { cursor: first.next, limit: 1 });
    expect(second).toMatchObject({ items: [{ id: WEB }], next: null });
    expect((await rig.plane.tracks({ application: 'other' }, ALL)).items).toEqual([]);
    expect((await rig.plane.tracks({ environment: 'production' }, ALL)).items).toHaveLength(2);
  });

  it('are rollouts, the last requested first, page by page, of all tracks or one', async () => {
    accepted(await rig.release());
    await rig.settle();
    await rig.stable('v2');
    const first = await rig.plane.rollouts({}, { cursor: null, limit: 2 });
    const second = await rig.plane.rollouts({}, { cursor: first.next, limit: 2 });
    expect([...first.items, ...second.items].map(({ id }) => id)).toEqual(['ro-3', 'ro-2', 'ro-1']);
    expect(second.next).toBeNull();
    expect((await rig.plane.rollouts({ track: API }, ALL)).items).toMatchObject([{ track: API, id: 'ro-2' }]);
  });

  it('is a rollout as it is now while it is under way, and as it ended afterwards', async () => {
    await underWay();
    const live = accepted(await rig.plane.rollout('ro-2'));
    expect(live).toMatchObject({ phase: 'running', outcome: null, candidateShareBasisPoints: 2_500 });
    expect(live.evidence?.candidate.requests).toBeGreaterThan(0);
    await rig.settle();
    expect(accepted(await rig.plane.rollout('ro-2'))).toMatchObject({
      phase: 'succeeded',
      outcome: 'succeeded',
      candidateShareBasisPoints: 0,
    });
  });

  it('are the events of a rollout in words, page by page', async () => {
    accepted(await rig.release({ version: 'v1', components: ['web'] }));
    await rig.settle();
    const words: string[] = [];
    let page = accepted(await rig.plane.rolloutEvents('ro-1', { cursor: null, limit: 2 }));
    for (;;) {
      words.push(...page.items.map((event) => event.words));
      if (page.next === null) break;
      page = accepted(await rig.plane.rolloutEvents('ro-1', { cursor: page.next, limit: 2 }));
    }
    expect(words.slice(0, 3)).toEqual([
      'ann asked for v1 (canary)',
      'its turn has come',
      'started; there is no stable revision to compare with',
    ]);
    expect(words.some((said) => said.startsWith('succeeded'))).toBe(true);
  });

  it('is the report of a rollout, for machines and for people', async () => {
    await rig.stable('v1');
    await rig.stable('v2');
    const { json, markdown } = accepted(await rig.plane.report('ro-2'));
    expect(json).toMatchObject({
      ...{ rollout: 'ro-2', track: WEB, version: 'v2', outcome: 'succeeded', requestedBy: 'ann' },
      durationSeconds: expect.any(Number),
      evidence: { candidate: { errors: 0 } },
    });
    expect(markdown).toContain(`# ${WEB}: v2 succeeded`);
    expect(markdown).toContain('ann asked for v2 (canary)');
  });

  it.each(['v2', 'its revision id', null])('are the lines of a revision: %s', async (asked) => {
    await underWay();
    const { active, stable } = await track();
    const revision = asked === 'its revision id' ? (stable?.revision ?? '') : asked;
    const expected = asked === 'its revision id' ? stable?.revision : active?.candidate;
    expect(accepted(await rig.plane.logs(WEB, revision, 20))).toBe(`20 lines of ${expected} of ${WEB}`);
  });

  it('are the instances of each revision, with where it runs and what it is sent', async () => {
    await underWay();
    const { active, stable } = await track();
    const instance = {
      ...{ name: '0', state: 'ready' as const, reason: null, address: '127.0.0.1:4100', pid: 7, node: null },
      ...{ startedAt: 1, restarts: 0, cpuMillis: 20, memoryBytes: 5e6 },
    };
    rig.instances = [{ ...instance, revision: revisionId(stable?.revision ?? '') }];
    const { items, next } = await rig.plane.instances({ track: WEB }, { cursor: null, limit: 10 });
    expect(next).toBeNull();
    expect(items).toMatchObject([{ track: WEB, splitConfirmed: expect.any(Boolean) }]);
    const byRole = Object.fromEntries((items[0]?.revisions ?? []).map((one) => [one.role, one]));
    expect(byRole).toMatchObject({
      stable: { version: 'v1', where: { on: 'machine' }, instances: [instance], unreachable: null },
      candidate: { revision: active?.candidate, version: 'v2', instances: [] },
    });
    expect((await rig.plane.instances({}, { cursor: null, limit: 10 })).items).toEqual(items);
    expect((await rig.plane.instances({ track: 'a/b/c' }, { cursor: null, limit: 10 })).items).toEqual([]);
  });

  it('say of instances that nobody can see why that is so', async () => {
    await underWay();
    rig.instances = new SluiceError('unreachable', 'the host is away', { next: 'retry' });
    const { items } = await rig.plane.instances({}, { cursor: null, limit: 10 });
    expect(items[0]?.revisions).not.toEqual([]);
    for (const { instances, unreachable } of items[0]?.revisions ?? [])
      expect({ instances, unreachable }).toEqual({ instances: [], unreachable: 'the host is away' });
  });

  it('are not the lines of a revision that nobody knows: those that are known are named', async () => {
    await underWay();
    const { active, stable } = await track();
    const { status, detail, remedy } = refused(await rig.plane.logs(WEB, 'nonsense', 20));
    expect({ status, detail }).toEqual({
      status: 404,
      detail: `The revision nonsense of ${WEB} is not known.`,
    });
    expect(remedy).toBe(`Known are v2 (${active?.candidate}), v1 (${stable?.revision}).`);
  });

  it('are not the lines of a revision that never ran, which is no fault of the control plane', async () => {
    await underWay();
    rig.logsKept = false;
    const { status, detail } = refused(await rig.plane.logs(WEB, 'v2', 20));
    expect(status).toBe(404);
    expect(detail).toMatch(/^What v2 \(web-\w+\) of shop\/production\/web wrote is not known\.$/);
  });

  it.each([
    ['a track', () => rig.plane.track('shop/production/none')],
    ['the lines of a track', () => rig.plane.logs('shop/production/none', null, 1)],
    ['a rollout', () => rig.plane.rollout('ro-9')],
    ['the events of a rollout', () => rig.plane.rolloutEvents('ro-9', ALL)],
    ['the report of a rollout', () => rig.plane.report('ro-9')],
  ])('is refused where it is not known: %s', async (_, read) => {
    expect(refused(await read())).toMatchObject({
      status: 404,
      code: 'not-found',
      remedy: expect.any(String),
    });
  });
});

describe('the stream of events', () => {
  const ending = (): AbortController => new AbortController();

  it('begins with what is already there, goes on with what comes, and ends with its signal', async () => {
    const abort = ending();
    const heard: EventView[] = [];
    accepted(await rig.release({ version: 'v1', components: ['web'] }));
    for await (const event of rig.plane.events(0, { signal: abort.signal, follow: true })) {
      heard.push(event);
      if (heard.length === 1) accepted(await rig.release({ version: 'v1', components: ['api'] }));
      if (heard.length === 2) abort.abort();
    }
    expect(heard.map(({ track: id, kind, rollout }) => [id, kind, rollout])).toEqual([
      [WEB, 'rolloutRequested', 'ro-1'],
      [API, 'rolloutRequested', 'ro-2'],
    ]);
  });

  it('ends at once when nobody writes and its reader goes', async () => {
    const abort = ending();
    const next = rig.plane.events(0, { signal: abort.signal, follow: true })[Symbol.asyncIterator]().next();
    abort.abort();
    expect(await next).toMatchObject({ done: true });
  });

  it('ends with what has happened so far for a reader who does not follow', async () => {
    accepted(await rig.release({ version: 'v1', components: ['web'] }));
    const { signal } = ending();
    const read = async (after: number): Promise<readonly EventView[]> => {
      const told: EventView[] = [];
      for await (const event of rig.plane.events(after, { signal, follow: false })) told.push(event);
      return told;
    };
    const told = await read(0);
    expect(told.map(({ kind }) => kind)).toContain('rolloutRequested');
    expect(await read(told.at(-1)?.sequence ?? 0)).toEqual([]);
  });

  it('goes on after the number that a reader has seen last', async () => {
    accepted(await rig.release({ version: 'v1' }));
    const [first, second] = [
      ...accepted(await rig.plane.rolloutEvents('ro-1', ALL)).items,
      ...accepted(await rig.plane.rolloutEvents('ro-2', ALL)).items,
    ];
    const abort = ending();
    for await (const event of rig.plane.events(first?.sequence ?? 0, {
      signal: abort.signal,
      follow: true,
    })) {
      expect(event).toEqual(second);
      abort.abort();
    }
    expect.assertions(1);
  });
});
