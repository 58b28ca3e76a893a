import type { CommandContext, DefineCommand } from '../command-context.ts';
import { wouldBe } from '../context/act-on-track.ts';
import { askApi } from '../context/ask-api.ts';
import { readAll } from '../context/read-all.ts';
import { type PlaceOptions, roleAt, withPlace } from '../context/role-options.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { bindingTable, memberTable, roleWords } from '../output/access-lines.ts';

/** `sluice members`: people, and which roles they and their groups have. */
export const members: DefineCommand = (command, run) => {
  command
    .description(
      'Shows who has signed in, and gives and takes roles. A role can be given before somebody has signed in: to ' +
        'person:ADDRESS, group:NAME (of the identity provider) or workload:NAME.',
    )
    .usage('<verb> [options]')
    .addHelpText(
      'after',
      '\nExamples:\n  $ sluice members bind person:ada@example.com operator\n' +
        '  $ sluice members bind group:shop-team developer --project shop\n  $ sluice members list',
    );
  command
    .command('list')
    .summary('list who has signed in, with their roles')
    .description('Lists who has signed in, with the roles of their own and of their groups.')
    .addHelpText('after', '\nExample:\n  $ sluice members list')
    .action(() => run(list));
  command
    .command('bindings')
    .summary('list who was given which role where')
    .description('Lists every role that was given to a person, a group or a workload.')
    .addHelpText('after', '\nExample:\n  $ sluice members bindings')
    .action(() =>
      run((context) =>
        askApi(
          context,
          (api) => api.bindings(),
          ({ items }) => bindingTable(items, context.space()),
        ),
      ),
    );
  withPlace(command.command('bind').summary('give somebody a role'))
    .description('Gives a person, a group or a workload a role. Nobody gives more than they have.')
    .argument('<subject>', 'person:ADDRESS, group:NAME or workload:NAME; an address alone is a person')
    .argument('<role>', 'ROLE, ROLE@PROJECT or ROLE@PROJECT/ENVIRONMENT')
    .addHelpText('after', '\nExample:\n  $ sluice members bind group:shop-team developer@shop/staging')
    .action((subject: string, role: string, place: PlaceOptions) =>
      run((context) => change(context, { verb: 'bind', subject: subjectOf(subject), role, place })),
    );
  withPlace(command.command('unbind').summary('take a role from somebody'))
    .description('Takes a role from somebody, exactly as it was given; not the last role admin.')
    .argument('<subject>', 'person:ADDRESS, group:NAME or workload:NAME; an address alone is a person')
    .argument('<role>', 'ROLE, ROLE@PROJECT or ROLE@PROJECT/ENVIRONMENT')
    .addHelpText('after', '\nExample:\n  $ sluice members unbind person:ada@example.com operator')
    .action((subject: string, role: string, place: PlaceOptions) =>
      run((context) => change(context, { verb: 'unbind', subject: subjectOf(subject), role, place })),
    );
  command
    .command('remove')
    .summary('remove somebody with their roles, sessions and personal tokens')
    .description(
      'Removes a member with their roles, sessions and personal tokens. Whom the identity provider still lets in comes back ' +
        'without a role.',
    )
    .argument('<subject>', 'person:ADDRESS')
    .addHelpText('after', '\nExample:\n  $ sluice members remove person:ada@example.com')
    .action((subject: string) => run((context) => remove(context, subjectOf(subject))));
};

const subjectOf = (text: string): string => (text.includes(':') ? text : `person:${text}`);

async function list(context: CommandContext): Promise<ExitCode> {
  const all = await readAll(context, (api, page) => api.members(page));
  if (!all.ok) return context.refuse(all.refused);
  if (context.json) context.printJson({ items: all.value });
  else context.print(memberTable(all.value, context.space()));
  return EXIT.ok;
}

interface Change {
  readonly verb: 'bind' | 'unbind';
  readonly subject: string;
  readonly role: string;
  readonly place: PlaceOptions;
}

async function change(context: CommandContext, { verb, subject, role, place }: Change): Promise<ExitCode> {
  const at = roleAt(role, place);
  const words = `${subject} the role ${roleWords(at)}`;
  if (context.dryRun) return wouldBe(context, verb === 'bind' ? `give ${words}` : `take from ${words}`);
  const { paint, symbols } = context.style;
  return verb === 'bind'
    ? askApi(
        context,
        (api) => api.bind({ subject, ...at }),
        () => `${paint('good', symbols.done)} ${subject} has the role ${roleWords(at)}.`,
      )
    : askApi(
        context,
        (api) => api.unbind({ subject, ...at }),
        () => `${paint('good', symbols.done)} ${subject} has no longer the role ${roleWords(at)}.`,
      );
}

async function remove(context: CommandContext, subject: string): Promise<ExitCode> {
  if (context.dryRun) return wouldBe(context, `remove ${subject}`);
  const { paint, symbols } = context.style;
  return askApi(
    context,
    (api) => api.removeMember(subject),
    () => `${paint('good', symbols.done)} ${subject} is removed, and signed out everywhere.`,
  );
}
