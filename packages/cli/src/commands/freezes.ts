import type { CommandContext, DefineCommand } from '../command-context.ts';
import { readAll } from '../context/read-all.ts';
import { withNames } from '../context/with-names.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { freezeLines } from '../output/gate-lines.ts';

/** `sluice freezes`: what is frozen now, or will be. */
export const freezes: DefineCommand = (command, run) => {
  command
    .description('Lists the freezes that hold now, or will.')
    .addHelpText('after', '\nExample:\n  $ sluice freezes')
    .action(() => run(list));
};

async function list(context: CommandContext): Promise<ExitCode> {
  const all = await readAll(context, (api, page) => api.freezes(page));
  if (!all.ok) return context.refuse(all.refused);
  if (context.json) context.printJson({ items: all.value });
  else context.print(freezeLines(await withNames(context, all.value), context.space()));
  return EXIT.ok;
}
