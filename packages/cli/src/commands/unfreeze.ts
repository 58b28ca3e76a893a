import type { CommandContext, DefineCommand } from '../command-context.ts';
import { wouldBe } from '../context/act-on-track.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { refusedByApi } from '../refused.ts';

/** `sluice unfreeze`: lift a freeze. */
export const unfreeze: DefineCommand = (command, run) => {
  command
    .description('Lifts a freeze; what waited for its end goes on by itself.')
    .argument('<name>', 'name of the freeze, as `sluice freezes` shows it')
    .option('--system', 'one of every organisation; for whoever runs the control plane')
    .addHelpText('after', '\nExample:\n  $ sluice unfreeze christmas')
    .action((name: string, { system = false }: { readonly system?: boolean }) =>
      run((context) => lift(context, name, system)),
    );
};

async function lift(context: CommandContext, name: string, system: boolean): Promise<ExitCode> {
  if (context.dryRun) return wouldBe(context, `lift the freeze ${name}`);
  const api = await context.api();
  const reply = await api.liftFreeze(name, { by: context.world.userName, system });
  if (!reply.ok) return context.refuse(refusedByApi(reply.failure, api.baseUrl));
  const { paint, symbols } = context.style;
  if (context.json) context.printJson(reply.value);
  else context.print(`${paint('good', symbols.done)} The freeze ${name} is lifted.`);
  return EXIT.ok;
}
