import { z } from 'zod';
import { isCron, isTimeZone } from './cron.ts';
import { DEFAULTS } from './defaults.ts';
import { expectations } from './expectation.ts';
import { choice, definition, list, optional, record, required, textLeaf, whole } from './leaf.ts';
import { duration } from './quantities.ts';

const cron = () =>
  textLeaf({
    expects:
      'a cron expression of minute, hour, day, month and weekday that names a moment, such as "0 9 * * 1-5"',
    pattern: /^\S.{0,199}$/,
    parse: (text) => (isCron(text) ? text : undefined),
  });

const timeZone = () =>
  textLeaf({
    expects: 'a time zone such as Europe/Berlin or UTC',
    pattern: /^[A-Za-z][A-Za-z0-9_+/-]{0,63}$/,
    parse: (text) => (isTimeZone(text) ? text : undefined),
  });

const text = (what: string) =>
  textLeaf({ expects: `${what} of 1 to 200 characters`, pattern: /^[^\0]{1,200}$/, parse: (value) => value });

const inputMapping = () =>
  z
    .record(z.string(), z.unknown())
    .register(expectations, { expects: 'a mapping, as the worker is to get it', asIs: true });

const ability = () =>
  textLeaf({
    expects: 'a capability of letters, digits, dot, dash and underscore, at most 64 long',
    pattern: /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/,
    parse: (value) => value,
  });

/** Tasks that come by the clock. */
export const scheduleLanguage = definition(
  'schedule',
  'Tasks that come by the clock: one for each moment, however many servers there are.',
  record({
    cron: required(cron(), {
      meaning: 'When, as minute, hour, day of the month, month and day of the week.',
      example: '0 9 * * 1-5',
    }),
    'time-zone': optional(timeZone(), {
      meaning: 'The clock that it goes by.',
      default: DEFAULTS.agents.schedule.timeZone,
      example: 'Europe/Berlin',
    }),
    input: optional(inputMapping(), {
      meaning: 'What the worker is given.',
      otherwise: 'null',
      example: { report: 'daily' },
    }),
    missed: optional(choice('skip', 'once', 'all'), {
      meaning:
        'What becomes of moments that passed while no server ran: they are left out, the last one happens late, or all do, 100 at most.',
      default: DEFAULTS.agents.schedule.missed,
    }),
    overlap: optional(choice('allow', 'skip', 'queue'), {
      meaning:
        'What becomes of a moment while the task of the one before has not ended: it happens, is left out, or happens when that has ended.',
      default: DEFAULTS.agents.schedule.overlap,
    }),
    priority: optional(whole(0, 9), {
      meaning: 'The priority of its tasks.',
      default: DEFAULTS.agents.schedule.priority,
    }),
    within: optional(duration('1s', '30d'), {
      meaning: 'How long after its moment a task is of no use any more.',
      otherwise: 'for ever, or as `deadline` says',
      example: '1h',
    }),
    'fairness-key': optional(text('a fairness key'), {
      meaning: 'Whose share of the workers its tasks count against.',
      otherwise: "nobody's in particular",
      example: 'acme',
    }),
    session: optional(text('the name of a session'), {
      meaning: 'The session that its tasks belong to.',
      otherwise: 'none',
      example: 'daily-report',
    }),
    capabilities: optional(list(ability(), 'capabilities', { from: 1, to: 20 }), {
      meaning: 'What a worker must be able to do.',
      otherwise: 'nothing in particular',
      example: ['reports'],
    }),
  }),
);
