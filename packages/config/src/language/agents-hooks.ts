import { HOOK_MOMENTS, type HookMoment } from '@sluice/core/tasks/hook-spec.ts';
import { DEFAULTS } from './defaults.ts';
import { choice, definition, freeText, list, named, oneOf, optional, required, textLeaf } from './leaf.ts';
import { name } from './names.ts';
import { duration } from './quantities.ts';

const [first = 'before-session', ...others] = HOOK_MOMENTS;

const webUrl = () =>
  textLeaf({
    expects: 'an http or https address, such as http://127.0.0.1:9000/check',
    pattern: /^https?:\/\/[^\s\0]+$/,
    parse: (text) => (URL.canParse(text) ? text : undefined),
  });

const hook = definition(
  'hook',
  'Somebody who is asked before something happens to tasks, and can forbid it, or is told after; one of url and run.',
  oneOf(
    {
      at: required(choice<readonly [HookMoment, ...HookMoment[]]>(first, ...others), {
        meaning: 'When it is asked, or told.',
        example: 'before-task',
      }),
      url: optional(webUrl(), {
        meaning: 'Is sent the occasion as JSON, by POST.',
        example: 'http://127.0.0.1:9000/check',
      }),
      run: optional(freeText('a shell command'), {
        meaning:
          'Runs on the machine of the control plane, in the folder of the revision; reads the occasion as JSON, and prints its answer.',
        example: 'node check.mjs',
      }),
      timeout: optional(duration('100ms', '5m'), {
        meaning: 'How long it may take.',
        default: DEFAULTS.agents.hook.timeout,
      }),
      'on-error': optional(choice('allow', 'refuse'), {
        meaning: 'What holds when the hook itself fails; means something before things happen.',
        default: DEFAULTS.agents.hook.onError,
      }),
      tools: optional(list(name('the name of a tool, as agents call it'), 'names of tools'), {
        meaning: 'Only for calls of these tools.',
        otherwise: 'all tools',
        example: ['refund-order'],
      }),
    },
    { keys: ['url', 'run'] },
  ),
);

/** Who is asked, and told, by name. */
export const agentsHooks = () => named(name('the name of a hook'), hook, 'a mapping from names to hooks');
