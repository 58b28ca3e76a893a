import type { CommandContext, DefineCommand } from '../../command-context.ts';
import { wouldBe } from '../../context/act-on-track.ts';
import { EXIT, type ExitCode } from '../../exit-codes.ts';
import { refusedByApi } from '../../refused.ts';

interface CancelOptions {
  readonly reason?: string;
}

/** `sluice workflows cancel`: ends what is open of a workflow. */
export const cancelWorkflow: DefineCommand = (command, run) => {
  command
    .description(
      'Ends what is open of a workflow; workers that have some of it are told to stop. What had succeeded is undone where the ' +
        'workflow asks for that.',
    )
    .argument('<id>', 'id of the workflow')
    .option('--reason <text>', 'why, for people')
    .addHelpText('after', '\nExample:\n  $ sluice workflows cancel 01936b2e-4c00-7000-8000-000000000001')
    .action((id: string, options: CancelOptions) => run((context) => cancel(context, id, options)));
};

async function cancel(context: CommandContext, id: string, { reason }: CancelOptions): Promise<ExitCode> {
  if (context.dryRun) return wouldBe(context, `cancel the workflow ${id}`);
  const api = await context.api();
  const reply = await api.cancelWorkflow(id, reason);
  if (!reply.ok) return context.refuse(refusedByApi(reply.failure, api.baseUrl));
  const { paint, symbols } = context.style;
  if (context.json) context.printJson(reply.value);
  else context.print(`${paint('good', symbols.done)} The workflow ${id} is being stopped.`);
  return EXIT.ok;
}
