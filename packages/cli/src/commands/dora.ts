import type { CommandContext, DefineCommand } from '../command-context.ts';
import { readPeriod } from '../context/past-period.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { doraTable } from '../output/audit-lines.ts';
import { refusedByApi } from '../refused.ts';

interface DoraOptions {
  readonly from: string;
  readonly to?: string;
  readonly project?: string;
  readonly env?: string;
}

/** `sluice dora`: how often, how fast, how well. */
export const dora: DefineCommand = (command, run) => {
  command
    .description(
      'Shows deployment frequency, lead time for changes, change failure rate and time to restore, per project and environment, ' +
        'as the ledger tells them. The guide on the ledger defines each.',
    )
    .option('--from <moment>', 'at or after: a day, a moment, or a span before now', '30d')
    .option('--to <moment>', 'before: a day, a moment, or a span before now; now without')
    .option('--project <name>', 'of this project alone')
    .option('-e, --env <name>', 'of this environment alone')
    .addHelpText('after', '\nExample:\n  $ sluice dora --from 90d --env production')
    .action((options: DoraOptions) => run((context) => show(context, options)));
};

async function show(context: CommandContext, { from, to, project, env }: DoraOptions): Promise<ExitCode> {
  const period = readPeriod({ from, to }, context.world.now());
  if (!period.ok) return context.refuse(period.refused);
  const api = await context.api();
  const reply = await api.dora({ ...period.value, project, environment: env });
  if (!reply.ok) return context.refuse(refusedByApi(reply.failure, api.baseUrl));
  if (context.json) context.printJson(reply.value);
  else context.print(doraTable(reply.value.items));
  return EXIT.ok;
}
