import type { CommandContext, DefineCommand } from '../command-context.ts';
import { wouldBe } from '../context/act-on-track.ts';
import { readDuration } from '../context/duration-option.ts';
import { type ScopeOptions, scopeOf, withScope } from '../context/gate-scope-options.ts';
import { readAll } from '../context/read-all.ts';
import { withNames } from '../context/with-names.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { approvalRuleLines } from '../output/gate-lines.ts';
import { refusedByApi } from '../refused.ts';

interface AddOptions extends ScopeOptions {
  readonly needs: string;
  readonly selfApproval?: boolean;
  readonly expires?: string;
}

/** `sluice approvers`: who has to approve releases, whatever their files say. */
export const approvers: DefineCommand = (command, run) => {
  command
    .description(
      'Shows and declares who has to approve releases, whatever their files say. A sluice.yaml may demand more, and never less.',
    )
    .usage('<verb> [options]')
    .addHelpText(
      'after',
      '\nExamples:\n  $ sluice approvers list\n' +
        '  $ sluice approvers add four-eyes --needs "1 of approver" --env production\n' +
        '  $ sluice approvers remove four-eyes',
    );
  command
    .command('list')
    .summary('list the rules')
    .description('Lists who has to approve releases, whatever their files say.')
    .addHelpText('after', '\nExample:\n  $ sluice approvers list')
    .action(() => run(list));
  withScope(
    command
      .command('add')
      .summary('demand approvals, or change what is demanded')
      .description('Demands approvals of the releases that are asked for from now on.')
      .argument('<name>', 'name of the rule'),
  )
    .requiredOption('--needs <rule>', 'how many of whom: "2 of managers or sre", or 1 of whoever may approve')
    .option('--self-approval', 'people may approve what they asked for themselves')
    .option('--expires <duration>', 'after how long an approval counts no more (default: 7d)')
    .addHelpText(
      'after',
      '\nExample:\n  $ sluice approvers add four-eyes --needs "1 of approver" --env production',
    )
    .action((name: string, options: AddOptions) => run((context) => add(context, name, options)));
  command
    .command('remove')
    .summary('demand them no more')
    .description('Removes a rule; releases that wait for its approvals go on waiting.')
    .argument('<name>', 'name of the rule')
    .addHelpText('after', '\nExample:\n  $ sluice approvers remove four-eyes')
    .action((name: string) => run((context) => remove(context, name)));
};

async function list(context: CommandContext): Promise<ExitCode> {
  const all = await readAll(context, (api, page) => api.approvalRules(page));
  if (!all.ok) return context.refuse(all.refused);
  if (context.json) context.printJson({ items: all.value });
  else context.print(approvalRuleLines(await withNames(context, all.value), context.space()));
  return EXIT.ok;
}

async function add(context: CommandContext, name: string, options: AddOptions): Promise<ExitCode> {
  const expires = options.expires === undefined ? null : readDuration(options.expires, '--expires');
  if (expires && !expires.ok) return context.refuse(expires.refused);
  if (context.dryRun) return wouldBe(context, `demand ${options.needs} of releases, as ${name}`);
  const api = await context.api();
  const reply = await api.putApprovalRule(name, {
    ...{ approvers: options.needs, scope: scopeOf(options), by: context.world.userName },
    ...(options.selfApproval && { selfApproval: 'allowed' as const }),
    ...(expires && { expiresMs: expires.value }),
  });
  if (!reply.ok) return context.refuse(refusedByApi(reply.failure, api.baseUrl));
  if (context.json) context.printJson(reply.value);
  else context.print(approvalRuleLines([reply.value], context.space()));
  return EXIT.ok;
}

async function remove(context: CommandContext, name: string): Promise<ExitCode> {
  if (context.dryRun) return wouldBe(context, `remove the rule ${name}`);
  const api = await context.api();
  const reply = await api.removeApprovalRule(name, context.world.userName);
  if (!reply.ok) return context.refuse(refusedByApi(reply.failure, api.baseUrl));
  const { paint, symbols } = context.style;
  if (context.json) context.printJson(reply.value);
  else context.print(`${paint('good', symbols.done)} The rule ${name} is removed.`);
  return EXIT.ok;
}
