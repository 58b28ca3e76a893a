import { describe, expect, it } from 'vitest';
import type { StrategySpec } from './strategy-spec.ts';
import { SAMPLE_ANALYSIS, SAMPLE_BASE, SAMPLE_CANARY } from './testing/sample-component.ts';
import { stableWorld, type TameWorld } from './testing/tame-world.ts';

const LONG_STEP: StrategySpec = {
  ...SAMPLE_BASE,
  kind: 'canary',
  analysis: { ...SAMPLE_ANALYSIS, minRequests: 0 },
  phases: [{ shareBasisPoints: 5000, holdMs: 3_600_000, matches: [], criteria: [] }],
  early: true,
};

const waitingFor = (world: TameWorld): string => world.look().explanation.waitingFor ?? 'nothing';

describe('what a step waits for', () => {
  it('is its time, or less traffic where a proof is likely to come before', () => {
    const world = stableWorld('v1');
    world.release('v2', { strategy: LONG_STEP });
    world.reach('running', 'judge');
    for (let second = 0; second < 30; second++) world.look();
    expect(waitingFor(world)).toMatch(
      /^evidence: 35\d\d s of traffic more on the candidate, or less if it is proven good enough before, which takes about [\d,]+ more requests \([\dhmins ]+\)$/,
    );
  });

  it('is its time alone where nothing ends it early', () => {
    const world = stableWorld('v1');
    world.release('v2', { strategy: SAMPLE_CANARY });
    world.reach('running', 'judge');
    for (let second = 0; second < 10; second++) world.look();
    expect(waitingFor(world)).toMatch(/^evidence: \d\d s of traffic more on the candidate$/);
  });
});

describe('before a rollout starts', () => {
  it('says whose baseline it waits for, until when, and why nobody answers', () => {
    const world = stableWorld('v1');
    world.baselineUp = false;
    world.release('v2');
    world.look();
    for (let second = 0; second < 20; second++) world.look();
    expect(world.last?.explanation).toMatchObject({
      doing: 'v2 is planned',
      waitingFor:
        'the baseline of v1, which is stable, from its metrics provider (for 40 s at most, after which it starts without one); it does not answer: no answer',
    });
  });
});

describe('with nothing under way', () => {
  it('says that a split which was lost is ordered, and not that stable has the traffic', () => {
    const world = stableWorld('v1');
    expect(world.look().explanation.doing).toBe('v1 is stable and has all the traffic');
    world.ignored = ['applySplit'];
    world.inForce = null;
    expect(world.look().explanation.doing).toBe(
      'v1 is stable; that it has all of the traffic is ordered and not confirmed',
    );
  });
});
