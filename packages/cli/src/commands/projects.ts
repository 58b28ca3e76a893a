import type { CommandContext, DefineCommand } from '../command-context.ts';
import { wouldBe } from '../context/act-on-track.ts';
import { askApi } from '../context/ask-api.ts';
import type { ExitCode } from '../exit-codes.ts';
import { projectTable } from '../output/access-lines.ts';

/** `sluice projects`: applications that rights are given to together. */
export const projects: DefineCommand = (command, run) => {
  command
    .description(
      'Groups applications into projects, so that rights are given to them together. An application that was put nowhere is in ' +
        'the project default.',
    )
    .usage('<verb> [options]')
    .addHelpText(
      'after',
      '\nExamples:\n  $ sluice projects add shop\n  $ sluice projects move storefront shop',
    );
  command
    .command('list')
    .summary('list the projects with their applications')
    .description('Lists the projects of which you see anything, with their applications.')
    .addHelpText('after', '\nExample:\n  $ sluice projects list')
    .action(() =>
      run((context) =>
        askApi(
          context,
          (api) => api.projects(),
          ({ items }) => projectTable(items, context.space()),
        ),
      ),
    );
  command
    .command('add')
    .summary('make a project')
    .description('Makes a project, unless it is there already.')
    .argument('<project>', 'its name')
    .addHelpText('after', '\nExample:\n  $ sluice projects add shop')
    .action((project: string) => run((context) => add(context, project)));
  command
    .command('move')
    .summary('put an application into a project')
    .description(
      'Puts an application into a project. It needs delivery:release in all environments of both projects, or access:manage.',
    )
    .argument('<application>', 'which application')
    .argument('<project>', 'into which project')
    .addHelpText('after', '\nExample:\n  $ sluice projects move storefront shop')
    .action((application: string, project: string) => run((context) => move(context, application, project)));
  command
    .command('remove')
    .summary('remove a project that holds nothing')
    .description('Removes a project that holds no application any more.')
    .argument('<project>', 'its name')
    .addHelpText('after', '\nExample:\n  $ sluice projects remove shop')
    .action((project: string) => run((context) => remove(context, project)));
};

async function add(context: CommandContext, project: string): Promise<ExitCode> {
  if (context.dryRun) return wouldBe(context, `make the project ${project}`);
  return askApi(
    context,
    (api) => api.addProject(project),
    () => done(context, `The project ${project} is there.`),
  );
}

async function move(context: CommandContext, application: string, project: string): Promise<ExitCode> {
  if (context.dryRun) return wouldBe(context, `put ${application} into the project ${project}`);
  return askApi(
    context,
    (api) => api.moveApplication(application, project),
    () => done(context, `${application} is in the project ${project}.`),
  );
}

async function remove(context: CommandContext, project: string): Promise<ExitCode> {
  if (context.dryRun) return wouldBe(context, `remove the project ${project}`);
  return askApi(
    context,
    (api) => api.removeProject(project),
    () => done(context, `The project ${project} is removed.`),
  );
}

const done = ({ style: { paint, symbols } }: CommandContext, words: string): string =>
  `${paint('good', symbols.done)} ${words}`;
