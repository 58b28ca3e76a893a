import { describe, expect, it } from 'vitest';
import type { MeasurementSpec } from './measurement-spec.ts';
import { type MeasurementOutcome, observeMeasurements } from './measurement-state.ts';
import type { AnalysisSpec, StrategySpec } from './strategy-spec.ts';
import { SAMPLE_ANALYSIS, SAMPLE_BASE } from './testing/sample-component.ts';
import { idOf, stableWorld, TameWorld } from './testing/tame-world.ts';

const MEASUREMENT: MeasurementSpec = {
  name: 'sales',
  query: {
    provider: 'prometheus',
    address: null,
    headers: {},
    insecure: false,
    query: 'sales',
    range: null,
    timeoutMs: 1000,
  },
  condition: { language: 'expr', success: 'result[0] > 1', failure: null },
  initialDelayMs: 0,
  intervalMs: 5000,
  count: 3,
  failureLimit: 0,
  inconclusiveLimit: 0,
  consecutiveErrorLimit: 4,
  consecutiveSuccessLimit: null,
  dryRun: false,
};

/** A judging step of a second at 50 % with one measurement of its own. */
const measuredSteps = (
  changes: Partial<MeasurementSpec>,
  analysis: Partial<AnalysisSpec> = {},
): StrategySpec => ({
  ...SAMPLE_BASE,
  checks: [],
  kind: 'steps',
  analysis: { ...SAMPLE_ANALYSIS, minRequests: 0, ...analysis },
  steps: [
    { kind: 'provision', candidate: 4, stable: 4, dedicatedPorts: false },
    { kind: 'shift', shareBasisPoints: 5000, matches: [], mirrorBasisPoints: 0, sticky: null },
    {
      kind: 'judge',
      durationMs: 1000,
      criteria: [],
      early: false,
      winner: null,
      measurements: [{ ...MEASUREMENT, ...changes }],
    },
  ],
});

/** A world that rolls v2 out and measures as it is told; the outcomes come in their order, and the last one stays. */
function measuring(
  outcomes: readonly MeasurementOutcome[],
  changes: Partial<MeasurementSpec> = {},
  analysis: Partial<AnalysisSpec> = {},
): TameWorld {
  const world = stableWorld('v1');
  let next = 0;
  world.measurements['sales'] = () => outcomes[Math.min(next++, outcomes.length - 1)] ?? 'error';
  world.release('v2', { strategy: measuredSteps(changes, analysis) });
  return world;
}

const stateOf = (world: TameWorld) => world.track.active?.evidence?.measurements['sales'];
const looks = (world: TameWorld, number: number): void => {
  for (let look = 0; look < number; look++) world.look();
};

describe('a step that measures', () => {
  it('waits until as many measurements were made as are wanted, and goes on when they are good', () => {
    const world = measuring(['success']);
    world.reach('running', 'judge');
    world.lookUntil(() => stateOf(world)?.successes === 2);
    expect(world.last?.explanation.waitingFor).toBe('the measurement sales: 2 of 3 made: it was success');
    world.settle();
    expect(world.track.stable).toBe(idOf('v2'));
  });

  it('takes the candidate back once more have failed than may', () => {
    const world = measuring(['success', 'failure', 'failure'], { failureLimit: 1, count: 5 });
    world.settle();
    expect(world.track.last?.phase).toMatchObject({
      name: 'rolled-back',
      reason: {
        kind: 'limit',
        detail: 'the measurement sales failed 2 of 3 times: it was failure',
      },
    });
  });

  it('holds for a person when a measurement says nothing, and goes on when that person says so', () => {
    const world = measuring(['inconclusive']);
    world.reach('held');
    expect(world.track.active?.phase).toMatchObject({ reason: { kind: 'inconclusive' } });
    looks(world, 100);
    expect(world.track.active?.phase.name).toBe('held');
    world.command('promote');
    world.settle();
    expect(world.track.stable).toBe(idOf('v2'));
  });

  it('never takes a candidate back for a provider that fails, and goes on when it answers', () => {
    const world = measuring([...Array<MeasurementOutcome>(8).fill('error'), 'success']);
    world.reach('held');
    expect(world.track.active?.phase).toMatchObject({
      reason: { kind: 'provider-error', detail: expect.stringContaining('5 times in a row') },
    });
    world.settle();
    expect(world.track.stable).toBe(idOf('v2'));
  });

  it('asks a failing provider again after ten seconds or the interval, whichever is shorter', () => {
    const world = measuring(['error', 'success'], { intervalMs: 60_000, count: 1 });
    world.reach('running', 'judge');
    looks(world, 3);
    expect(stateOf(world)).toMatchObject({ errors: 1 });
    world.settle();
    expect(world.now).toBeLessThan(1_000_000 + 120_000);
    expect(world.track.stable).toBe(idOf('v2'));
  });

  it('lets nothing follow from a dry run', () => {
    const world = measuring(['failure'], { dryRun: true });
    world.settle();
    expect(world.track.stable).toBe(idOf('v2'));
  });

  it('drops an answer that was not asked for, so that two replicas count it once', () => {
    const [result] = [
      { name: 'sales', dueAt: 10, at: 11, outcome: 'failure', value: '0', message: '0' },
    ] as const;
    const begun = observeMeasurements({}, [MEASUREMENT], [], 10);
    const once = observeMeasurements(begun, [MEASUREMENT], [result], 11);
    expect(once['sales']).toMatchObject({ failures: 1 });
    expect(observeMeasurements(once, [MEASUREMENT], [result], 12)).toEqual(once);
  });

  it.each([
    ['only successes in a row count, and they came', ['failure', 'success', 'success'], 'succeeded'],
    ['only successes in a row count, and they did not come', ['success', 'failure'], 'rolled-back'],
  ] as const)('%s', (_, outcomes, end) => {
    const world = measuring(outcomes, { consecutiveSuccessLimit: 2, failureLimit: null, count: 5 });
    world.settle();
    expect(world.track.last?.phase.name).toBe(end);
  });
});

describe('a step that measures before the candidate is reached', () => {
  it('waits for its measurements and for no requests', () => {
    const world = stableWorld('v1');
    world.measurements['sales'] = () => 'success';
    const strategy = measuredSteps({ count: 2 }, { minRequests: 20 });
    const steps = strategy.kind === 'steps' ? strategy.steps.filter(({ kind }) => kind !== 'shift') : [];
    world.release('v2', { strategy: { ...strategy, kind: 'steps', steps } });
    world.settle();
    expect(world.track.stable).toBe(idOf('v2'));
  });
});

describe('a measurement beside the steps', () => {
  const beside = (fromStep: number, changes: Partial<MeasurementSpec> = {}): Partial<AnalysisSpec> => ({
    measurements: [{ ...MEASUREMENT, name: 'beside', count: null, ...changes, fromStep }],
  });

  it('begins with its step and goes on over the next ones', () => {
    const world = measuring(['success'], {}, beside(1, { failureLimit: 100 }));
    world.measurements['beside'] = () => 'success';
    world.reach('running', 'judge');
    looks(world, 8);
    expect(world.track.active?.evidence?.measurements['beside']?.successes).toBeGreaterThan(1);
  });

  it('takes the candidate back from whatever step it is in', () => {
    const world = measuring(['success'], { initialDelayMs: 600_000 }, beside(1));
    world.measurements['beside'] = () => 'failure';
    world.settle();
    expect(world.track.last?.phase).toMatchObject({ name: 'rolled-back', reason: { kind: 'limit' } });
  });
});

describe('where nobody counts requests', () => {
  it('steps take their time by the clock, and measurements decide', () => {
    const world = measuring(['success'], { count: 1 }, { traffic: 'uncounted' });
    world.metrics = { kind: 'ticks', ticks: [], cursor: 0, expressions: [] };
    world.settle();
    expect(world.track.stable).toBe(idOf('v2'));
  });
});

describe('a rollout that goes straight to its end', () => {
  const failing = (): StrategySpec =>
    measuredSteps({}, { measurements: [{ ...MEASUREMENT, name: 'beside', fromStep: 0 }] });
  const measuredWorld = (): TameWorld => {
    const world = new TameWorld();
    world.measurements['sales'] = () => 'failure';
    world.measurements['beside'] = () => 'failure';
    return world;
  };

  it('is measured by nothing: there is nothing better to go back to', () => {
    const world = measuredWorld();
    world.release('v1', { strategy: failing() });
    world.settle();
    expect(world.track.stable).toBe(idOf('v1'));
    world.release('v2', { strategy: failing(), lane: 'hotfix' });
    world.settle();
    expect(world.track.stable).toBe(idOf('v2'));
    world.release('v1', { strategy: failing(), lane: 'undo' });
    world.settle();
    expect(world.track.stable).toBe(idOf('v1'));
  });

  it('is judged by nobody, though its requests are worse than those of what it replaces', () => {
    const world = stableWorld('v1');
    world.release('v2', { lane: 'hotfix' });
    world.errorRates[idOf('v2')] = 0.5;
    world.settle();
    expect(world.track.stable).toBe(idOf('v2'));
  });
});
