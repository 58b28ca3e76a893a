import type { CommandContext, DefineCommand } from '../command-context.ts';
import { wouldBe } from '../context/act-on-track.ts';
import { type ScopeOptions, scopeOf, withScope } from '../context/gate-scope-options.ts';
import { readAll } from '../context/read-all.ts';
import { withNames } from '../context/with-names.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { windowLines } from '../output/gate-lines.ts';
import { refusal, refusedByApi } from '../refused.ts';

interface AddOptions extends ScopeOptions {
  readonly allow?: string;
  readonly deny?: string;
  readonly zone?: string;
  readonly letFinish?: boolean;
}

/** `sluice windows`: when releases go out. */
export const windows: DefineCommand = (command, run) => {
  command
    .description(
      'Shows and declares times of the week in which releases go out, or do not. Where any window allows, releases go out ' +
        'within those alone; never within one that denies. A sluice.yaml may declare windows of its own.',
    )
    .usage('<verb> [options]')
    .addHelpText(
      'after',
      '\nExamples:\n  $ sluice windows list\n' +
        '  $ sluice windows add office --allow "mon-fri 09:00-17:00" --zone Europe/Berlin --env production\n' +
        '  $ sluice windows remove office',
    );
  command
    .command('list')
    .summary('list windows')
    .description('Lists the windows that are declared for releases.')
    .addHelpText('after', '\nExample:\n  $ sluice windows list')
    .action(() => run(list));
  withScope(
    command
      .command('add')
      .summary('declare a window, or change one')
      .description('Declares a window; one of the same name is changed.')
      .argument('<name>', 'name of the window'),
  )
    .option('--allow <times>', 'releases go out within these times: "mon-fri 09:00-17:00"')
    .option('--deny <times>', 'nothing goes out within these times: "fri 12:00-24:00"')
    .option('--zone <name>', 'by whose clocks: Europe/Berlin; UTC without')
    .option('--let-finish', 'let what is under way finish outside of it')
    .addHelpText(
      'after',
      '\nExample:\n  $ sluice windows add friday --deny "fri 12:00-24:00" --env production',
    )
    .action((name: string, options: AddOptions) => run((context) => add(context, name, options)));
  command
    .command('remove')
    .summary('remove a window')
    .description('Removes a window.')
    .argument('<name>', 'name of the window')
    .addHelpText('after', '\nExample:\n  $ sluice windows remove friday')
    .action((name: string) => run((context) => remove(context, name)));
};

async function list(context: CommandContext): Promise<ExitCode> {
  const all = await readAll(context, (api, page) => api.windows(page));
  if (!all.ok) return context.refuse(all.refused);
  if (context.json) context.printJson({ items: all.value });
  else context.print(windowLines(await withNames(context, all.value), context.space()));
  return EXIT.ok;
}

async function add(context: CommandContext, name: string, options: AddOptions): Promise<ExitCode> {
  const { allow, deny, zone, letFinish } = options;
  const times = allow ?? deny;
  if (times === undefined || (allow !== undefined && deny !== undefined)) {
    const wrong = refusal(EXIT.refusedInput, 'allow-or-deny', {
      detail: 'A window either allows releases or denies them.',
      remedy: 'Give one of --allow and --deny, for example --allow "mon-fri 09:00-17:00".',
    });
    return context.refuse(wrong.refused);
  }
  if (context.dryRun) return wouldBe(context, `declare the window ${name}`);
  const api = await context.api();
  const reply = await api.putWindow(name, {
    ...{
      effect: allow === undefined ? ('deny' as const) : ('allow' as const),
      times,
      scope: scopeOf(options),
    },
    ...{ by: context.world.userName, underWay: letFinish ? ('finish' as const) : ('hold' as const) },
    ...(zone !== undefined && { zone }),
  });
  if (!reply.ok) return context.refuse(refusedByApi(reply.failure, api.baseUrl));
  if (context.json) context.printJson(reply.value);
  else context.print(windowLines([reply.value], context.space()));
  return EXIT.ok;
}

async function remove(context: CommandContext, name: string): Promise<ExitCode> {
  if (context.dryRun) return wouldBe(context, `remove the window ${name}`);
  const api = await context.api();
  const reply = await api.removeWindow(name, context.world.userName);
  if (!reply.ok) return context.refuse(refusedByApi(reply.failure, api.baseUrl));
  const { paint, symbols } = context.style;
  if (context.json) context.printJson(reply.value);
  else context.print(`${paint('good', symbols.done)} The window ${name} is removed.`);
  return EXIT.ok;
}
