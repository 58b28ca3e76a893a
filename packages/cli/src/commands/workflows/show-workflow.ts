import type { CommandContext, DefineCommand } from '../../command-context.ts';
import { EXIT, type ExitCode } from '../../exit-codes.ts';
import { workflowLines } from '../../output/workflow-lines.ts';
import { refusedByApi } from '../../refused.ts';

/** `sluice workflows show`: one workflow with its tasks. */
export const showWorkflow: DefineCommand = (command, run) => {
  command
    .description('Shows a workflow: where it stands, and each of its tasks with what it waits for.')
    .argument('<id>', 'id of the workflow')
    .addHelpText('after', '\nExample:\n  $ sluice workflows show 01936b2e-4c00-7000-8000-000000000001')
    .action((id: string) => run((context) => show(context, id)));
};

async function show(context: CommandContext, id: string): Promise<ExitCode> {
  const api = await context.api();
  const reply = await api.workflow(id);
  if (!reply.ok) return context.refuse(refusedByApi(reply.failure, api.baseUrl));
  if (context.json) context.printJson(reply.value);
  else context.print(workflowLines(reply.value, context.space()));
  return EXIT.ok;
}
