import { decimal, definition, named, optional, record } from './leaf.ts';
import { name } from './names.ts';

/** More than any model costs, per million tokens or per second. */
const MOST = 1_000_000;

/** What work costs. */
export const pricesLanguage = definition(
  'prices',
  'What attempts cost, in one currency; a worker that says itself what its model cost is believed.',
  record({
    'input-tokens': optional(decimal(0, MOST), { meaning: 'Price of a million input tokens.', default: 0 }),
    'output-tokens': optional(decimal(0, MOST), { meaning: 'Price of a million output tokens.', default: 0 }),
    second: optional(decimal(0, MOST), { meaning: 'Price of a second of an attempt.', default: 0 }),
  }),
);

/** Scores that are judged. */
export const evaluationsLanguage = () =>
  named(name(), decimal(0, 1), 'a mapping from names of scores to the least that is good, from 0 to 1');
