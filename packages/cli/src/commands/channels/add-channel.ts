import type { CommandContext, DefineCommand } from '../../command-context.ts';
import { wouldBe } from '../../context/act-on-track.ts';
import { EXIT, type ExitCode } from '../../exit-codes.ts';
import { channelDetailLines } from '../../output/channel-lines.ts';
import { refusedByApi } from '../../refused.ts';
import { CHANNEL_KINDS, channelSettingsOf } from './channel-settings-of.ts';

interface AddOptions {
  readonly kind: string;
  readonly set: readonly string[];
}

/** `sluice channels add`: adds a channel, or changes one. */
export const addChannel: DefineCommand = (command, run) => {
  command
    .description(
      'Adds a channel, or changes one of the name. Secrets are given by where they lie and never themselves: env:NAME of the ' +
        "server's environment (NAME begins with SLUICE_CHANNEL_), file:PATH in its folder of secrets, or secret:NAME that " +
        '`sluice secrets set` keeps.',
    )
    .argument('<name>', 'name of the channel')
    .requiredOption('--kind <kind>', `what it is: ${CHANNEL_KINDS.join(', ')}`)
    .option(
      '--set <key=value>',
      'a setting; again for each one, and for each entry of a list',
      (pair: string, before: readonly string[]) => [...before, pair],
      [],
    )
    .addHelpText(
      'after',
      '\nExamples:\n  $ sluice channels add hook --kind webhook --set url=https://hooks.example/in --set secrets=env:SLUICE_CHANNEL_HOOK\n' +
        '  $ sluice channels add team --kind slack --set token=secret:channel-slack --set channel=C024BE7LH\n' +
        '  $ sluice channels test team',
    )
    .action((name: string, options: AddOptions) => run((context) => add(context, name, options)));
};

async function add(context: CommandContext, name: string, { kind, set }: AddOptions): Promise<ExitCode> {
  const settings = channelSettingsOf(kind, set);
  if (!settings.ok) return context.refuse(settings.refused);
  if (context.dryRun) return wouldBe(context, `add the channel ${name} of kind ${kind}`);
  const api = await context.api();
  const reply = await api.putChannel(name, { settings: settings.value, by: context.world.userName });
  if (!reply.ok) return context.refuse(refusedByApi(reply.failure, api.baseUrl));
  if (context.json) context.printJson(reply.value);
  else
    context.print([
      ...channelDetailLines(reply.value, context.space()),
      `\`sluice channels test ${name}\` tells it something; \`sluice subscriptions add\` says what it is to be told.`,
    ]);
  return EXIT.ok;
}
