import type { CommandContext, DefineCommand } from '../../command-context.ts';
import { wouldBe } from '../../context/act-on-track.ts';
import { isAgentId, noAgentId } from '../../context/agent-id.ts';
import { EXIT, type ExitCode } from '../../exit-codes.ts';
import { refusedByApi } from '../../refused.ts';

/** `sluice agents remove`: forgets a registered agent. */
export const removeAgent: DefineCommand = (command, run) => {
  command
    .description(
      'Forgets a registered agent and its queue. It is refused while one of its tasks is open. Components of agents are not ' +
        'registered: their releases end them.',
    )
    .argument('<agent>', 'application/environment/component')
    .addHelpText('after', '\nExample:\n  $ sluice agents remove shop/production/research')
    .action((id: string) => run((context) => remove(context, id)));
};

async function remove(context: CommandContext, id: string): Promise<ExitCode> {
  if (!isAgentId(id)) return context.refuse(noAgentId(id).refused);
  if (context.dryRun) return wouldBe(context, `forget the agent ${id}`);
  const api = await context.api();
  const reply = await api.removeAgent(id);
  if (!reply.ok) return context.refuse(refusedByApi(reply.failure, api.baseUrl));
  const { paint, symbols } = context.style;
  if (context.json) context.printJson(reply.value);
  else
    context.print(`${paint('good', symbols.done)} The agent ${reply.value.id} is not registered any more.`);
  return EXIT.ok;
}
