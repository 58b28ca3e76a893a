import { isPermission, PERMISSIONS } from '@sluice/core/access/permissions.ts';
import type { CommandContext, DefineCommand } from '../command-context.ts';
import { wouldBe } from '../context/act-on-track.ts';
import { askApi } from '../context/ask-api.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { roleLines } from '../output/access-lines.ts';
import { refusal } from '../refused.ts';

/** `sluice roles`: what roles allow. */
export const roles: DefineCommand = (command, run) => {
  command
    .description('Shows what each role allows, and makes and removes roles of your own.')
    .usage('<verb> [options]')
    .addHelpText(
      'after',
      '\nExamples:\n  $ sluice roles list\n  $ sluice roles put on-call delivery:read delivery:steer',
    );
  command
    .command('list')
    .summary('list the roles, and what each allows')
    .description('Lists the built-in roles and your own, and what each allows.')
    .addHelpText('after', '\nExample:\n  $ sluice roles list')
    .action(() =>
      run((context) =>
        askApi(
          context,
          (api) => api.roles(),
          ({ items }) => roleLines(items, context.style),
        ),
      ),
    );
  command
    .command('put')
    .summary('make a role, or change what it allows')
    .description('Makes a role of your own, or changes what it allows to everybody who has it.')
    .argument('<role>', 'its name')
    .argument('<permissions...>', 'what it allows')
    .addHelpText('after', '\nExample:\n  $ sluice roles put on-call delivery:read delivery:steer audit:read')
    .action((name: string, permissions: readonly string[]) =>
      run((context) => put(context, name, permissions)),
    );
  command
    .command('remove')
    .summary('remove a role that nobody has')
    .description('Removes a role of your own that nobody has any more.')
    .argument('<role>', 'its name')
    .addHelpText('after', '\nExample:\n  $ sluice roles remove on-call')
    .action((name: string) => run((context) => remove(context, name)));
};

async function put(context: CommandContext, name: string, permissions: readonly string[]): Promise<ExitCode> {
  const unknown = permissions.find((permission) => !isPermission(permission));
  if (unknown !== undefined)
    return context.refuse(
      refusal(EXIT.refusedInput, 'unknown-permission', {
        detail: `There is no permission ${unknown}.`,
        remedy: `Take some of ${Object.keys(PERMISSIONS).join(', ')}.`,
      }).refused,
    );
  if (context.dryRun) return wouldBe(context, `make the role ${name} with ${permissions.join(', ')}`);
  return askApi(
    context,
    (api) => api.putRole(name, permissions),
    (role) => roleLines([role], context.style),
  );
}

async function remove(context: CommandContext, name: string): Promise<ExitCode> {
  if (context.dryRun) return wouldBe(context, `remove the role ${name}`);
  const { paint, symbols } = context.style;
  return askApi(
    context,
    (api) => api.removeRole(name),
    () => `${paint('good', symbols.done)} The role ${name} is removed.`,
  );
}
