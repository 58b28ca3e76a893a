import { z } from 'zod';
import { analysisKeys, criteriaLanguage } from './criteria-language.ts';
import { DEFAULTS } from './defaults.ts';
import {
  choice,
  definition,
  flag,
  list,
  mayBeEmpty,
  oneOf,
  oneOrMore,
  optional,
  record,
  required,
  whole,
} from './leaf.ts';
import { MAX_INSTANCES } from '@sluice/core/kernel/limits.ts';
import { measurementsAbout, measurementsLanguage } from './measurement-language.ts';
import { name } from './names.ts';
import { amount, duration, share } from './quantities.ts';
import { stepLanguage } from './step-language.ts';
import {
  goalLanguage,
  matchesLanguage,
  significanceLanguage,
  stickyLanguage,
  winnerAbout,
} from './traffic-language.ts';

/** The ways in which a release can go out. */
export const STRATEGY_KINDS = [
  'rolling',
  'blue-green',
  'canary',
  'ab',
  'immutable',
  'shadow',
  'steps',
] as const;
/** Strategies that can be named without being defined; `steps` has nothing to fall back on. */
export const PRESETS = ['rolling', 'blue-green', 'canary', 'ab', 'immutable', 'shadow'] as const;

/** One of the kinds of strategy. */
export type StrategyKind = (typeof STRATEGY_KINDS)[number];

const checkNames = () => oneOrMore(name('the name of a check'), 'such names');

/** The keys that every strategy has beside its own. */
export const everyStrategyKeys = () => ({
  checks: optional(checkNames(), {
    meaning: 'Checks that the candidate must pass before it takes any traffic.',
    example: ['smoke'],
  }),
  after: optional(checkNames(), {
    meaning:
      'Checks when the candidate has all requests, before it becomes stable; a failure rolls back. Not run where it is only tested (shadow with `then: retire`).',
    example: ['smoke'],
  }),
  'progress-deadline': optional(duration('10s', '1d'), {
    meaning: 'A step without progress for this long is rolled back.',
    default: DEFAULTS.progressDeadline,
  }),
  ...analysisKeys(),
});

const keepOld = (byDefault: string) => ({
  'keep-old': optional(duration('0s', '30d'), {
    meaning: 'How long the old copy is kept after promotion, so that going back takes a moment.',
    default: byDefault,
  }),
});

const sticky = () => ({
  sticky: optional(stickyLanguage, {
    meaning:
      'Keeps a user on one version: user (as the component names users), address, a header or a cookie.',
    example: 'user',
  }),
});

const matches = (meaning: string) =>
  optional(matchesLanguage(), { meaning, example: { header: { 'X-Beta': 'true' } } });

const phase = definition(
  'phase',
  'One phase of a canary.',
  record({
    share: required(share(1, 10_000), {
      meaning: 'Share of the requests that the candidate gets; larger from phase to phase.',
      example: '5%',
    }),
    hold: required(duration('0s', '30d'), { meaning: 'How long the phase lasts.', example: '10m' }),
    match: matches('Requests that go to the candidate whatever the share.'),
    criteria: optional(criteriaLanguage, {
      meaning: 'Hard limits of this phase; where the strategy limits the same, this one holds.',
      example: { errors: '< 1%' },
    }),
    measurements: optional(
      measurementsLanguage(),
      measurementsAbout('Questions to Prometheus or a web server that are asked in this phase.'),
    ),
  }),
);

const canary = definition(
  'canary',
  'A growing share of the requests, judged phase by phase.',
  record({
    phases: optional(list(phase, 'phases'), {
      meaning: 'Shares and how long each lasts; everything follows after the last.',
      default: DEFAULTS.canary.phases,
    }),
    early: optional(flag(), {
      meaning: 'Whether a pass of the judge ends a phase before its time.',
      default: DEFAULTS.canary.early,
    }),
    ...sticky(),
    ...keepOld(DEFAULTS.canary.keepOld),
    ...everyStrategyKeys(),
  }),
);

const blueGreen = definition(
  'blue-green',
  'A full second copy, an instant switch, and the way back kept open.',
  record({
    bake: optional(duration('0s', '30d'), {
      meaning: 'How long the new copy is watched after the switch; a worse one is switched back.',
      default: DEFAULTS.blueGreen.bake,
    }),
    ...keepOld(DEFAULTS.blueGreen.keepOld),
    ...everyStrategyKeys(),
  }),
);

const rolling = definition(
  'rolling',
  'Instances are replaced in batches.',
  record({
    'max-surge': optional(amount(), {
      meaning: 'How many instances may run beyond the usual number; shares round up.',
      default: DEFAULTS.rolling.maxSurge,
    }),
    'max-unavailable': optional(amount(), {
      meaning: 'How many instances may be missing; shares round down.',
      default: DEFAULTS.rolling.maxUnavailable,
    }),
    batches: optional(whole(1, MAX_INSTANCES), {
      meaning: 'In how many batches instances are replaced, instead of max-surge.',
      example: 4,
    }),
    hold: optional(duration('0s', '1d'), {
      meaning: 'How long each batch is watched before the next; 0s goes on when instances are ready.',
      default: DEFAULTS.rolling.hold,
      example: '1m',
    }),
    ...sticky(),
    ...everyStrategyKeys(),
  }),
);

const ab = definition(
  'ab',
  'Two versions side by side until one has won.',
  record({
    match: matches('Requests that are sent to the candidate. Left away: half of the users.'),
    goal: optional(goalLanguage, winnerAbout.goal),
    significance: optional(significanceLanguage(), winnerAbout.significance),
    'max-samples': optional(whole(100, 1_000_000_000), winnerAbout.maxSamples),
    limit: optional(duration('1s', '90d'), {
      meaning: 'Longest time of the test; without a winner the stable version stays.',
      default: DEFAULTS.ab.limit,
    }),
    winner: optional(choice('automatic', 'manual'), winnerAbout.winner),
    ...sticky(),
    ...keepOld(DEFAULTS.ab.keepOld),
    ...everyStrategyKeys(),
  }),
);

const immutable = definition(
  'immutable',
  'A whole new copy on ports of its own; the old one is destroyed once the new one serves.',
  record({ ...keepOld(DEFAULTS.immutable.keepOld), ...everyStrategyKeys() }),
);

const shadow = definition(
  'shadow',
  'Copies of requests go to the candidate; its answers are compared and thrown away.',
  record({
    share: optional(share(1, 10_000), {
      meaning: 'Share of the requests that are copied to the candidate.',
      default: DEFAULTS.shadow.share,
    }),
    hold: optional(duration('1s', '30d'), {
      meaning: 'How long the candidate shadows.',
      default: DEFAULTS.shadow.hold,
    }),
    then: optional(choice('retire', 'switch'), {
      meaning: 'Whether the candidate is stopped at the end, or gets all requests.',
      default: DEFAULTS.shadow.then,
    }),
    ...keepOld(DEFAULTS.shadow.keepOld),
    ...everyStrategyKeys(),
  }),
);

const stepList = () => list(stepLanguage, 'steps');

const steps = definition(
  'steps',
  'A plan of your own. As a list: the steps alone. Full capacity and a switch at the end are added when they are missing.',
  z.union([
    stepList(),
    record({
      do: required(stepList(), {
        meaning: 'The steps, in order.',
        example: [{ shift: '5%' }, { judge: '10m' }, 'switch'],
      }),
      ...keepOld(DEFAULTS.steps.keepOld),
      ...everyStrategyKeys(),
    }),
  ]),
);

/** One strategy: a mapping with one of the kinds. */
export const strategyLanguage = definition(
  'strategy',
  'How a release goes out; one of the kinds.',
  oneOf(
    {
      canary: optional(mayBeEmpty(canary), {
        meaning: 'A growing share of the requests, judged phase by phase.',
        example: { phases: [{ share: '5%', hold: '10m' }] },
      }),
      'blue-green': optional(mayBeEmpty(blueGreen), {
        meaning: 'A full second copy, an instant switch, and the way back kept open.',
        example: { bake: '5m' },
      }),
      rolling: optional(mayBeEmpty(rolling), {
        meaning: 'Instances are replaced in batches.',
        example: { hold: '1m' },
      }),
      ab: optional(mayBeEmpty(ab), {
        meaning: 'Two versions side by side until one has won.',
        example: { goal: '/checkout/done' },
      }),
      immutable: optional(mayBeEmpty(immutable), {
        meaning: 'A whole new copy on ports of its own; the old one is destroyed.',
        example: { checks: ['smoke'] },
      }),
      shadow: optional(mayBeEmpty(shadow), {
        meaning: 'Copies of requests go to the candidate; its answers are compared and thrown away.',
        example: { share: '10%' },
      }),
      steps: optional(steps, {
        meaning: 'A plan of your own, step by step.',
        example: [{ shift: '5%' }, { approve: 'Go on?' }, 'switch'],
      }),
    },
    { expects: `a strategy: a mapping with one of ${STRATEGY_KINDS.join(', ')}` },
  ),
);

/** A strategy as written. */
export type StrategyInput = z.output<typeof strategyLanguage>;
