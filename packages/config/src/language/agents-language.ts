import { UNFINISHED_POLICIES } from '@sluice/core/rollout/component-spec.ts';
import { FAILURE_CLASSES } from '@sluice/core/tasks/failure-class.ts';
import type { z } from 'zod';
import { evaluationsLanguage, pricesLanguage } from './agents-judging.ts';
import { limitsLanguage } from './agents-limits.ts';
import { scheduleLanguage } from './agents-schedules.ts';
import { agentsHooks } from './agents-hooks.ts';
import { agentsTools } from './agents-tools.ts';
import { DEFAULTS } from './defaults.ts';
import { choice, decimal, definition, list, named, optional, record, whole } from './leaf.ts';
import { name } from './names.ts';
import { poolLanguage, serverAddress } from './pool-language.ts';
import { duration } from './quantities.ts';
import { sandboxLanguage } from './sandbox-language.ts';

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
    unfinished: optional(choice(...UNFINISHED_POLICIES), {
      meaning:
        "What becomes of the tasks of a revision that gets no more: `finish` lets it end what it works on and gives what waits to the version that serves, `retry` gives that version all of them, `pin` lets the old one do all of them for as long as the component's `drain`.",
      default: DEFAULTS.agents.unfinished,
    }),
    prices: optional(pricesLanguage, {
      meaning: 'What the work costs, so that the judge can compare it.',
      example: { 'input-tokens': 3, 'output-tokens': 15 },
    }),
    replay: optional(whole(0, 100_000), {
      meaning:
        'How many of the last tasks a candidate does again when a shadow test of it begins; nothing of it is noticed by anybody.',
      default: 0,
      example: 200,
    }),
    evaluations: optional(evaluationsLanguage(), {
      meaning:
        'Scores of results that are judged, with the least that is good. Workers, hooks and people give them.',
      example: { helpful: 0.7 },
    }),
    tools: optional(agentsTools(), {
      meaning:
        'Registered tools that the agents may call: the first that can serve is asked, the next ones stand in for it.',
      example: { 'find-order': ['find-order@2', 'find-order@1'] },
    }),
    hooks: optional(agentsHooks(), {
      meaning: 'Who is asked before something happens to tasks, and told after.',
      example: { budget: { at: 'before-task', url: 'http://127.0.0.1:9000/check' } },
    }),
    category: optional(name(), {
      meaning: 'What kind of agent it is, by which agents are listed.',
      example: 'support',
    }),
    capabilities: optional(list(name(), 'capabilities of workers'), {
      meaning:
        'What its workers can do. A worker that says anything else is not let in; one that says nothing can do all of it.',
      otherwise: 'what each worker says of itself',
      example: ['triage', 'translate'],
    }),
    pool: optional(poolLanguage, {
      meaning: 'How many workers there are, by what waits and runs.',
      otherwise: '`instances`, at all times',
      example: { max: 20, sleep: '10m' },
    }),
    server: optional(serverAddress(), {
      meaning:
        'Where pods of the component reach Sluice, as workers need it in SLUICE_WORKER_URL; in a cluster only.',
      otherwise: 'the port of this machine',
      example: 'http://sluice.sluice.svc:4600',
    }),
    timeout: optional(duration('1s', '7d'), {
      meaning: 'How long an attempt at a task may take; beyond it, it has failed with class timeout.',
      otherwise: 'as long as the worker takes',
      example: '5m',
    }),
    deadline: optional(duration('1s', '30d'), {
      meaning: 'After which time a task that nobody gave a deadline is of no use any more.',
      otherwise: 'never',
      example: '1h',
    }),
    limits: optional(limitsLanguage, {
      meaning: 'How much of its tasks there may be.',
      otherwise: 'as much as the workers take',
      example: { running: 50, rate: '100/s' },
    }),
    sandbox: optional(sandboxLanguage, {
      meaning: 'What keeps workers from the rest of their machine.',
      otherwise: 'a process as any other',
      example: { kind: 'bubblewrap', processes: 64 },
    }),
    schedules: optional(named(name(), scheduleLanguage, 'a mapping from names to schedules'), {
      meaning: 'Tasks that come by the clock, from when the revision serves all of the tasks.',
      example: { daily: { cron: '0 9 * * 1-5', 'time-zone': 'Europe/Berlin' } },
    }),
  }),
);

export type AgentsInput = z.output<typeof agentsLanguage>;
