import { isPermission, PERMISSIONS } from '@sluice/core/access/permissions.ts';
import type { CommandContext, DefineCommand } from '../command-context.ts';
import { askApi } from '../context/ask-api.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { decisionLines } from '../output/access-lines.ts';
import { refusal, refusedByApi } from '../refused.ts';

interface Where {
  readonly project?: string;
  readonly application?: string;
  readonly env?: string;
}

/** `sluice can-i`: whether one may do something. */
export const canI: DefineCommand = (command, run) => {
  command
    .description(
      `Says whether you may do something, by which role, or what is missing. Ends with 0 when you may and with 6 when not. Without ` +
        `a place it is asked for the whole organisation. Permissions: ${Object.keys(PERMISSIONS).join(', ')}.`,
    )
    .argument('<permission>', 'what is to be done, for example delivery:release')
    .option('--project <name>', 'in this project')
    .option('--application <name>', 'on this application, in whichever project it is')
    .option('--env <name>', 'in this environment')
    .addHelpText(
      'after',
      '\nExample:\n  $ sluice can-i delivery:release --application storefront --env production',
    )
    .action((permission: string, where: Where) => run((context) => ask(context, permission, where)));
};

async function ask(context: CommandContext, permission: string, where: Where): Promise<ExitCode> {
  if (!isPermission(permission))
    return context.refuse(
      refusal(EXIT.refusedInput, 'unknown-permission', {
        detail: `There is no permission ${permission}.`,
        remedy: `Take one of ${Object.keys(PERMISSIONS).join(', ')}.`,
      }).refused,
    );
  const { project, application, env: environment } = where;
  const question = {
    permission,
    ...(project !== undefined && { project }),
    ...(application !== undefined && { application }),
    ...(environment !== undefined && { environment }),
  };
  const api = await context.api();
  const reply = await api.decide([question]);
  if (!reply.ok) return context.refuse(refusedByApi(reply.failure, api.baseUrl));
  const answered = await askApi(
    context,
    async () => reply,
    (answers) => decisionLines(answers, context.style),
  );
  return reply.value.decisions.every(({ allowed }) => allowed) ? answered : EXIT.refusedByState;
}
