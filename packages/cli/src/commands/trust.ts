import type { CommandContext, DefineCommand } from '../command-context.ts';
import { wouldBe } from '../context/act-on-track.ts';
import { askApi } from '../context/ask-api.ts';
import { type RoleOptions, rolesIn, withRoles } from '../context/role-options.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { trustTable } from '../output/access-lines.ts';
import { type Outcome, refusal } from '../refused.ts';

interface AddOptions extends RoleOptions {
  readonly issuer: string;
  readonly audience: string;
  readonly claim?: readonly string[];
}

/** `sluice trust`: CI jobs that are let in without a stored secret. */
export const trust: DefineCommand = (command, run) => {
  command
    .description(
      'Lets the jobs of a CI system in by the ID tokens that it gives them, so that no secret is stored there. A job says ' +
        '`sluice login --workload` and acts for 15 minutes as workload:NAME.',
    )
    .usage('<verb> [options]')
    .addHelpText('after', EXAMPLE);
  withRoles(
    command
      .command('add')
      .summary('let the jobs of an issuer in')
      .description(
        'Lets jobs in whose ID tokens come from an issuer, are for an audience and say what they have to. All claims must fit.',
      )
      .argument('<name>', 'how they are called: workload:NAME')
      .requiredOption('--issuer <url>', 'as it calls itself in its tokens')
      .requiredOption('--audience <text>', 'for whom the tokens have to be')
      .option(
        '--claim <claim=value>',
        'what the tokens have to say; `*` stands for anything; can be given more than once',
        (text: string, before: readonly string[] | undefined) => [...(before ?? []), text],
      ),
  )
    .addHelpText('after', EXAMPLE)
    .action((name: string, options: AddOptions) => run((context) => add(context, name, options)));
  command
    .command('list')
    .summary('list whose jobs are let in')
    .description('Lists whose jobs are let in, and with which roles.')
    .addHelpText('after', '\nExample:\n  $ sluice trust list')
    .action(() =>
      run((context) =>
        askApi(
          context,
          (api) => api.trusts(),
          ({ items }) => trustTable(items, context.space()),
        ),
      ),
    );
  command
    .command('remove')
    .summary('let them in no more')
    .description('Lets these jobs in no more, and revokes the tokens that they have.')
    .argument('<name>', 'how it is called')
    .addHelpText('after', '\nExample:\n  $ sluice trust remove github')
    .action((name: string) => run((context) => remove(context, name)));
};

const EXAMPLE =
  '\nExample:\n  $ sluice trust add github --issuer https://token.actions.githubusercontent.com --audience sluice \\\n' +
  '      --claim repository=acme/shop --claim ref=refs/heads/main --role developer --project shop --env staging';

async function add(context: CommandContext, name: string, options: AddOptions): Promise<ExitCode> {
  const roles = rolesIn(options);
  if (!roles.ok) return context.refuse(roles.refused);
  const claims = claimsIn(options.claim ?? []);
  if (!claims.ok) return context.refuse(claims.refused);
  if (context.dryRun) return wouldBe(context, `trust ${options.issuer} as workload:${name}`);
  const { issuer, audience } = options;
  const request = { issuer, audience, claims: claims.value, roles: [...roles.value] };
  return askApi(
    context,
    (api) => api.putTrust(name, request),
    (trusted) => trustTable([trusted], context.space()),
  );
}

function claimsIn(texts: readonly string[]): Outcome<Record<string, string>> {
  const pairs = texts.map(
    (text) => [text.slice(0, text.indexOf('=')), text.slice(text.indexOf('=') + 1)] as const,
  );
  if (pairs.length > 0 && texts.every((text) => /^[^=]+=.+$/.test(text)))
    return { ok: true, value: Object.fromEntries(pairs) };
  return refusal(EXIT.refusedInput, 'usage', {
    detail: 'It is not said which jobs are meant: a whole CI system is trusted by nobody.',
    remedy: 'Give at least one claim, for example `--claim repository=acme/shop`.',
  });
}

async function remove(context: CommandContext, name: string): Promise<ExitCode> {
  if (context.dryRun) return wouldBe(context, `trust ${name} no more`);
  const { paint, symbols } = context.style;
  return askApi(
    context,
    (api) => api.removeTrust(name),
    () => `${paint('good', symbols.done)} Jobs of ${name} are let in no more.`,
  );
}
