import type { CommandContext, DefineCommand } from '../../command-context.ts';
import { EXIT, type ExitCode } from '../../exit-codes.ts';
import { taskLines } from '../../output/task-lines.ts';
import { refusedByApi } from '../../refused.ts';

/** `sluice tasks show`: one task with its input and its result. */
export const showTask: DefineCommand = (command, run) => {
  command
    .description('Shows a task: where it stands, what it was given, and what came of it.')
    .argument('<id>', 'id of the task')
    .addHelpText('after', '\nExample:\n  $ sluice tasks show 01936b2e-4c00-7000-8000-000000000001')
    .action((id: string) => run((context) => show(context, id)));
};

async function show(context: CommandContext, id: string): Promise<ExitCode> {
  const api = await context.api();
  const reply = await api.task(id);
  if (!reply.ok) return context.refuse(refusedByApi(reply.failure, api.baseUrl));
  if (context.json) context.printJson(reply.value);
  else context.print(taskLines(reply.value, context.space()));
  return EXIT.ok;
}
