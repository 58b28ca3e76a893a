import { WORKFLOW_STATES, type WorkflowState } from '@sluice/core/tasks/workflow-state.ts';
import { Option } from 'commander';
import type { CommandContext, DefineCommand } from '../../command-context.ts';
import { wholeNumber } from '../../context/number-option.ts';
import { EXIT, type ExitCode } from '../../exit-codes.ts';
import { workflowTable } from '../../output/workflow-lines.ts';
import { refusedByApi } from '../../refused.ts';

interface ListOptions {
  readonly state?: WorkflowState;
  readonly limit: number;
}

/** Most workflows that are listed at once. */
const MOST = 200;

/** `sluice workflows list`: workflows, newest first. */
export const listWorkflows: DefineCommand = (command, run) => {
  command
    .description('Lists workflows, newest first; also those that began with a task which spawned others.')
    .addOption(new Option('--state <state>', 'only in this state').choices([...WORKFLOW_STATES]))
    .option('-n, --limit <count>', 'most workflows to list', wholeNumber(1, MOST), 20)
    .addHelpText('after', '\nExample:\n  $ sluice workflows list --state failed')
    .action((options: ListOptions) => run((context) => list(context, options)));
};

async function list(context: CommandContext, { state, limit }: ListOptions): Promise<ExitCode> {
  const api = await context.api();
  const reply = await api.workflows({ state, limit });
  if (!reply.ok) return context.refuse(refusedByApi(reply.failure, api.baseUrl));
  if (context.json) context.printJson(reply.value);
  else context.print(workflowTable(reply.value.items, context.space()));
  return EXIT.ok;
}
