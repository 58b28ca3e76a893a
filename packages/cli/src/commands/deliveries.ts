import type { DeliveryView } from '@sluice/protocol/http/deliveries.ts';
import { Option } from 'commander';
import type { CommandContext, DefineCommand } from '../command-context.ts';
import { printAnswer } from '../context/print-answer.ts';
import { wholeNumber } from '../context/number-option.ts';
import type { ExitCode } from '../exit-codes.ts';
import { deliveryDetailLines, deliveryLines } from '../output/channel-lines.ts';

interface ListOptions {
  readonly channel?: string;
  readonly state?: DeliveryView['state'];
  readonly limit: number;
}

/** `sluice deliveries`: what was told, what waits, and what was given up. */
export const deliveries: DefineCommand = (command, run) => {
  command
    .description(
      'Shows what channels were told, what waits to be told, and what was given up; tells it again.',
    )
    .usage('<verb> [options]')
    .addHelpText(
      'after',
      '\nExamples:\n  $ sluice deliveries list --state dead\n' +
        '  $ sluice deliveries show 5f0d7a3c-8a53-4c53-9f5b-1f6f2f0a2a11\n' +
        '  $ sluice deliveries replay 5f0d7a3c-8a53-4c53-9f5b-1f6f2f0a2a11',
    );
  command
    .command('list')
    .summary('list deliveries')
    .description('Lists deliveries, the newest first.')
    .option('--channel <name>', 'of one channel')
    .addOption(new Option('--state <state>', 'of one state').choices(['waiting', 'delivered', 'dead']))
    .option('--limit <number>', 'how many', wholeNumber(1, 200), 50)
    .addHelpText('after', '\nExample:\n  $ sluice deliveries list --channel team --state dead')
    .action((options: ListOptions) => run((context) => list(context, options)));
  const named = (verb: string, summary: string, description: string): typeof command =>
    command
      .command(verb)
      .summary(summary)
      .description(description)
      .argument('<id>', 'id of the delivery')
      .addHelpText('after', `\nExample:\n  $ sluice deliveries ${verb} 5f0d7a3c-8a53-4c53-9f5b-1f6f2f0a2a11`);
  named('show', 'show a delivery', 'Shows what became of a delivery, and why.').action((id: string) =>
    run((context) =>
      printAnswer(context, {
        ask: (api) => api.delivery(id),
        lines: (delivery) => deliveryDetailLines(delivery, context.space()),
      }),
    ),
  );
  named(
    'replay',
    'tell it again',
    'Tells something again that was told or given up, with the same id, so that the receiver knows it.',
  ).action((id: string) =>
    run((context) =>
      printAnswer(context, {
        would: `tell ${id} again`,
        ask: (api) => api.replayDelivery(id, context.world.userName),
        lines: (delivery) => deliveryDetailLines(delivery, context.space()),
      }),
    ),
  );
};

const list = (context: CommandContext, { channel, state, limit }: ListOptions): Promise<ExitCode> =>
  printAnswer(context, {
    ask: (api) => api.deliveries({ channel, state, limit }),
    lines: ({ items }) => deliveryLines(items, context.space()),
  });
