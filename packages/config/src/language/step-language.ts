import { WHOLE_BASIS_POINTS } from '@sluice/core/kernel/share.ts';
import type { Amount } from '@sluice/core/rollout/strategy-spec.ts';
import { z } from 'zod';
import { criteriaLanguage } from './criteria-language.ts';
import { expectations, listed } from './expectation.ts';
import {
  definition,
  choice,
  flag,
  freeText,
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
import { duration, share } from './quantities.ts';
import {
  goalLanguage,
  matchesLanguage,
  significanceLanguage,
  stickyLanguage,
  winnerAbout,
} from './traffic-language.ts';

/** The words of the step vocabulary, as in the engine. */
export const STEP_KINDS = [
  'provision',
  'verify',
  'shift',
  'hold',
  'approve',
  'judge',
  'switch',
  'settle',
  'retire',
] as const;

const instanceCount = () => {
  const expects = `a number of instances from 1 to ${MAX_INSTANCES}, a share of them such as 50%, or all`;
  return z
    .union([
      choice('all').transform((): Amount => ({ basisPoints: WHOLE_BASIS_POINTS })),
      whole(1, MAX_INSTANCES).transform((instances): Amount => ({ instances })),
      share(1, WHOLE_BASIS_POINTS).transform((basisPoints): Amount => ({ basisPoints })),
    ])
    .register(expectations, { expects });
};

const provision = definition(
  'provision',
  'Instances of both versions. As a number, a share or the word all: those of the candidate.',
  z.union([
    instanceCount(),
    record({
      candidate: required(instanceCount(), { meaning: 'Instances of the candidate.', example: 'all' }),
      stable: optional(instanceCount(), {
        meaning: 'Instances of the stable version.',
        default: 'all',
        example: '50%',
      }),
      'own-ports': optional(flag(), {
        meaning: 'Whether the candidate gets a block of ports of its own.',
        default: false,
      }),
    }),
  ]),
);

const shift = definition(
  'shift',
  'Where requests go. As a text: the share of the candidate.',
  z.union([
    share(0, WHOLE_BASIS_POINTS),
    record(
      {
        share: optional(share(0, WHOLE_BASIS_POINTS), {
          meaning: 'Share of the requests that the candidate gets.',
          default: '0%',
        }),
        match: optional(matchesLanguage(), {
          meaning: 'Requests that go to the candidate whatever the share.',
          example: { header: { 'X-Beta': 'true' } },
        }),
        mirror: optional(share(0, WHOLE_BASIS_POINTS), {
          meaning: 'Share of the requests that are copied to the candidate; its answers are thrown away.',
          default: '0%',
        }),
        sticky: optional(stickyLanguage, { meaning: 'Keeps a user on one version.', example: 'user' }),
      },
      { notEmpty: true },
    ),
  ]),
);

const forKey = (meaning: string, from = '0s') => required(duration(from, '90d'), { meaning, example: '10m' });
const criteriaKey = () =>
  optional(criteriaLanguage, {
    meaning: 'Hard limits in this step, beside those of the strategy.',
    example: { errors: '< 1%' },
  });

const measurementsKey = () =>
  optional(
    measurementsLanguage(),
    measurementsAbout('Questions to Prometheus or a web server that are asked in this step.'),
  );

const winner = definition(
  'winner',
  'An A/B test within a step.',
  record({
    goal: optional(goalLanguage, winnerAbout.goal),
    significance: optional(significanceLanguage(), winnerAbout.significance),
    'max-samples': optional(whole(100, 1_000_000_000), winnerAbout.maxSamples),
    decide: optional(choice('automatic', 'manual'), winnerAbout.winner),
  }),
);

const judge = definition(
  'judge-step',
  'Collects evidence for a time. As a text: the time.',
  z.union([
    duration('1s', '90d'),
    record({
      for: forKey('How long evidence is collected.', '1s'),
      criteria: criteriaKey(),
      measurements: measurementsKey(),
      early: optional(flag(), { meaning: 'Whether a pass ends the step before its time.', default: false }),
      winner: optional(winner, {
        meaning: 'Makes the step an A/B test, which ends when a winner is found.',
        example: { goal: '/checkout/done' },
      }),
    }),
  ]),
);

const settle = definition(
  'settle',
  'Watches the new version after a switch. As a text: the time.',
  z.union([
    duration('0s', '90d'),
    record({
      for: forKey('How long the new version is watched.'),
      criteria: criteriaKey(),
      measurements: measurementsKey(),
    }),
  ]),
);

const stepMapping = () =>
  oneOf(
    {
      provision: optional(provision, {
        meaning: 'Brings both versions to a number of ready instances.',
        example: 'all',
      }),
      verify: optional(oneOrMore(name('the name of a check'), 'such names'), {
        meaning: 'Runs checks against the candidate.',
        example: ['smoke'],
      }),
      shift: optional(shift, { meaning: 'Moves a share of the requests to the candidate.', example: '5%' }),
      hold: optional(duration('0s', '90d'), {
        meaning: 'Lets time pass while the judge watches.',
        example: '10m',
      }),
      approve: optional(freeText('a question to a person'), {
        meaning: 'Waits for a person.',
        example: 'Does the shop look right?',
      }),
      judge: optional(judge, {
        meaning: 'Collects evidence for a time, then follows the verdict.',
        example: '10m',
      }),
      settle: optional(settle, {
        meaning: 'After a switch: watches the new version and takes it back when it is worse.',
        example: '5m',
      }),
      retire: optional(duration('0s', '30d'), {
        meaning: 'Keeps the old copy for this long, then stops it.',
        example: '30m',
      }),
    },
    { expects: `a step: ${listed(STEP_KINDS, 'or', STEP_KINDS.length)}` },
  );

/** One step of a plan written by hand: a mapping with one key, or the word `switch`. */
export const stepLanguage = definition(
  'step',
  'One step: a mapping with one of the keys, or the word switch, which sends everything to the candidate.',
  z.union([choice('switch'), stepMapping()]),
);
