import { toolCallStateSchema, type ToolCallStateView } from '@sluice/protocol/http/tools.ts';
import { Option } from 'commander';
import type { CommandContext, DefineCommand } from '../../command-context.ts';
import { wholeNumber } from '../../context/number-option.ts';
import { EXIT, type ExitCode } from '../../exit-codes.ts';
import { toolCallTable } from '../../output/tool-lines.ts';
import { refusedByApi } from '../../refused.ts';

interface CallsOptions {
  readonly task?: string;
  readonly track?: string;
  readonly tool?: string;
  readonly state?: ToolCallStateView;
  readonly limit: number;
}

const MOST = 200;

/** `sluice tools calls`: what agents called. */
export const listCalls: DefineCommand = (command, run) => {
  command
    .description('Lists the calls of tools, newest first, with those that were refused.')
    .option('--task <id>', 'only of this task')
    .option('--track <track>', 'only of the agents of application/environment/component')
    .option('--tool <name>', 'only of this tool')
    .addOption(new Option('--state <state>', 'only in this state').choices(toolCallStateSchema.options))
    .option('-n, --limit <count>', 'most calls to list', wholeNumber(1, MOST), 20)
    .addHelpText('after', '\nExample:\n  $ sluice tools calls --tool refund --state failed')
    .action((options: CallsOptions) => run((context) => list(context, options)));
};

async function list(context: CommandContext, { limit, ...filter }: CallsOptions): Promise<ExitCode> {
  const api = await context.api();
  const reply = await api.toolCalls({ ...filter, limit });
  if (!reply.ok) return context.refuse(refusedByApi(reply.failure, api.baseUrl));
  if (context.json) context.printJson(reply.value);
  else context.print(toolCallTable(reply.value.items, context.space()));
  return EXIT.ok;
}
