import type { CommandContext, DefineCommand } from '../command-context.ts';
import { wouldBe } from '../context/act-on-track.ts';
import { askApi } from '../context/ask-api.ts';
import { readAll } from '../context/read-all.ts';
import { type RoleOptions, rolesIn, withRoles } from '../context/role-options.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { newTokenLines, tokenTable } from '../output/access-lines.ts';
import { type Outcome, refusal } from '../refused.ts';

interface CreateOptions extends RoleOptions {
  readonly expires: string;
}

interface ListOptions {
  readonly workers?: boolean;
}

/** `sluice token`: what programs are let in with. */
export const token: DefineCommand = (command, run) => {
  command
    .description(
      'Creates, lists and revokes tokens, with which programs are let in. A token is shown once and kept as a digest; nobody ' +
        'gives one more than they may themselves.',
    )
    .usage('<verb> [options]')
    .addHelpText(
      'after',
      '\nExamples:\n  $ sluice token create ci --role developer@shop/staging --expires 30d\n  $ sluice token list\n' +
        '  $ sluice token revoke ci',
    );
  withRoles(
    command
      .command('create')
      .summary('make a token and show it once')
      .description(
        'Makes a token and prints it, alone on the first line. Keep it where secrets are kept: it cannot be shown again.',
      )
      .argument('<name>', 'how it is called in lists and in the ledger'),
  )
    .option('--expires <days>', 'for how long: 30d, or never (for administrators)', '90d')
    .addHelpText('after', '\nExample:\n  $ sluice token create ci --role developer --project shop')
    .action((name: string, options: CreateOptions) => run((context) => create(context, name, options)));
  command
    .command('list')
    .summary('list tokens: your own, or with access:read all')
    .description('Lists the tokens that are not revoked: your own, and for whoever may see them, all.')
    .option('--workers', 'those that workers were given and that are good, instead of all others')
    .addHelpText('after', '\nExamples:\n  $ sluice token list\n  $ sluice token list --workers')
    .action((options: ListOptions) => run((context) => list(context, options)));
  command
    .command('revoke')
    .summary('make a token useless at once')
    .description('Revokes a token by its name or its id: one of your own, or for administrators any.')
    .argument('<token>', 'name or id')
    .addHelpText('after', '\nExample:\n  $ sluice token revoke ci')
    .action((named: string) => run((context) => revoke(context, named)));
};

async function create(context: CommandContext, name: string, options: CreateOptions): Promise<ExitCode> {
  const roles = rolesIn(options);
  if (!roles.ok) return context.refuse(roles.refused);
  const expires = daysIn(options.expires);
  if (!expires.ok) return context.refuse(expires.refused);
  if (context.dryRun) return wouldBe(context, `make the token ${name}`);
  const request = { name, roles: roles.value, expiresInDays: expires.value };
  return askApi(context, (api) => api.createToken(request), newTokenLines);
}

function daysIn(text: string): Outcome<number | null> {
  if (text === 'never') return { ok: true, value: null };
  const [, days] = /^(\d{1,3})d?$/.exec(text) ?? [];
  if (days !== undefined && Number(days) >= 1 && Number(days) <= 366)
    return { ok: true, value: Number(days) };
  return refusal(EXIT.refusedInput, 'usage', {
    detail: `\`--expires ${text}\` is no number of days.`,
    remedy: 'Write 1d to 366d, or never.',
  });
}

async function list(context: CommandContext, { workers = false }: ListOptions): Promise<ExitCode> {
  const all = await readAll(context, (api, page) => api.tokens({ ...page, workers }));
  if (!all.ok) return context.refuse(all.refused);
  if (context.json) context.printJson({ items: all.value });
  else context.print(tokenTable(all.value, context.space()));
  return EXIT.ok;
}

async function revoke(context: CommandContext, named: string): Promise<ExitCode> {
  if (context.dryRun) return wouldBe(context, `revoke the token ${named}`);
  const { paint, symbols } = context.style;
  return askApi(
    context,
    (api) => api.revokeToken(named),
    ({ name }) => `${paint('good', symbols.done)} The token ${name} lets nobody in any more.`,
  );
}
