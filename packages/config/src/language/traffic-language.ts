import { z } from 'zod';
import { DEFAULTS } from './defaults.ts';
import {
  anyText,
  choice,
  definition,
  freeText,
  list,
  named,
  oneOf,
  oneOrMore,
  optional,
  record,
  required,
  textLeaf,
} from './leaf.ts';
import { cookieName, headerName, urlPath } from './names.ts';
import { fraction } from './quantities.ts';

/** Where the key of a user is; `user` is what the component calls its user. */
export const stickyLanguage = definition(
  'sticky',
  'What keeps a user on one version: the word user (as the component names users), the word address, a header or a cookie.',
  z.union([
    choice('user', 'address'),
    oneOf({
      header: optional(headerName(), { meaning: 'Header that holds the key.', example: 'X-Session' }),
      cookie: optional(cookieName(), {
        meaning: 'Cookie that holds the key; set to a random value when a request has none.',
        example: 'sluice',
      }),
    }),
  ]),
);

const matchedValue = definition(
  'matched-value',
  'A value as it must be, a list of values, or how it begins.',
  z.union([
    anyText('a text'),
    list(anyText('a text'), 'texts'),
    record({ prefix: required(anyText('a text'), { meaning: 'How the value begins.', example: 'beta-' }) }),
  ]),
);

const match = definition(
  'match',
  'Requests that go to the candidate: those for which every condition holds. In a list, any entry will do.',
  record(
    {
      header: optional(named(headerName(), matchedValue, 'a mapping from header names to values'), {
        meaning: 'Headers and the value each must have, the list it must be in, or the prefix it must have.',
        example: { 'X-Beta': 'true' },
      }),
      cookie: optional(named(cookieName(), matchedValue, 'a mapping from cookie names to values'), {
        meaning: 'Cookies, as for header.',
        example: { group: ['staff', 'beta'] },
      }),
      path: optional(urlPath(), { meaning: 'How the path begins.', example: '/beta' }),
      user: optional(oneOrMore(freeText('the key of a user'), 'such keys'), {
        meaning: 'Users by their key, as named by `user` of the component.',
        example: ['alice', 'bob'],
      }),
    },
    { notEmpty: true },
  ),
);

/** Requests that go to the candidate whatever its share: all conditions of one entry, any entry of a list. */
export const matchesLanguage = () => oneOrMore(match, 'such mappings');

const methodName = () =>
  textLeaf({
    expects: 'an HTTP method, such as POST',
    pattern: /^[A-Za-z]{1,20}$/,
    parse: (text) => text.toUpperCase(),
  });

/** What decides an A/B test. */
export const goalLanguage = definition(
  'goal',
  'What an A/B test compares. As a text: the path.',
  z.union([
    urlPath(),
    record({
      path: required(urlPath(), {
        meaning: 'Start of the path whose answers below 400 count as success.',
        example: '/checkout/done',
      }),
      method: optional(methodName(), {
        meaning: 'Only requests with this method; any when left away.',
        example: 'POST',
      }),
      from: optional(urlPath(), {
        meaning: 'Start of the path of the requests that count as trials.',
        default: '/',
        example: '/product',
      }),
    }),
  ]),
);

/** The significance of an A/B test. */
export const significanceLanguage = () => fraction(0.5, 1);

/** Texts for the keys that A/B tests and steps share. */
export const winnerAbout = {
  goal: {
    meaning: 'What is compared: answers below 400 on a path, per request.',
    default: DEFAULTS.ab.goal,
    example: { path: '/checkout/done', method: 'POST', from: '/product' },
  },
  significance: {
    meaning: 'Certainty that a winner must have reached, two-sided.',
    default: DEFAULTS.ab.significance,
  },
  maxSamples: {
    meaning:
      "Requests of both versions together after which the test is decided; ten looks are spread over them (O'Brien-Fleming).",
    default: DEFAULTS.ab.maxSamples,
  },
  winner: {
    meaning: 'Whether the winner is promoted by itself or waits for a person.',
    default: DEFAULTS.ab.winner,
  },
};

/** Matches as written: one or several. */
export type MatchesInput = z.output<ReturnType<typeof matchesLanguage>>;
/** A sticky key as written. */
export type StickyInput = z.output<typeof stickyLanguage>;
/** What names a user, as written. */
export type UserInput = Exclude<StickyInput, 'user'>;
/** The goal of an A/B test as written. */
export type GoalInput = z.output<typeof goalLanguage>;
