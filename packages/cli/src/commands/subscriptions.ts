import type { CommandContext, DefineCommand } from '../command-context.ts';
import { printAnswer } from '../context/print-answer.ts';
import { readAll } from '../context/read-all.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { subscriptionDetailLines, subscriptionLines } from '../output/channel-lines.ts';
import { addSubscription } from './subscriptions/add-subscription.ts';

/** `sluice subscriptions`: which channel is told what. */
export const subscriptions: DefineCommand = (command, run) => {
  command
    .description(
      'Says which channel is told what: by kinds of events, applications, environments and severity.',
    )
    .usage('<verb> [options]')
    .addHelpText(
      'after',
      '\nExamples:\n  $ sluice subscriptions list\n' +
        '  $ sluice subscriptions add trouble --channel team --kinds "rollout.*" --environments production --severity warning\n' +
        '  $ sluice subscriptions remove trouble',
    );
  command
    .command('list')
    .summary('list subscriptions')
    .description('Lists which channel is told what.')
    .addHelpText('after', '\nExample:\n  $ sluice subscriptions list')
    .action(() => run(list));
  addSubscription(command.command('add').summary('have a channel told something, or change that'), run);
  command
    .command('show')
    .summary('show a subscription')
    .description('Shows what a channel is told, and what is held back just now.')
    .argument('<name>', 'name of the subscription')
    .addHelpText('after', '\nExample:\n  $ sluice subscriptions show trouble')
    .action((name: string) =>
      run((context) =>
        printAnswer(context, { ask: (api) => api.subscription(name), lines: subscriptionDetailLines }),
      ),
    );
  command
    .command('remove')
    .summary('remove a subscription')
    .description('Removes a subscription; what is on its way already is told.')
    .argument('<name>', 'name of the subscription')
    .addHelpText('after', '\nExample:\n  $ sluice subscriptions remove trouble')
    .action((name: string) => run((context) => remove(context, name)));
};

async function list(context: CommandContext): Promise<ExitCode> {
  const all = await readAll(context, (api, page) => api.subscriptions(page));
  if (!all.ok) return context.refuse(all.refused);
  if (context.json) context.printJson({ items: all.value });
  else context.print(subscriptionLines(all.value, context.space()));
  return EXIT.ok;
}

const remove = (context: CommandContext, name: string): Promise<ExitCode> => {
  const { paint, symbols } = context.style;
  return printAnswer(context, {
    would: `remove the subscription ${name}`,
    ask: (api) => api.removeSubscription(name, context.world.userName),
    lines: () => `${paint('good', symbols.done)} The subscription ${name} is removed.`,
  });
};
