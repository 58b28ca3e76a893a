import { expect, it } from 'vitest';
import { describeStep } from './describe-step.ts';
import { compilePlan } from './plan.ts';
import { sharesByInstances } from './shares-by-instances.ts';
import { SAMPLE_CANARY, sampleComponent } from './testing/sample-component.ts';
import type { StrategySpec } from './strategy-spec.ts';

const phases = [500, 2500, 7500].map((shareBasisPoints) => ({
  shareBasisPoints,
  holdMs: 60_000,
  matches: [],
  criteria: [],
}));
const CANARY = { ...SAMPLE_CANARY, phases } as StrategySpec;

const words = (instances: number, strategy = CANARY): readonly string[] =>
  compilePlan(sampleComponent(strategy, instances), {
    first: false,
    lane: 'normal',
    shares: 'by-instances',
  }).steps.map(describeStep);

it('makes shares of whole instances, and says them as they will be', () => {
  expect(words(10).filter((step) => step.startsWith('shift'))).toEqual([
    'shift to 10%',
    'shift to 30%',
    'shift to 80%',
  ]);
});

it('brings the candidate up before stable goes down, and never takes all of stable before the switch', () => {
  expect(words(4)).toEqual([
    'provision 1 candidate, 4 stable',
    'verify smoke',
    'provision 1 candidate, 4 stable',
    'shift to 25%',
    'provision 1 candidate, 3 stable',
    'judge 1m',
    'provision 1 candidate, 3 stable',
    'shift to 25%',
    'judge 1m',
    'provision 3 candidate, 3 stable',
    'shift to 75%',
    'provision 3 candidate, 1 stable',
    'judge 1m',
    'provision 4 candidate, 1 stable',
    'switch all requests to the candidate',
    'retire the old copy after 10m',
  ]);
});

it('brings stable up before the candidate loses its share again', () => {
  const shift = (shareBasisPoints: number) =>
    ({ kind: 'shift', shareBasisPoints, matches: [], mirrorBasisPoints: 0, sticky: null }) as const;
  const steps = sharesByInstances([shift(7500), shift(2500), shift(0)], 4).map(describeStep);
  expect(steps).toEqual([
    'provision 3 candidate, 4 stable',
    'shift to 75%',
    'provision 3 candidate, 1 stable',
    'provision 3 candidate, 3 stable',
    'shift to 25%',
    'provision 1 candidate, 3 stable',
    'provision 1 candidate, 4 stable',
    'shift to 0%',
  ]);
});

it('leaves a share that the instances of the next step make, with one more than the component has as well', () => {
  const provision = (candidate: number, stable: number) =>
    ({ kind: 'provision', candidate, stable, dedicatedPorts: false }) as const;
  const shift = (shareBasisPoints: number) =>
    ({ kind: 'shift', shareBasisPoints, matches: [], mirrorBasisPoints: 0, sticky: null }) as const;
  const made = [provision(8, 10), shift(7273), provision(8, 3), provision(10, 3)];
  expect(sharesByInstances(made, 10)).toEqual(made);
  const tooFew = [provision(2, 10), shift(5000), provision(2, 2)];
  expect(sharesByInstances(tooFew, 10).slice(1, 4).map(describeStep)).toEqual([
    'provision 5 candidate, 10 stable',
    'shift to 50%',
    'provision 5 candidate, 5 stable',
  ]);
});

it('puts one candidate beside the only instance', () => {
  expect(words(1).filter((step) => step.startsWith('shift'))).toEqual(Array(3).fill('shift to 50%'));
});

it('leaves a rolling release as it is: its shares follow the instances anyway', () => {
  const rolling = {
    ...SAMPLE_CANARY,
    kind: 'rolling',
    maxSurge: { instances: 1 },
    maxUnavailable: { instances: 0 },
    holdMs: 0,
  } as StrategySpec;
  const exact = compilePlan(sampleComponent(rolling, 4), { first: false, lane: 'normal' });
  expect(words(4, rolling)).toEqual(exact.steps.map(describeStep));
});

it('says of a first release that there is no stable revision', () => {
  const first = compilePlan(sampleComponent(CANARY, 4), {
    first: true,
    lane: 'normal',
    shares: 'by-instances',
  });
  expect(first.steps.map(describeStep)).toEqual([
    'provision 4 candidate, 0 stable',
    'verify smoke',
    'switch all requests to the candidate',
    'retire the old copy',
  ]);
});
