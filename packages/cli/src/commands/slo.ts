import type { ErrorBudgetView } from '@sluice/protocol/http/gate-rules.ts';
import type { CommandContext, DefineCommand } from '../command-context.ts';
import { type TargetOptions, findTracks, withTarget } from '../context/target.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { budgetLines } from '../output/gate-lines.ts';
import { refusedByApi } from '../refused.ts';

/** `sluice slo`: how error budgets stand. */
export const slo: DefineCommand = (command, run) => {
  withTarget(
    command.description(
      'Shows how much is left of the error budgets that files declare, how fast they go, and whether releases wait for them.',
    ),
  )
    .addHelpText('after', '\nExample:\n  $ sluice slo shop/production')
    .action((target: string | undefined, options: TargetOptions) =>
      run((context) => show(context, target, options)),
    );
};

async function show(
  context: CommandContext,
  target: string | undefined,
  options: TargetOptions,
): Promise<ExitCode> {
  const found = await findTracks(context, target, options);
  if (!found.ok) return context.refuse(found.refused);
  const api = await context.api();
  const budgets: ErrorBudgetView[] = [];
  for (const { id } of found.value) {
    const reply = await api.errorBudget(id);
    if (reply.ok) budgets.push(reply.value);
    else if (reply.failure.kind !== 'refused' || reply.failure.problem.status !== 404)
      return context.refuse(refusedByApi(reply.failure, api.baseUrl));
  }
  if (context.json) context.printJson({ items: budgets });
  else context.print(budgetLines(budgets, context.space()));
  return EXIT.ok;
}
