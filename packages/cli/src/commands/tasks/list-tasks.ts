import { TASK_TABLE, type TaskState } from '@sluice/core/tasks/task-state.ts';
import { Option } from 'commander';
import type { CommandContext, DefineCommand } from '../../command-context.ts';
import { wholeNumber } from '../../context/number-option.ts';
import { type TargetOptions, findTaskTrack, withTarget } from '../../context/target.ts';
import { EXIT, type ExitCode } from '../../exit-codes.ts';
import { taskTable } from '../../output/task-lines.ts';
import { refusedByApi } from '../../refused.ts';

interface ListOptions extends TargetOptions {
  readonly state?: TaskState;
  readonly session?: string;
  readonly limit: number;
}

/** Most tasks that are listed at once. */
const MOST = 200;

/** `sluice tasks list`: the tasks of a component of agents. */
export const listTasks: DefineCommand = (command, run) => {
  withTarget(command.description('Lists the tasks of a component of agents, newest first.'))
    .addOption(new Option('--state <state>', 'only in this state').choices(Object.keys(TASK_TABLE)))
    .option('-s, --session <name>', 'only of this session')
    .option('-n, --limit <count>', 'most tasks to list', wholeNumber(1, MOST), 20)
    .addHelpText('after', '\nExample:\n  $ sluice tasks list shop/production/triage --state dead')
    .action((target: string | undefined, options: ListOptions) =>
      run((context) => list(context, target, options)),
    );
};

async function list(
  context: CommandContext,
  target: string | undefined,
  options: ListOptions,
): Promise<ExitCode> {
  const found = await findTaskTrack(context, target, options);
  if (!found.ok) return context.refuse(found.refused);
  const { state, session, limit } = options;
  const api = await context.api();
  const reply = await api.tasks(found.value.id, { state, session, limit });
  if (!reply.ok) return context.refuse(refusedByApi(reply.failure, api.baseUrl));
  if (context.json) context.printJson(reply.value);
  else context.print(taskTable(reply.value.items, context.space()));
  return EXIT.ok;
}
