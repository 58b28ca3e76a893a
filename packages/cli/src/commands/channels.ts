import type { CommandContext, DefineCommand } from '../command-context.ts';
import { printAnswer } from '../context/print-answer.ts';
import { readAll } from '../context/read-all.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { channelDetailLines, channelLines } from '../output/channel-lines.ts';
import { countWords } from '../output/words.ts';
import { addChannel } from './channels/add-channel.ts';

/** `sluice channels`: where Sluice tells what happens. */
export const channels: DefineCommand = (command, run) => {
  command
    .description(
      'Says where Sluice tells what happens: webhooks, chats, mail, and what keeps track of incidents and issues.',
    )
    .usage('<verb> [options]')
    .addHelpText(
      'after',
      '\nExamples:\n  $ sluice channels list\n' +
        '  $ sluice channels add hook --kind webhook --set url=https://hooks.example/in --set secrets=env:SLUICE_CHANNEL_HOOK\n' +
        '  $ sluice channels test hook',
    );
  command
    .command('list')
    .summary('list channels')
    .description('Lists channels, and how it is with their receivers.')
    .addHelpText('after', '\nExample:\n  $ sluice channels list')
    .action(() => run(list));
  addChannel(command.command('add').summary('add a channel, or change one'), run);
  const named = (verb: string, summary: string, description: string): typeof command =>
    command
      .command(verb)
      .summary(summary)
      .description(description)
      .argument('<name>', 'name of the channel')
      .addHelpText('after', `\nExample:\n  $ sluice channels ${verb} hook`);
  named('show', 'show a channel', 'Shows where a channel leads, and why it last failed.').action(
    (name: string) => run((context) => show(context, name)),
  );
  named(
    'test',
    'tell a channel something',
    'Tells a channel something at once, and says whether it arrived.',
  ).action((name: string) => run((context) => tryOut(context, name)));
  named(
    'replay',
    'tell a channel again what was given up',
    'Tells a channel again everything that was given up; each with the same id, so that the receiver knows what it has had.',
  ).action((name: string) => run((context) => replay(context, name)));
  named(
    'remove',
    'remove a channel',
    'Removes a channel with all that waits for it; refused while a subscription names it.',
  ).action((name: string) => run((context) => remove(context, name)));
};

async function list(context: CommandContext): Promise<ExitCode> {
  const all = await readAll(context, (api, page) => api.channels(page));
  if (!all.ok) return context.refuse(all.refused);
  if (context.json) context.printJson({ items: all.value });
  else context.print(channelLines(all.value, context.space()));
  return EXIT.ok;
}

const show = (context: CommandContext, name: string): Promise<ExitCode> =>
  printAnswer(context, {
    ask: (api) => api.channel(name),
    lines: (channel) => channelDetailLines(channel, context.space()),
  });

const tryOut = (context: CommandContext, name: string): Promise<ExitCode> => {
  const { paint, symbols } = context.style;
  return printAnswer(context, {
    would: `tell ${name} something`,
    ask: (api) => api.testChannel(name, context.world.userName),
    lines: ({ delivered, message }) =>
      delivered
        ? `${paint('good', symbols.done)} It arrived.`
        : `${paint('bad', symbols.failed)} It did not arrive: ${message ?? 'nobody knows why'}`,
    ends: ({ delivered }) => (delivered ? EXIT.ok : EXIT.failed),
  });
};

const replay = (context: CommandContext, name: string): Promise<ExitCode> =>
  printAnswer(context, {
    would: `tell ${name} again what was given up`,
    ask: (api) => api.replayChannel(name, context.world.userName),
    lines: ({ replayed }) =>
      replayed === 0
        ? 'Nothing was given up.'
        : `${countWords(replayed, 'delivery', 'deliveries')} will be told again.`,
  });

const remove = (context: CommandContext, name: string): Promise<ExitCode> => {
  const { paint, symbols } = context.style;
  return printAnswer(context, {
    would: `remove the channel ${name}`,
    ask: (api) => api.removeChannel(name, context.world.userName),
    lines: () => `${paint('good', symbols.done)} The channel ${name} is removed.`,
  });
};
