import { describe, expect, it } from 'vitest';
import { assert } from '@sluice/core/kernel/assert.ts';
import { rolloutId } from '@sluice/core/kernel/ids.ts';
import type { TrackEvent } from '@sluice/core/rollout/events.ts';
import type { EvidenceBatch } from '@sluice/core/rollout/evidence.ts';
import type { TrackState } from '@sluice/core/rollout/state.ts';
import { idOf, stableWorld, type TameWorld } from '@sluice/core/rollout/testing/tame-world.ts';
import { transition } from '@sluice/core/rollout/transition.ts';
import { commitOf } from './commit-of.ts';
import type { TrackCommit } from './track-store.ts';

const AT = 2_000_000;
const paused = { kind: 'paused', by: 'ann' } as const;
const superseded = { kind: 'superseded', detail: 'superseded by v4' } as const;

/** v1 is stable, v2 (ro-2) is running, and the versions named wait behind it. */
function busyWorld(...waiting: readonly string[]): TameWorld {
  const world = stableWorld('v1');
  world.release('v2');
  world.reach('running', 'judge');
  for (const version of waiting) world.release(version, { arrival: 'queue' });
  return world;
}

const commit = (before: TrackState, events: readonly TrackEvent[], actor = 'engine'): TrackCommit =>
  commitOf({
    tenant: 'default',
    before,
    after: events.reduce(transition, before),
    events,
    effects: [],
    nextWakeAt: AT,
    actor,
  });

const belongings = ({ events }: TrackCommit): readonly string[] =>
  events.map(({ event, rollout }) => `${event.kind} ${rollout}`);

/** What a release does to a track, as the engine says it. */
function requested(world: TameWorld, version: string, arrival: 'queue' | 'supersede'): readonly TrackEvent[] {
  const answer = world.release(version, { arrival });
  assert(answer.ok, `${version} was refused`);
  return answer.value;
}

describe('the rollout that an event belongs to', () => {
  it('is the active one, also for what happens to the track meanwhile', () => {
    const { track } = busyWorld();
    const events: readonly TrackEvent[] = [
      { kind: 'splitLost', at: AT },
      { kind: 'rolloutHeld', at: AT, reason: paused },
    ];
    expect(belongings(commit(track, events))).toEqual(['splitLost ro-2', 'rolloutHeld ro-2']);
  });

  it('is none where none is active', () => {
    const { track } = stableWorld('v1');
    expect(belongings(commit(track, [{ kind: 'splitLost', at: AT }]))).toEqual(['splitLost null']);
  });

  it('is the one that was asked for, or dropped from the queue, while another is active', () => {
    const world = busyWorld('v3');
    const before = world.track;
    const events = requested(world, 'v4', 'supersede');
    expect(belongings(commit(before, events))).toEqual([
      'queuedRolloutDropped ro-3',
      'rollbackBegun ro-2',
      'rolloutRequested ro-4',
    ]);
  });

  it('is the next one of the queue from its turn on, and none in between', () => {
    const { track } = busyWorld('v3');
    const rollingBack = transition(track, { kind: 'rollbackBegun', at: AT, reason: superseded });
    const events: readonly TrackEvent[] = [
      { kind: 'rolloutRolledBack', at: AT },
      { kind: 'splitLost', at: AT },
      { kind: 'rolloutPlanned', at: AT },
      { kind: 'splitConfirmed', at: AT },
    ];
    expect(belongings(commit(rollingBack, events))).toEqual([
      'rolloutRolledBack ro-2',
      'splitLost null',
      'rolloutPlanned ro-3',
      'splitConfirmed ro-3',
    ]);
  });

  it('is one that was asked for first of all, as its turn comes before that of those that waited', () => {
    const { track } = busyWorld('v3', 'v4');
    const rollingBack = transition(track, { kind: 'rollbackBegun', at: AT, reason: superseded });
    const [waiting] = track.queue;
    const events: readonly TrackEvent[] = [
      { kind: 'queuedRolloutDropped', at: AT, id: rolloutId('ro-3'), reason: superseded },
      {
        kind: 'rolloutRequested',
        at: AT,
        id: rolloutId('ro-5'),
        lane: 'hotfix',
        revision: { id: idOf('v5'), version: 'v5', instances: 4, fullInstances: 4 },
        plan: waiting?.plan ?? expect.fail('nothing waits'),
        by: 'bob',
        first: true,
      },
      { kind: 'rolloutRolledBack', at: AT },
      { kind: 'rolloutPlanned', at: AT },
    ];
    expect(belongings(commit(rollingBack, events))).toEqual([
      'queuedRolloutDropped ro-3',
      'rolloutRequested ro-5',
      'rolloutRolledBack ro-2',
      'rolloutPlanned ro-5',
    ]);
  });
});

describe('the rows of a commit', () => {
  it('are those of rollouts that changed, and of one that was dropped, as it ended', () => {
    const world = busyWorld('v3', 'v4');
    const [waiting] = world.track.queue;
    const dropped: TrackEvent = {
      kind: 'queuedRolloutDropped',
      at: AT,
      id: waiting?.id ?? expect.fail('nothing waits'),
      reason: superseded,
    };
    const { rollouts } = commit(world.track, [dropped, { kind: 'rolloutHeld', at: AT, reason: paused }]);
    expect(rollouts.map(({ id, phase }) => [id, phase])).toEqual([
      ['ro-3', { name: 'rolled-back', at: AT, reason: superseded }],
      ['ro-2', expect.objectContaining({ name: 'held' })],
    ]);
  });

  it('are one version up, whatever happened', () => {
    const { track } = busyWorld();
    const { track: after, expectedVersion } = commit(track, [{ kind: 'splitLost', at: AT }]);
    expect([after.version, expectedVersion]).toEqual([track.version + 1, track.version]);
  });

  it('are the track alone when nothing but evidence came, which comes every second', () => {
    const { track } = busyWorld();
    const before = track.active?.evidence ?? expect.fail('nothing is judged');
    const batch: EvidenceBatch = {
      ...{
        providerError: null,
        ticks: [],
        expressions: [],
        measured: [],
        shareBasisPoints: 2500,
        expectedShareBasisPoints: 2500,
        warmUntil: 0,
      },
      cursor: before.cursor + 1000,
    };
    const evidence = { kind: 'evidenceObserved', at: AT, batch } as const;
    expect(commit(track, [evidence])).toMatchObject({
      evidenceOnly: true,
      ...{ events: [], rollouts: [], ledger: [], effects: [] },
    });
    const held = { kind: 'rolloutHeld', at: AT, reason: paused } as const;
    const both = commit(track, [evidence, held]);
    expect(both).toMatchObject({ evidenceOnly: false, rollouts: [{ id: 'ro-2' }] });
    expect(belongings(both)).toEqual(['rolloutHeld ro-2']);
  });
});

describe('the ledger of a commit', () => {
  it.each([
    ['the person who asked', { kind: 'promotionBegun', at: AT, by: 'ann' }, 'ann'],
    ['the engine for what the plan said', { kind: 'promotionBegun', at: AT, by: 'plan' }, 'engine'],
    ['the engine for what the evidence said', { kind: 'promotionBegun', at: AT, by: 'evidence' }, 'engine'],
    ['the engine for what it saw', { kind: 'splitLost', at: AT }, 'engine'],
  ] as const)('names %s', (_, event, actor) => {
    const { track } = busyWorld();
    expect(commit(track, [event]).ledger.map((note) => note.actor)).toEqual([actor]);
  });

  it('names who sent a command for all that follows from it', () => {
    const world = busyWorld('v3');
    const before = world.track;
    const events = requested(world, 'v4', 'supersede');
    expect(commit(before, events, 'bob').ledger.map(({ action, actor }) => `${action} ${actor}`)).toEqual([
      'queuedRolloutDropped bob',
      'rollbackBegun bob',
      'rolloutRequested ann',
    ]);
  });

  it('tells in words what happened to which rollout, or to the track', () => {
    const { track } = busyWorld();
    const [lost, held] = commit(track, [
      { kind: 'splitLost', at: AT },
      { kind: 'rolloutHeld', at: AT, reason: paused },
    ]).ledger;
    expect(held).toEqual({
      at: AT,
      actor: 'engine',
      action: 'rolloutHeld',
      subject: 'ro-2',
      detail: { track: track.id, words: 'held (paused)' },
      before: expect.stringMatching(/^[0-9a-f]{64}$/),
      after: lost?.after,
    });
    expect(lost?.subject).toBe('ro-2');
    const idle = stableWorld('v1').track;
    expect(commit(idle, [{ kind: 'splitLost', at: AT }]).ledger[0]?.subject).toBe(idle.id);
  });

  it('gives figures and reports what they are made of, and says what changed', () => {
    const world = busyWorld('v3');
    const { track } = world;
    const asked = commit(track, requested(world, 'v4', 'supersede')).ledger.at(-1);
    expect(asked).toMatchObject({ action: 'rolloutRequested', detail: { version: 'v4', lane: 'normal' } });
    expect(asked?.after).not.toBe(asked?.before);
    const vote = {
      ...{ subject: 'person:bea', groups: [], roles: ['approver'], at: AT, planHash: 'p' },
      ...{ decision: 'approve' as const, reason: 'read it', step: null },
    };
    const voted = { kind: 'voteGiven', at: AT, id: rolloutId('ro-2'), vote } as const;
    expect(commit(track, [voted]).ledger).toMatchObject([
      { actor: 'person:bea', reason: 'read it', detail: { decision: 'approve' } },
    ]);
    const reason = { kind: 'judge', detail: 'errors are up' } as const;
    expect(commit(track, [{ kind: 'rollbackBegun', at: AT, reason }]).ledger).toMatchObject([
      { reason: 'errors are up', detail: { cause: 'judge' } },
    ]);
  });
});
