import { describe, expect, test } from 'vitest';
import type { ApprovalRule } from '../gates/approval-rule.ts';
import type { Gate } from '../gates/gate.ts';
import type { StrategySpec } from './strategy-spec.ts';
import { SAMPLE_BASE, SAMPLE_CANARY } from './testing/sample-component.ts';
import { idOf, stableWorld, type TameWorld } from './testing/tame-world.ts';

const TWO: ApprovalRule = { needed: 2, of: ['sre'], selfApproval: 'refused', expiresMs: 86_400_000 };
const SRE = { groups: ['sre'] };

const closed = (more: Partial<Gate> = {}): TameWorld['gates'] => ({
  kind: 'observed',
  gates: [
    {
      ...{ kind: 'freeze', name: 'f1', isOpen: false, words: 'the freeze of otto to end' },
      ...{ opensAt: null, holds: 'everything' },
      ...more,
    },
  ],
});

const phase = ({ track }: TameWorld): string => track.active?.phase.name ?? 'none';
const waitingFor = (world: TameWorld): string | null | undefined => world.last?.explanation.waitingFor;

function lookFor(world: TameWorld, looks: number): void {
  for (let look = 0; look < looks; look++) world.look();
}

describe('a release that has to be approved', () => {
  const asked = (): TameWorld => {
    const world = stableWorld('v1');
    world.release('v2', { gates: { approvals: [TWO] } });
    lookFor(world, 5);
    return world;
  };

  test('begins nothing before enough people have approved, and says how many are missing', () => {
    const world = asked();
    expect(phase(world)).toBe('planned');
    expect(world.revisions[idOf('v2')]).toBeUndefined();
    expect(waitingFor(world)).toBe('0 of 2 approvals, from sre');
    world.vote('ben', SRE);
    lookFor(world, 5);
    expect(phase(world)).toBe('planned');
    expect(waitingFor(world)).toBe('1 of 2 approvals (ben), from sre');
    world.vote('cy', SRE);
    world.settle();
    expect(world.track.stable).toBe(idOf('v2'));
    expect(world.kinds.filter((kind) => kind.startsWith('gates'))).toEqual(['gatesClosed', 'gatesOpened']);
  });

  test('is approved neither by who asked for it, nor by others than those named, nor twice by one', () => {
    const world = asked();
    expect(world.vote('ann', SRE)).toMatchObject({ refusal: { code: 'may-not-approve' } });
    expect(world.vote('ben')).toMatchObject({
      refusal: { message: 'ben has none of what counts: 2 of sre' },
    });
    world.vote('ben', SRE);
    world.vote('ben', SRE);
    lookFor(world, 5);
    expect(phase(world)).toBe('planned');
  });

  test('keeps its approvals to itself: what takes its place has to be approved anew', () => {
    const world = asked();
    world.vote('ben', SRE);
    world.vote('cy', SRE);
    world.release('v3', { gates: { approvals: [TWO] } });
    lookFor(world, 20);
    expect(world.track.active?.version).toBe('v3');
    expect(phase(world)).toBe('planned');
  });

  test('is not begun by approvals of a plan that was changed since', () => {
    const world = asked();
    world.vote('ben', SRE);
    world.vote('cy', SRE);
    const { active } = world.track;
    if (!active) throw new Error('nothing is under way');
    const plan = { ...active.plan, steps: active.plan.steps.slice(-1) };
    world.track = { ...world.track, active: { ...active, plan } };
    lookFor(world, 5);
    expect(phase(world)).toBe('planned');
  });

  test('can be approved for the plan that was seen alone', () => {
    expect(asked().vote('ben', { ...SRE, planHash: 'another' })).toMatchObject({
      refusal: { code: 'plan-changed' },
    });
  });

  test('ends when somebody says no, with nothing begun', () => {
    const world = asked();
    world.vote('ben', { ...SRE, decision: 'reject', reason: 'not before the sale' });
    world.settle();
    expect(world.track).toMatchObject({
      stable: idOf('v1'),
      last: { phase: { reason: { kind: 'rejected', detail: 'rejected by ben: not before the sale' } } },
    });
    expect(world.revisions[idOf('v2')]).toBeUndefined();
  });

  test('can be approved and rejected while it waits behind another', () => {
    const world = stableWorld('v1');
    world.release('v2');
    world.look();
    world.release('v3', { arrival: 'queue', gates: { approvals: [TWO] } });
    const { id } = world.track.queue[0] ?? {};
    world.vote('ben', { ...SRE, rollout: id });
    expect(world.track.queue[0]?.votes).toHaveLength(1);
    world.vote('cy', { ...SRE, rollout: id, decision: 'reject' });
    expect(world.track.queue).toEqual([]);
  });

  test('goes out at once when somebody breaks the glass, and that stands in the facts', () => {
    const world = asked();
    expect(world.breakGlass('shop is down').ok).toBe(true);
    world.settle();
    expect(world.track.stable).toBe(idOf('v2'));
    expect(world.track.last?.glass).toMatchObject({ by: 'otto', reason: 'shop is down' });
    expect(world.kinds).toContain('glassBroken');
  });
});

describe('a step of approval', () => {
  const STEPS: StrategySpec = {
    ...SAMPLE_BASE,
    kind: 'steps',
    steps: [
      { kind: 'provision', candidate: 4, stable: 4, dedicatedPorts: false },
      { kind: 'approve', prompt: 'seen it?' },
      { kind: 'switch' },
      { kind: 'retire', delayMs: 0 },
    ],
  };
  const atStep = (): TameWorld => {
    const world = stableWorld('v1');
    world.release('v2', { strategy: STEPS, gates: { approvals: [TWO] } });
    world.look();
    world.vote('ben', SRE);
    world.vote('cy', SRE);
    world.reach('held', 'approve');
    world.look();
    return world;
  };

  test('needs the same people again, and nobody who steers passes it', () => {
    const world = atStep();
    expect(waitingFor(world)).toBe('an approval: seen it?: 0 of 2 approvals, from sre');
    for (const command of ['promote', 'resume', 'skip', 'promote-full'] as const)
      expect(world.command(command)).toMatchObject({ refusal: { code: 'approval-needed' } });
    world.vote('ben', SRE);
    world.vote('dee', SRE);
    world.settle();
    expect(world.facts).toContainEqual(expect.objectContaining({ note: 'approved by ben, dee' }));
    expect(world.track.stable).toBe(idOf('v2'));
  });

  test('is not passed by whoever steers with approvals that do not count together: too old, or of somebody who left', () => {
    const world = atStep();
    world.vote('ben', SRE);
    world.now += TWO.expiresMs + 1000;
    world.vote('dee', SRE);
    lookFor(world, 2);
    expect(waitingFor(world)).toBe('an approval: seen it?: 1 of 2 approvals (dee), from sre');
    for (const command of ['promote', 'resume', 'skip', 'promote-full'] as const)
      expect(world.command(command)).toMatchObject({ refusal: { code: 'approval-needed' } });
    world.gates = { kind: 'observed', gates: [], lapsed: ['ben'] };
    world.vote('ben', SRE);
    lookFor(world, 2);
    expect(phase(world)).toBe('held');
    expect(world.command('promote')).toMatchObject({ refusal: { code: 'approval-needed' } });
  });

  test('can be paused and resumed, and asks still, or no more when it was approved meanwhile', () => {
    const world = atStep();
    world.command('pause');
    lookFor(world, 2);
    for (const command of ['promote', 'skip', 'promote-full'] as const)
      expect(world.command(command)).toMatchObject({ refusal: { code: 'approval-needed' } });
    expect(world.command('resume').ok).toBe(true);
    lookFor(world, 2);
    expect(waitingFor(world)).toBe('an approval: seen it?: 0 of 2 approvals, from sre');
    world.command('pause');
    world.vote('ben', SRE);
    world.vote('dee', SRE);
    lookFor(world, 2);
    expect(phase(world)).toBe('held');
    expect(world.command('resume').ok).toBe(true);
    world.settle();
    expect(world.track.stable).toBe(idOf('v2'));
  });

  test('is passed by `promote` where nobody has to approve', () => {
    const world = stableWorld('v1');
    world.release('v2', { strategy: STEPS });
    world.reach('held', 'approve');
    expect(world.command('promote').ok).toBe(true);
    world.settle();
    expect(world.track.stable).toBe(idOf('v2'));
  });
});

describe('a closed gate', () => {
  test('keeps a release from beginning, whatever it holds, until it opens', () => {
    for (const holds of ['starts', 'everything'] as const) {
      const world = stableWorld('v1');
      world.gates = closed({ holds });
      world.release('v2');
      lookFor(world, 30);
      expect([phase(world), waitingFor(world)]).toEqual(['planned', 'the freeze of otto to end']);
      world.gates = { kind: 'observed', gates: [] };
      world.settle();
      expect(world.track.stable).toBe(idOf('v2'));
    }
  });

  test('holds the share of what is under way, which goes on by itself with all its time when it opens', () => {
    const world = stableWorld('v1');
    world.release('v2');
    world.reach('running', 'judge');
    world.gates = closed({ opensAt: 1_700_000_000_000 });
    world.reach('held', 'shift');
    lookFor(world, 1000);
    expect(world.share('v2')).toBe(2500);
    expect(waitingFor(world)).toBe('the freeze of otto to end (2023-11-14 22:13Z)');
    for (const command of ['promote', 'resume', 'skip', 'promote-full'] as const)
      expect(world.command(command)).toMatchObject({ refusal: { code: 'gate-closed' } });
    world.gates = undefined;
    // The router takes a while: that the gate was closed for longer than the deadline is no lack of progress.
    world.ignored = ['applySplit'];
    lookFor(world, 20);
    world.ignored = [];
    world.settle();
    expect(world.track.stable).toBe(idOf('v2'));
  });

  test('that holds beginnings alone lets what is under way finish', () => {
    const world = stableWorld('v1');
    world.release('v2');
    world.reach('running', 'judge');
    world.gates = closed({ holds: 'starts' });
    world.settle();
    expect(world.track.stable).toBe(idOf('v2'));
  });

  test('never keeps anything from going back', () => {
    const world = stableWorld('v1');
    world.release('v2');
    world.reach('running', 'judge');
    world.gates = closed();
    world.reach('held', 'shift');
    world.errorRates[idOf('v2')] = 0.5;
    world.settle(100);
    expect(world.track.stable).toBe(idOf('v1'));
    expect(world.share('v1')).toBe(10_000);
    world.errorRates[idOf('v2')] = 0;
    world.release('v1', { lane: 'undo' });
    world.settle(100);
  });

  test('does not hold who brings an earlier revision back', () => {
    const world = stableWorld('v1');
    world.release('v2');
    world.settle();
    world.gates = closed();
    world.release('v1', { lane: 'undo', gates: { approvals: [TWO] } });
    world.settle(50);
    expect(world.track.stable).toBe(idOf('v1'));
  });

  test('holds a promotion in full that somebody asked for while it was open', () => {
    const world = stableWorld('v1');
    world.release('v2');
    world.reach('running', 'judge');
    world.command('promote-full');
    world.gates = closed();
    lookFor(world, 1000);
    expect([phase(world), world.share('v2')]).toEqual(['promoting', 2500]);
    world.gates = undefined;
    world.ignored = ['applySplit'];
    lookFor(world, 5);
    world.ignored = [];
    world.settle();
    expect(world.track.stable).toBe(idOf('v2'));
  });

  test('lets nothing become stable that has everything already, whoever asks for its promotion', () => {
    const world = stableWorld('v1');
    world.release('v2', { strategy: { ...SAMPLE_BASE, kind: 'blue-green', bakeMs: 600_000 } });
    world.reach('running', 'settle');
    expect(world.share('v2')).toBe(10_000);
    world.gates = closed();
    world.command('promote-full');
    lookFor(world, 20);
    expect([phase(world), world.track.stable]).toEqual(['promoting', idOf('v1')]);
    expect(waitingFor(world)).toBe('the freeze of otto to end');
    world.gates = undefined;
    world.settle();
    expect(world.track.stable).toBe(idOf('v2'));
  });

  test('is what is not known', () => {
    const world = stableWorld('v1');
    world.gates = { kind: 'unreachable', message: 'no connection' };
    world.release('v2');
    lookFor(world, 5);
    expect(waitingFor(world)).toBe('what freezes and windows there are, which cannot be read: no connection');
  });

  test('holds no more than the wait of a person who pauses: the time at it is told once', () => {
    const world = stableWorld('v1');
    world.gates = closed();
    world.release('v2');
    lookFor(world, 100);
    expect(world.kinds.filter((kind) => kind === 'gatesClosed')).toHaveLength(1);
  });
});

describe('windows of the file', () => {
  // The world begins at 00:16 on Thursday, 1 January 1970.
  const morning = {
    name: 'morning',
    effect: 'allow',
    days: [4],
    fromMinute: 20,
    toMinute: 60,
    zone: 'UTC',
    underWay: 'hold',
  } as const;

  test('open by the clock', () => {
    const world = stableWorld('v1');
    world.release('v2', { gates: { windows: [{ ...morning, fromMinute: 60, toMinute: 120 }] } });
    lookFor(world, 3);
    expect(waitingFor(world)).toBe('a window of the file to open (1970-01-01 01:00Z)');
    world.lookUntil(() => phase(world) === 'running', 5000);
    expect(world.now).toBeGreaterThanOrEqual(3_600_000);
    expect(world.now).toBeLessThan(3_610_000);
  });
});

describe('a hot-fix', () => {
  const frozen = (
    hotfix: 'approval' | 'pass' | 'wait',
    approvals: readonly ApprovalRule[] = [],
  ): TameWorld => {
    const world = stableWorld('v1');
    world.gates = closed();
    world.release('v2', { lane: 'hotfix', gates: { hotfix, approvals } });
    lookFor(world, 5);
    return world;
  };

  test('passes what people have closed with one approval more', () => {
    const world = frozen('approval');
    expect(waitingFor(world)).toBe(
      'the freeze of otto to end, or 0 of 1 approval, with which a hot-fix passes',
    );
    expect(world.vote('ann')).toMatchObject({ refusal: { code: 'may-not-approve' } });
    world.vote('ben');
    world.settle();
    expect(world.track.stable).toBe(idOf('v2'));
  });

  test('needs the approvals that every release needs, and that one besides', () => {
    const world = frozen('approval', [{ ...TWO, needed: 1 }]);
    world.vote('ben', SRE);
    lookFor(world, 5);
    expect(phase(world)).toBe('planned');
    world.vote('cy', SRE);
    world.settle();
    expect(world.track.stable).toBe(idOf('v2'));
  });

  test('waits or passes where that was chosen', () => {
    expect(phase(frozen('wait'))).toBe('planned');
    expect(phase(frozen('pass'))).not.toBe('planned');
  });

  test('is not held by a budget that is used up: it is what mends that', () => {
    const world = stableWorld('v1');
    world.gates = closed({ kind: 'error-budget' });
    world.release('v2', { lane: 'hotfix' });
    world.settle();
    expect(world.track.stable).toBe(idOf('v2'));
  });
});

test('a canary of a plan without gates is what it was before', () => {
  const world = stableWorld('v1');
  world.release('v2', { strategy: SAMPLE_CANARY });
  world.settle();
  expect(world.kinds.some((kind) => kind.startsWith('gates') || kind === 'voteGiven')).toBe(false);
});
