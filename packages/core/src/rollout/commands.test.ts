import { describe, expect, test } from 'vitest';
import { assert } from '../kernel/assert.ts';
import type { Result } from '../kernel/result.ts';
import { commandRollout, type RolloutCommand } from './commands.ts';
import type { TrackEvent } from './events.ts';
import type { HoldReason, Phase, TrackState } from './state.ts';
import type { Step } from './step.ts';
import type { StrategySpec } from './strategy-spec.ts';
import { SAMPLE_BASE, SAMPLE_CANARY } from './testing/sample-component.ts';
import { idOf, stableWorld, TameWorld } from './testing/tame-world.ts';

const reason = { kind: 'aborted', detail: 'aborted by ann' } as const;
const held = (hold: HoldReason): Phase => ({ name: 'held', step: 3, stepSince: 0, since: 0, reason: hold });

const PHASES: readonly (readonly [string, Phase])[] = [
  ['planned', { name: 'planned', since: 0 }],
  ['running provision', { name: 'running', step: 0, since: 0 }],
  ['running judge', { name: 'running', step: 3, since: 0 }],
  ['held: paused', held({ kind: 'paused', by: 'bob' })],
  ['held: no data', held({ kind: 'no-data', detail: 'silence' })],
  ['held: approval', { ...held({ kind: 'approval', prompt: 'Go?' }), step: 7 } as Phase],
  ['promoting', { name: 'promoting', since: 0 }],
  ['rolling back', { name: 'rolling-back', since: 0, reason }],
  ['stuck', { name: 'stuck', since: 0, reason, obstacle: 'stable' }],
];
const COMMANDS: readonly RolloutCommand[] = ['pause', 'resume', 'promote', 'promote-full', 'skip', 'abort'];

/** A track whose active rollout is in a phase; its plan has an approval as step 7. */
function trackIn(phase: Phase): TrackState {
  const world = stableWorld('v1');
  world.release('v2');
  world.look();
  const { active } = world.track;
  assert(active, 'a rollout is under way');
  const steps: readonly Step[] = [...active.plan.steps.slice(0, 7), { kind: 'approve', prompt: 'Go?' }];
  return { ...world.track, active: { ...active, phase, plan: { ...active.plan, steps } } };
}

const answered = (answer: Result<readonly TrackEvent[]>): string =>
  answer.ok ? answer.value.map(({ kind }) => kind).join(' + ') : `refused: ${answer.refusal.code}`;

test('every command in every phase does what the table in the manual says', async () => {
  const rows = PHASES.map(([name, phase]) => [
    name,
    ...COMMANDS.map((command) => answered(commandRollout(trackIn(phase), { command, by: 'ann' }, 5000))),
  ]);
  const table = [['', ...COMMANDS], ...rows];
  const width = table[0]?.map((_, column) => Math.max(...table.map((row) => row[column]?.length ?? 0))) ?? [];
  const lines = table.map((row) =>
    row
      .map((cell, column) => cell.padEnd(width[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  await expect(`${lines.join('\n')}\n`).toMatchFileSnapshot('goldens/commands.golden.txt');
});

test.each(COMMANDS)('%s without a rollout is refused with what would be possible', (command) => {
  const answer = commandRollout(stableWorld('v1').track, { command, by: 'ann' }, 5000);
  expect(answer).toMatchObject({ ok: false, refusal: { code: 'nothing-under-way' } });
  expect(answer.ok ? '' : answer.refusal.message).toMatch(/^there is no rollout of \S+ to [a-z]+$/);
});

describe('what a person may do', () => {
  test('pausing stops the steps, and resuming goes on where it was', () => {
    const world = stableWorld('v1');
    world.release('v2');
    world.reach('running', 'judge');
    world.command('pause');
    const share = world.share('v2');
    for (let second = 0; second < 300; second++) world.look();
    expect(world.share('v2')).toBe(share);
    expect(world.track.active?.phase).toMatchObject({ name: 'held', reason: { kind: 'paused', by: 'ann' } });
    world.command('resume');
    world.settle();
    expect(world.track.stable).toBe(idOf('v2'));
  });

  test('a pause does not stop the watch: a failing candidate is taken back', () => {
    const world = stableWorld('v1');
    world.release('v2');
    world.reach('running', 'judge');
    world.command('pause');
    world.errorRates[idOf('v2')] = 0.3;
    world.settle();
    expect(world.track.last?.phase).toMatchObject({ name: 'rolled-back', reason: { kind: 'judge' } });
  });

  test('promote ends the present wait and goes to the next step', () => {
    const world = stableWorld('v1');
    world.release('v2');
    world.reach('running', 'judge');
    world.command('promote');
    world.look();
    world.look();
    expect(world.share('v2')).toBe(5000);
  });

  test('promote --full brings the candidate to everything without the steps between', () => {
    const world = stableWorld('v1');
    world.release('v2');
    world.reach('running', 'judge');
    expect(world.command('promote-full').ok).toBe(true);
    world.settle(10);
    expect(world.track.stable).toBe(idOf('v2'));
  });

  test('a test that does not promote cannot be promoted in full: stable stays what it is', () => {
    const shadow: StrategySpec = {
      ...SAMPLE_BASE,
      kind: 'shadow',
      shareBasisPoints: 1000,
      holdMs: 60_000,
      then: 'retire',
    };
    const world = stableWorld('v1');
    world.release('v2', { strategy: shadow });
    world.reach('running', 'judge');
    expect(world.command('promote-full')).toMatchObject({ ok: false, refusal: { code: 'test-only' } });
  });

  test('skip leaves a step out', () => {
    const world = stableWorld('v1');
    world.checkPasses = undefined;
    world.release('v2');
    world.reach('running', 'verify');
    world.command('skip');
    world.reach('running', 'judge');
    expect(world.share('v2')).toBe(2500);
  });

  test('an approval waits for a person as long as it takes', () => {
    const strategy: StrategySpec = {
      ...SAMPLE_BASE,
      kind: 'steps',
      steps: [{ kind: 'approve', prompt: 'Has support been told?' }],
    };
    const world = stableWorld('v1');
    world.release('v2', { strategy });
    world.reach('held');
    for (let second = 0; second < 4000; second++) world.look();
    expect(world.last?.explanation.waitingFor).toBe('an approval: Has support been told?');
    world.command('resume');
    world.settle();
    expect(world.track.stable).toBe(idOf('v2'));
  });

  test('an abort during promotion takes the candidate back, although it has all requests', () => {
    const world = stableWorld('v1');
    world.checkPasses = undefined;
    world.release('v2', { strategy: { ...SAMPLE_CANARY, checks: [], afterChecks: ['smoke'] } });
    world.reach('promoting');
    expect(world.share('v2')).toBe(10_000);
    world.command('abort');
    world.settle();
    expect(world.share('v1')).toBe(10_000);
    expect(Object.keys(world.revisions)).toEqual([idOf('v1')]);
  });
});

describe('a release that arrives', () => {
  test('the same revision as stable is refused when nothing is under way', () => {
    expect(stableWorld('v1').release('v1')).toMatchObject({ ok: false, refusal: { code: 'unchanged' } });
  });

  test('the same revision as the candidate is refused while it goes forward', () => {
    const world = stableWorld('v1');
    world.release('v2');
    world.look();
    expect(world.release('v2')).toMatchObject({ ok: false, refusal: { code: 'already-under-way' } });
    world.command('abort');
    expect(world.release('v2').ok).toBe(true);
    world.settle();
    expect(world.track.stable).toBe(idOf('v2'));
  });

  test('with refuse, a second release is refused, and a hot-fix is not', () => {
    const world = stableWorld('v1');
    world.release('v2');
    world.look();
    expect(world.release('v3', { arrival: 'refuse' })).toMatchObject({
      ok: false,
      refusal: { code: 'busy' },
    });
    expect(world.release('v3', { arrival: 'refuse', lane: 'hotfix' }).ok).toBe(true);
  });

  test('with queue, releases wait in order, up to ten; a hot-fix goes past them all', () => {
    const world = stableWorld('v1');
    world.release('v2');
    world.look();
    for (let count = 3; count <= 12; count++) world.release(`v${count}`, { arrival: 'queue' });
    expect(world.release('v13', { arrival: 'queue' })).toMatchObject({
      ok: false,
      refusal: { code: 'queue-full' },
    });
    expect(world.release('v14', { arrival: 'queue', lane: 'hotfix' }).ok).toBe(true);
    expect(world.track.queue.map(({ version }) => version)).toEqual(['v14']);
    world.settle();
    expect(world.track.stable).toBe(idOf('v14'));
  });

  test('with supersede, what waits is dropped and what runs is taken back', () => {
    const world = stableWorld('v1');
    world.release('v2');
    world.look();
    world.release('v3', { arrival: 'queue' });
    const answer = world.release('v4');
    expect(answered(answer)).toBe('queuedRolloutDropped + rollbackBegun + rolloutRequested');
    world.settle();
    expect(world.track.stable).toBe(idOf('v4'));
  });

  test('the first release of a track needs nothing', () => {
    expect(answered(new TameWorld().release('v1'))).toBe('rolloutRequested');
  });
});

test('a command for a step that is over, or for another rollout, is refused instead of ending what nobody meant', () => {
  const track = trackIn({ name: 'running', step: 1, since: 1000 });
  const active = track.active;
  const step = active?.phase.name === 'running' ? active.phase.step : 0;
  const order = { command: 'skip', by: 'ann' } as const;
  const seen = { rollout: active?.id ?? '', step };
  expect(commandRollout(track, { ...order, seen }, 5000).ok).toBe(true);
  expect(commandRollout(track, { ...order, seen: { ...seen, step: step + 1 } }, 5000)).toMatchObject({
    ok: false,
    refusal: { code: 'moved-on' },
  });
  expect(commandRollout(track, { command: 'abort', by: 'ann', seen: { ...seen, step: 99 } }, 5000).ok).toBe(
    true,
  );
  expect(
    commandRollout(track, { command: 'abort', by: 'ann', seen: { ...seen, rollout: 'ro-other' } }, 5000).ok,
  ).toBe(false);
});
