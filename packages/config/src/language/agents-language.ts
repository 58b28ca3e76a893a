import { FAILURE_CLASSES } from '@sluice/core/tasks/failure-class.ts';
import type { z } from 'zod';
import { DEFAULTS } from './defaults.ts';
import { choice, decimal, definition, list, optional, record, whole } from './leaf.ts';
import { duration } from './quantities.ts';

const [first, ...others] = FAILURE_CLASSES;
const failureClass = () => choice(first ?? 'crash', ...others);

const retry = definition(
  'retry',
  'How tasks that failed are tried again.',
  record({
    failures: optional(whole(1, 100), {
      meaning: 'How often a task may fail before it is a dead letter; 1 never tries again.',
      default: DEFAULTS.agents.retry.failures,
    }),
    pause: optional(duration('0ms', '1h'), {
      meaning: 'The pause after the first failure; each further one is longer by the factor.',
      default: DEFAULTS.agents.retry.pause,
    }),
    factor: optional(decimal(1, 10), {
      meaning: 'How much longer each pause is than the one before.',
      default: DEFAULTS.agents.retry.factor,
    }),
    longest: optional(duration('0ms', '24h'), {
      meaning: 'The longest pause.',
      default: DEFAULTS.agents.retry.longest,
    }),
    of: optional(list(failureClass(), 'classes of failures'), {
      meaning: 'Which failures are tried again; left away: all but input and refused.',
      example: ['transient', 'timeout', 'lost'],
    }),
  }),
);

/** What holds for a component of agents. */
export const agentsLanguage = definition(
  'agents',
  'What holds for a component of agents, whose instances are workers.',
  record({
    retry: optional(retry, { meaning: 'How tasks that failed are tried again.', example: { failures: 2 } }),
    unfinished: optional(choice('finish', 'move'), {
      meaning:
        'What becomes of tasks that a revision works on when it gets no more: they finish there, or move at once. What waits always moves.',
      default: DEFAULTS.agents.unfinished,
    }),
  }),
);

export type AgentsInput = z.output<typeof agentsLanguage>;
