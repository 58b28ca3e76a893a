import { readFileSync } from 'node:fs';
import { wholeTo } from '@sluice/core/traffic/split.ts';
import { describe, expect, it } from 'vitest';
import { REAL_ENGINE, type Engine } from '../src/engine/engine.ts';
import { shrink } from '../src/run/shrink.ts';
import { liveThrough, tellStory } from '../src/run/tell-story.ts';
import { scriptOfSeed } from '../src/script/script-of-seed.ts';

const SEEDS = 2000;
/** A planted bug that so many stories do not show would not be found in time by anybody. */
const SEEDS_TO_FIND = 300;

/** Seeds that once found a bug, one a line, with what it was. */
const kept = readFileSync(new URL('../seeds.txt', import.meta.url), 'utf8')
  .split('\n')
  .filter((line) => /^\d+\s/.test(line))
  .map((line) => ({ seed: Number(line.split(/\s+/)[0]), what: line.replace(/^\d+\s+/, '') }));

describe('the engine in a simulated world', () => {
  it(`keeps every promise in ${SEEDS} stories`, { timeout: 300_000 }, () => {
    const broken = seedsFrom(1, SEEDS).flatMap((seed) => {
      const outcome = liveThrough(scriptOfSeed(seed));
      return outcome.broken ? [`seed ${seed}: ${outcome.broken.message}`] : [];
    });
    expect(broken).toEqual([]);
  });

  it.each(kept)('keeps its promises in seed $seed, which once found that $what', ({ seed }) => {
    expect(liveThrough(scriptOfSeed(seed)).broken).toBeNull();
  });

  it('tells the same story twice for the same seed', () => {
    expect(tellStory(scriptOfSeed(7)).text).toBe(tellStory(scriptOfSeed(7)).text);
  });
});

/** A rollback that gives the candidate everything. */
const growing: Engine = {
  ...REAL_ENGINE,
  transition: (track, event) => {
    const next = REAL_ENGINE.transition(track, event);
    if (event.kind !== 'rollbackBegun' || next.active === null) return next;
    const split = wholeTo(next.active.candidate);
    return { ...next, split, splitConfirmed: false, splitGeneration: next.version + 1 };
  },
};

/** A metrics provider that does not answer is taken for a bad release. */
const condemning: Engine = {
  ...REAL_ENGINE,
  decide: (track, observation, pace) => {
    const decision = REAL_ENGINE.decide(track, observation, pace);
    const phase = decision.track.active?.phase.name;
    if (observation.metrics.kind !== 'provider-error' || phase !== 'running') return decision;
    const reason = { kind: 'judge', detail: 'no answer' } as const;
    const event = { kind: 'rollbackBegun', at: observation.now, reason } as const;
    return {
      ...decision,
      events: [...decision.events, event],
      track: REAL_ENGINE.transition(decision.track, event),
    };
  },
};

/** A candidate that was taken back becomes stable all the same. */
const crowning: Engine = {
  ...REAL_ENGINE,
  decide: (track, observation, pace) => {
    const decision = REAL_ENGINE.decide(track, observation, pace);
    const isTakenBack = decision.events.some(({ kind }) => kind === 'rolloutRolledBack');
    if (!isTakenBack || track.active === null) return decision;
    return { ...decision, track: { ...decision.track, stable: track.active.candidate } };
  },
};

/** Nobody looks whether a gate is closed. */
const blind: Engine = {
  ...REAL_ENGINE,
  decide: (track, { gates: _unseen, ...observation }, pace) => REAL_ENGINE.decide(track, observation, pace),
};

/** One approval is as good as two. */
const lenient: Engine = {
  ...REAL_ENGINE,
  decide: (track, observation, pace) => {
    const { active } = track;
    const gates = active?.plan.gates;
    if (!active || !gates || (active.votes ?? []).length === 0)
      return REAL_ENGINE.decide(track, observation, pace);
    const plan = { ...active.plan, gates: { ...gates, approvals: [] } };
    const decision = REAL_ENGINE.decide({ ...track, active: { ...active, plan } }, observation, pace);
    return { ...decision, track: decision.events.reduce(REAL_ENGINE.transition, track) };
  },
};

describe('a bug that is planted on purpose', () => {
  it.each([
    { bug: 'a share that grows in a rollback', engine: growing },
    { bug: 'a provider error that condemns', engine: condemning },
    { bug: 'a rollback that changes what is stable', engine: crowning },
    { bug: 'a gate that nobody looks at', engine: blind },
    { bug: 'approvals that are not counted', engine: lenient },
  ])('is found: $bug, and the shortest story that shows it is told', { timeout: 120_000 }, ({ engine }) => {
    const seed = seedsFrom(1, SEEDS_TO_FIND).find(
      (each) => liveThrough(scriptOfSeed(each), engine).broken !== null,
    );
    expect(seed).toBeDefined();
    const script = scriptOfSeed(seed ?? 1);
    const shortest = shrink(script, engine);
    expect(shortest.faults.length + shortest.acts.length).toBeLessThanOrEqual(
      script.faults.length + script.acts.length,
    );
    const { outcome, text } = tellStory(shortest, engine);
    expect(outcome.broken).not.toBeNull();
    expect(text.split('\n').length).toBeGreaterThan(3);
  });
});

function seedsFrom(first: number, count: number): readonly number[] {
  return Array.from({ length: count }, (_, index) => first + index);
}
