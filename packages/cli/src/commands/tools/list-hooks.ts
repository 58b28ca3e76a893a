import type { CommandContext, DefineCommand } from '../../command-context.ts';
import { wholeNumber } from '../../context/number-option.ts';
import { EXIT, type ExitCode } from '../../exit-codes.ts';
import { hookTable } from '../../output/tool-lines.ts';
import { refusedByApi } from '../../refused.ts';

interface HooksOptions {
  readonly task?: string;
  readonly track?: string;
  readonly limit: number;
}

const MOST = 200;

/** `sluice tools hooks`: what hooks said. */
export const listHooks: DefineCommand = (command, run) => {
  command
    .description('Lists what hooks said, newest first: what they allowed and forbade, and where they failed.')
    .option('--task <id>', 'only of this task')
    .option('--track <track>', 'only of the agents of application/environment/component')
    .option('-n, --limit <count>', 'most to list', wholeNumber(1, MOST), 20)
    .addHelpText('after', '\nExample:\n  $ sluice tools hooks --track shop/production/orders')
    .action((options: HooksOptions) => run((context) => list(context, options)));
};

async function list(context: CommandContext, { limit, ...filter }: HooksOptions): Promise<ExitCode> {
  const api = await context.api();
  const reply = await api.hookFirings({ ...filter, limit });
  if (!reply.ok) return context.refuse(refusedByApi(reply.failure, api.baseUrl));
  if (context.json) context.printJson(reply.value);
  else context.print(hookTable(reply.value.items, context.space()));
  return EXIT.ok;
}
