import type { CommandContext, DefineCommand } from '../../command-context.ts';
import { readAll } from '../../context/read-all.ts';
import { EXIT, type ExitCode } from '../../exit-codes.ts';
import { taskEventLine } from '../../output/task-event-lines.ts';
import { taskLines } from '../../output/task-lines.ts';
import { refusedByApi } from '../../refused.ts';

/** Of what was told, so many of the last events are shown; `--json` has all of them. */
const MOST_EVENTS = 50;

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
  const told = await readAll(context, (client, page) => client.taskEvents(id, page));
  if (!told.ok) return context.refuse(told.refused);
  if (context.json) context.printJson({ ...reply.value, events: told.value });
  else {
    const last = told.value.slice(-MOST_EVENTS);
    const lines = last.map((event) => taskEventLine(event, context.style));
    const title = context.style.paint('strong', 'told:');
    context.print([
      ...taskLines(reply.value, context.space()),
      ...(lines.length === 0 ? [] : [title, ...lines.map((line) => `  ${line}`)]),
    ]);
  }
  return EXIT.ok;
}
