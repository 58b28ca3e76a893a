import type { CommandContext, DefineCommand } from '../../command-context.ts';
import { wouldBe } from '../../context/act-on-track.ts';
import { EXIT, type ExitCode } from '../../exit-codes.ts';
import { refusedByApi } from '../../refused.ts';

/** `sluice tasks cancel`: ends a task for good. */
export const cancelTask: DefineCommand = (command, run) => {
  command
    .description('Ends a task for good; a worker that has it is told to stop.')
    .argument('<id>', 'id of the task')
    .addHelpText('after', '\nExample:\n  $ sluice tasks cancel 01936b2e-4c00-7000-8000-000000000001')
    .option('--reason <text>', 'why; it stands with the task')
    .action((id: string, { reason }: { readonly reason?: string }) =>
      run((context) => cancel(context, id, reason)),
    );
};

async function cancel(context: CommandContext, id: string, reason: string | undefined): Promise<ExitCode> {
  if (context.dryRun) return wouldBe(context, `cancel the task ${id}`);
  const api = await context.api();
  const reply = await api.cancelTask(id, { by: context.world.userName, reason });
  if (!reply.ok) return context.refuse(refusedByApi(reply.failure, api.baseUrl));
  const { paint, symbols } = context.style;
  if (context.json) context.printJson(reply.value);
  else context.print(`${paint('good', symbols.done)} The task ${id} is cancelled.`);
  return EXIT.ok;
}
