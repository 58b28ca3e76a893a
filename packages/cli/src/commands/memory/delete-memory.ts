import type { CommandContext, DefineCommand } from '../../command-context.ts';
import { wouldBe } from '../../context/act-on-track.ts';
import { type PlaceOptions, placeIn, withPlace } from '../../context/memory-place.ts';
import { EXIT, type ExitCode } from '../../exit-codes.ts';
import { refusedByApi } from '../../refused.ts';

/** `sluice memory delete`: forgets a key. */
export const deleteMemory: DefineCommand = (command, run) => {
  withPlace(command.description('Forgets a key with everything that it holds.').argument('<key>', 'the key'))
    .addHelpText('after', '\nExample:\n  $ sluice memory delete tone --agent shop/production/triage')
    .action((key: string, options: PlaceOptions) => run((context) => forget(context, key, options)));
};

async function forget(context: CommandContext, key: string, options: PlaceOptions): Promise<ExitCode> {
  if (context.dryRun) return wouldBe(context, `forget ${key}`);
  const api = await context.api();
  const reply = await api.deleteMemory(key, placeIn(options));
  if (!reply.ok) return context.refuse(refusedByApi(reply.failure, api.baseUrl));
  const { paint, symbols } = context.style;
  if (context.json) context.printJson(reply.value);
  else if (reply.value.wasThere) context.print(`${paint('good', symbols.done)} ${key} is forgotten.`);
  else context.print(`Nothing was remembered under ${key}.`);
  return EXIT.ok;
}
