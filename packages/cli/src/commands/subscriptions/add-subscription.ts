import type { SubscriptionInput } from '@sluice/protocol/http/channel-calls.ts';
import { Option } from 'commander';
import type { CommandContext, DefineCommand } from '../../command-context.ts';
import { printAnswer } from '../../context/print-answer.ts';
import { readDuration } from '../../context/duration-option.ts';
import { EXIT, type ExitCode } from '../../exit-codes.ts';
import { subscriptionDetailLines } from '../../output/channel-lines.ts';
import { type Outcome, refusal } from '../../refused.ts';

interface AddOptions {
  readonly channel: string;
  readonly kinds?: readonly string[];
  readonly projects?: readonly string[];
  readonly applications?: readonly string[];
  readonly environments?: readonly string[];
  readonly components?: readonly string[];
  readonly severity?: SubscriptionInput['severity'];
  readonly atMost?: string;
}

const listed = (text: string): readonly string[] => text.split(',').map((part) => part.trim());

/** `sluice subscriptions add`: has a channel told what happens from now on. */
export const addSubscription: DefineCommand = (command, run) => {
  command
    .description(
      'Has a channel told what happens from now on. In patterns * stands for anything. What comes beyond --at-most is summed ' +
        'up in one notice; what is critical is always told.',
    )
    .argument('<name>', 'name of the subscription')
    .requiredOption('--channel <name>', 'the channel')
    .option('--kinds <list>', 'kinds of events: rollout.held,rollout.rolled-back (default: *)', listed)
    .option('--projects <list>', 'of applications of which projects (default: *)', listed)
    .option('--applications <list>', 'of which applications (default: *)', listed)
    .option('--environments <list>', 'of which environments (default: *)', listed)
    .option('--components <list>', 'of which components (default: *)', listed)
    .addOption(
      new Option('--severity <least>', 'the least that matters (default: notice)').choices([
        'info',
        'notice',
        'warning',
        'critical',
      ]),
    )
    .option('--at-most <throttle>', 'how many notices in which time: 20/1h')
    .addHelpText(
      'after',
      '\nExample:\n  $ sluice subscriptions add trouble --channel team --kinds "rollout.*" --environments production ' +
        '--severity warning --at-most 20/1h',
    )
    .action((name: string, options: AddOptions) => run((context) => add(context, name, options)));
};

async function add(context: CommandContext, name: string, options: AddOptions): Promise<ExitCode> {
  const { atMost, channel, kinds, projects, applications, environments, components, severity } = options;
  const throttle = atMost === undefined ? null : throttleOf(atMost);
  if (throttle !== null && !throttle.ok) return context.refuse(throttle.refused);
  const request: SubscriptionInput = {
    ...{ channel, throttle: throttle?.value ?? null, by: context.world.userName },
    ...(kinds && { kinds: [...kinds] }),
    ...(projects && { projects: [...projects] }),
    ...(applications && { applications: [...applications] }),
    ...(environments && { environments: [...environments] }),
    ...(components && { components: [...components] }),
    ...(severity && { severity }),
  };
  return printAnswer(context, {
    would: `have ${channel} told what ${name} wants`,
    ask: (api) => api.putSubscription(name, request),
    lines: subscriptionDetailLines,
  });
}

/** `20/1h` as twenty in an hour. */
function throttleOf(text: string): Outcome<{ readonly most: number; readonly perMs: number }> {
  const [, most, per = ''] = /^(\d{1,5})\/(.+)$/.exec(text.trim()) ?? [];
  if (most === undefined)
    return refusal(EXIT.refusedInput, 'invalid-throttle', {
      detail: `--at-most is "${text}", which is no number of notices in a time.`,
      remedy: 'Write for example 20/1h: twenty in an hour.',
    });
  const perMs = readDuration(per, '--at-most');
  return perMs.ok ? { ok: true, value: { most: Number(most), perMs: perMs.value } } : perMs;
}
