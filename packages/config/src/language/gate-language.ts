import { parseApprovers } from '@sluice/core/gates/approval-rule.ts';
import { isTimeZone, parseTimes } from '@sluice/core/gates/time-window.ts';
import { z } from 'zod';
import { expectations } from './expectation.ts';
import { choice, definition, list, oneOf, optional, record, required, textLeaf } from './leaf.ts';
import { DEFAULTS } from './defaults.ts';
import { name } from './names.ts';
import { duration, fraction } from './quantities.ts';

const APPROVERS = 'how many approvals of which roles or groups, such as 1 of sre, or 2 of managers or sre';

/** `2 of [managers, sre]`. */
const approvers = () => {
  const text = textLeaf({
    expects: APPROVERS,
    pattern: /^[1-9]\d?(\s+of\s+.+)?$/,
    parse: (written) => parseApprovers(written),
  });
  const number = z
    .number()
    .int()
    .min(1)
    .max(20)
    .transform((needed): { needed: number; of: readonly string[] } => ({ needed, of: [] }));
  return z.union([text, number]).register(expectations, { expects: APPROVERS });
};

const approval = definition(
  'approvers',
  'Who has to approve a release before it begins.',
  oneOf(
    {
      any: optional(approvers(), {
        meaning: 'So many approvals of people with one of these roles or groups.',
        example: '2 of managers or sre',
      }),
      all: optional(list(approvers(), 'approvals, each of which has to be met', { from: 1, to: 10 }), {
        meaning: 'Several such demands, each of which has to be met.',
        example: ['1 of sre', '1 of security'],
      }),
      'self-approval': optional(choice('refused', 'allowed'), {
        meaning: 'Whether whoever asks for a release may approve it.',
        default: DEFAULTS.gates.selfApproval,
      }),
      expires: optional(duration('1m', '90d'), {
        meaning: 'After how long an approval that was not used counts no more.',
        default: DEFAULTS.gates.expires,
        example: '24h',
      }),
    },
    { keys: ['any', 'all'], expects: `${APPROVERS}, or a mapping with any or all` },
  ),
);

const times = () =>
  textLeaf({
    expects: 'days and hours of the week, such as mon-fri 09:00-17:00, sat,sun, or daily 22:00-02:00',
    pattern: /^[A-Za-z,-]+(\s+\d{2}:\d{2}-\d{2}:\d{2})?$/,
    parse: (written) => parseTimes(written),
  });

const zone = () =>
  textLeaf({
    expects: 'the name of a time zone, such as Europe/Berlin or UTC',
    pattern: /^[A-Za-z0-9+_/-]{1,100}$/,
    parse: (written) => (isTimeZone(written) ? written : undefined),
  });

const window = definition(
  'window',
  'A time of the week in which releases go out, or do not.',
  oneOf(
    {
      allow: optional(times(), {
        meaning: 'Releases go out within these times; with several windows that allow, within any of them.',
        example: 'mon-fri 09:00-17:00',
      }),
      deny: optional(times(), {
        meaning: 'Nothing goes out within these times, whatever allows it.',
        example: 'fri 12:00-24:00',
      }),
      zone: optional(zone(), {
        meaning: 'By whose clocks; summer time is followed.',
        default: DEFAULTS.gates.zone,
        example: 'Europe/Berlin',
      }),
      'under-way': optional(choice('hold', 'finish'), {
        meaning: 'Whether it holds what is under way before each larger share, or lets that finish.',
        default: DEFAULTS.gates.underWay,
      }),
    },
    { keys: ['allow', 'deny'] },
  ),
);

const errorBudget = definition(
  'error-budget',
  'How many requests may fail; while too many do, nothing goes out but hot-fixes.',
  record({
    objective: required(fraction(0.5, 1), {
      meaning: 'The share of requests that are to succeed.',
      example: '99.9%',
    }),
    over: optional(duration('1d', '90d'), {
      meaning: 'The time over which the budget is counted.',
      default: DEFAULTS.gates.budgetOver,
      example: '28d',
    }),
  }),
);

/** The keys of an environment that keep releases from going out. */
export const gateKeys = {
  approvers: optional(z.union([approvers(), approval]), {
    meaning: 'Who has to approve a release before it begins, and each step that waits for approval.',
    otherwise: 'Nobody has to.',
    example: '2 of managers or sre',
  }),
  windows: optional(list(window, 'windows', { from: 1, to: 50 }), {
    meaning: 'When releases go out.',
    otherwise: 'Always.',
    example: [{ allow: 'mon-fri 09:00-17:00', zone: 'Europe/Berlin' }],
  }),
  after: optional(name('the name of another environment of the file'), {
    meaning: 'Another environment in which the same version has to be stable before.',
    example: 'staging',
  }),
  soak: optional(duration('0s', '30d'), {
    meaning: 'For how long it must have been stable there.',
    default: DEFAULTS.gates.soak,
    example: '1h',
  }),
  'error-budget': optional(errorBudget, {
    meaning: 'How many requests may fail before nothing goes out any more.',
    example: { objective: '99.9%' },
  }),
  hotfixes: optional(choice('approval', 'pass', 'wait'), {
    meaning:
      'What a hot-fix needs to pass closed windows, freezes and dependencies: one approval more than other releases, nothing, or it waits as others do.',
    default: DEFAULTS.gates.hotfixes,
  }),
};
