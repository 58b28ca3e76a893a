import { describe, expect, test } from 'vitest';
import { assert } from '../kernel/assert.ts';
import { rolloutId } from '../kernel/ids.ts';
import type { RolloutEvent, RolloutEventKind } from './events.ts';
import { EMPTY_BASELINE } from './evidence.ts';
import type { Phase, PhaseName, Rollout } from './state.ts';
import { SAMPLE_CANARY } from './testing/sample-component.ts';
import { idOf, stableWorld, TameWorld } from './testing/tame-world.ts';
import { IllegalTransition, TABLE, transition, transitionRollout } from './transition.ts';

const AT = 5000;
const reason = { kind: 'aborted', detail: 'aborted by ann' } as const;

const PHASES: Readonly<Record<PhaseName, Phase>> = {
  queued: { name: 'queued' },
  planned: { name: 'planned', since: 1000 },
  running: { name: 'running', step: 1, since: 1000 },
  held: { name: 'held', step: 1, stepSince: 1000, since: 2000, reason: { kind: 'paused', by: 'ann' } },
  promoting: { name: 'promoting', since: 1000 },
  succeeded: { name: 'succeeded', at: 1000 },
  'rolling-back': { name: 'rolling-back', since: 1000, reason },
  'rolled-back': { name: 'rolled-back', at: 1000, reason },
  stuck: { name: 'stuck', since: 1000, reason, obstacle: 'no stable instance is ready' },
};

const EVENTS: { readonly [Kind in RolloutEventKind]: Extract<RolloutEvent, { kind: Kind }> } = {
  rolloutPlanned: { kind: 'rolloutPlanned', at: AT },
  gatesClosed: {
    kind: 'gatesClosed',
    at: AT,
    key: 'freeze 1',
    gates: [{ kind: 'freeze', words: 'the freeze to end', opensAt: null }],
  },
  gatesOpened: { kind: 'gatesOpened', at: AT },
  rolloutStarted: { kind: 'rolloutStarted', at: AT, baseline: EMPTY_BASELINE, stable: idOf('v1') },
  stepFinished: { kind: 'stepFinished', at: AT, step: 1, note: 'done' },
  evidenceObserved: {
    kind: 'evidenceObserved',
    at: AT,
    batch: {
      providerError: 'down',
      ticks: [],
      cursor: 0,
      expressions: [],
      measured: [],
      shareBasisPoints: 0,
      expectedShareBasisPoints: 0,
      warmUntil: 0,
    },
  },
  checksOrdered: { kind: 'checksOrdered', at: AT, key: 'ro-2:1', revision: idOf('v2'), names: ['smoke'] },
  checkFinished: { kind: 'checkFinished', at: AT, key: 'ro-2:0', name: 'smoke', passed: true, message: 'ok' },
  candidateUnhealthy: { kind: 'candidateUnhealthy', at: AT },
  candidateHealthy: { kind: 'candidateHealthy', at: AT },
  rolloutHeld: { kind: 'rolloutHeld', at: AT, reason: { kind: 'no-data', detail: 'silence' } },
  holdEnded: { kind: 'holdEnded', at: AT, by: 'ann' },
  promotionBegun: { kind: 'promotionBegun', at: AT, by: 'ann' },
  rollbackBegun: { kind: 'rollbackBegun', at: AT, reason },
  rollbackBlocked: { kind: 'rollbackBlocked', at: AT, obstacle: 'the router' },
  rollbackResumed: { kind: 'rollbackResumed', at: AT, by: 'ann' },
  rolloutSucceeded: { kind: 'rolloutSucceeded', at: AT, note: 'v2 is stable' },
  rolloutRolledBack: { kind: 'rolloutRolledBack', at: AT },
};

/** A rollout with every field filled, so that what an event changes can be seen. */
function sampleRollout(phase: Phase): Rollout {
  const world = stableWorld('v1');
  world.release('v2');
  world.reach('running', 'judge');
  const { active } = world.track;
  assert(active, 'a rollout is under way');
  const checks = { key: 'ro-2:0', revision: idOf('v2'), orderedAt: 1000, names: ['smoke'], results: {} };
  return { ...active, checks, unhealthySince: 3000, phase };
}

const phaseNames = Object.keys(PHASES) as PhaseName[];
const eventKinds = Object.keys(EVENTS) as RolloutEventKind[];

/** What a pair does, in a word or two: the phase that follows, or which part of the rollout changes. */
function outcomeOf(phase: PhaseName, kind: RolloutEventKind): string {
  const sample = sampleRollout(PHASES[phase]);
  const before = { ...sample, unhealthySince: kind === 'candidateUnhealthy' ? null : 3000 };
  try {
    const after = transitionRollout(before, EVENTS[kind]);
    if (after === before) return 'ignored';
    if (after.phase !== before.phase) return `→ ${after.phase.name}`;
    const part = (Object.keys(after) as (keyof Rollout)[]).find((key) => after[key] !== before[key]);
    return part ?? 'unchanged';
  } catch (thrown) {
    if (thrown instanceof IllegalTransition) return '·';
    throw thrown;
  }
}

test('every event in every phase does what the table in the manual says', async () => {
  const rows = eventKinds.map((kind) => [kind, ...phaseNames.map((phase) => outcomeOf(phase, kind))]);
  const table = [['', ...phaseNames], ...rows];
  const width = table[0]?.map((_, column) => Math.max(...table.map((row) => row[column]?.length ?? 0))) ?? [];
  const lines = table.map((row) =>
    row
      .map((cell, column) => cell.padEnd(width[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  const legend = '→ enters a phase · a word is the part of the rollout that changes · "·" is illegal';
  await expect(`${lines.join('\n')}\n\n${legend}\n`).toMatchFileSnapshot(
    'goldens/transition-table.golden.txt',
  );
});

test('the table has a cell for every pair', () => {
  for (const phase of phaseNames) expect(Object.keys(TABLE[phase]).sort()).toEqual([...eventKinds].sort());
});

test('an illegal pair is an error that names both', () => {
  const rollout = sampleRollout(PHASES.succeeded);
  expect(() => transitionRollout(rollout, EVENTS.stepFinished)).toThrow(
    'bug: a rollout that is succeeded cannot take stepFinished',
  );
});

describe('steps', () => {
  test('a finished step is followed by the next, with nothing left of its checks and its health', () => {
    const after = transitionRollout(sampleRollout(PHASES.running), EVENTS.stepFinished);
    expect(after).toMatchObject({
      phase: { name: 'running', step: 2, since: AT },
      checks: null,
      unhealthySince: null,
    });
  });

  test('finishing another step than the present one is a bug', () => {
    expect(() =>
      transitionRollout(sampleRollout(PHASES.running), { ...EVENTS.stepFinished, step: 0 }),
    ).toThrow('bug: step 0 ended while step 1 ran');
  });

  test('a hold keeps the step and when it was entered, and gives both back', () => {
    const held = transitionRollout(sampleRollout(PHASES.running), EVENTS.rolloutHeld);
    expect(held.phase).toMatchObject({ name: 'held', step: 1, stepSince: 1000, since: AT });
    const again = transitionRollout(held, { ...EVENTS.rolloutHeld, at: 9000 });
    expect(again.phase).toMatchObject({ stepSince: 1000, since: 9000 });
    expect(transitionRollout(again, EVENTS.holdEnded).phase).toEqual({
      name: 'running',
      step: 1,
      since: 1000,
    });
  });
});

describe('checks', () => {
  const round = { key: 'ro-2:0', revision: idOf('v2'), orderedAt: 1000, names: ['smoke'], results: {} };
  const running = (): Rollout => ({ ...sampleRollout(PHASES.running), checks: round });

  test('a result is taken in once: a second one for the same check changes nothing', () => {
    const once = transitionRollout(running(), EVENTS.checkFinished);
    const twice = transitionRollout(once, { ...EVENTS.checkFinished, passed: false });
    expect(twice.checks?.results).toEqual({ smoke: { passed: true, message: 'ok' } });
  });

  test('a result of another round is not taken in', () => {
    const after = transitionRollout(running(), { ...EVENTS.checkFinished, key: 'ro-1:0' });
    expect(after.checks?.results).toEqual({});
  });

  test('a result that comes when no rollout is under way any more is ignored', () => {
    const world = stableWorld('v1');
    expect(transition(world.track, EVENTS.checkFinished)).toBe(world.track);
  });
});

describe('the track', () => {
  test('success makes the candidate stable and remembers both in the history, in the same breath', () => {
    const world = stableWorld('v1');
    world.release('v2');
    world.settle();
    expect(world.track).toMatchObject({
      stable: idOf('v2'),
      history: [idOf('v1'), idOf('v2')],
      active: null,
    });
  });

  test('a rollback changes neither stable nor history', () => {
    const world = stableWorld('v1');
    world.release('v2');
    world.reach('running', 'judge');
    world.command('abort');
    world.settle();
    expect(world.track).toMatchObject({ stable: idOf('v1'), history: [idOf('v1')] });
  });

  test('only the last ten promoted revisions can be brought back besides the stable one', () => {
    const world = new TameWorld();
    for (let release = 1; release <= 13; release++) {
      world.release(`v${release}`, { strategy: { ...SAMPLE_CANARY, keepOldMs: 0 }, lane: 'hotfix' });
      world.settle();
    }
    expect(world.track.history).toHaveLength(11);
    expect(world.track.history.at(0)).toBe(idOf('v3'));
    expect(world.track.revisions[idOf('v2')]).toBeUndefined();
    expect(world.track.revisions[idOf('v3')]).toBeDefined();
  });

  test('an event about a rollout needs one', () => {
    const { track } = stableWorld('v1');
    expect(() => transition(track, EVENTS.rollbackBegun)).toThrow(
      'rollbackBegun came without an active rollout',
    );
  });

  test('planning needs something in the queue', () => {
    const { track } = stableWorld('v1');
    expect(() => transition(track, EVENTS.rolloutPlanned)).toThrow('with nothing in the queue');
  });

  test('a dropped release leaves the queue and nothing else', () => {
    const world = stableWorld('v1');
    world.release('v2');
    world.release('v3', { arrival: 'queue' });
    const dropped = { kind: 'queuedRolloutDropped', at: AT, id: rolloutId('ro-3'), reason } as const;
    expect(transition(world.track, dropped).queue.map(({ version }) => version)).toEqual(['v2']);
  });
});
