import type { CommandContext, DefineCommand } from '../../command-context.ts';
import { wouldBe } from '../../context/act-on-track.ts';
import { readText } from '../../context/read-text.ts';
import { EXIT, type ExitCode } from '../../exit-codes.ts';
import { refusal, refusedByApi } from '../../refused.ts';

/** `sluice secrets set`: keeps a value; it is taken from a file or from standard input, as arguments are seen by others. */
export const setSecret: DefineCommand = (command, run) => {
  command
    .description(
      'Keeps a value encrypted, as a new version. It is read from standard input or from a file, and never from the command ' +
        'line, which others can see; a line break at its end is left out. What runs keeps the value that it has until it is ' +
        'started anew.',
    )
    .argument('<secret>', 'name of lower-case letters, digits, "-" and "."')
    .option('--from <file>', 'file that holds the value (default: standard input)')
    .addHelpText(
      'after',
      '\nExamples:\n  $ sluice secrets set shop-db < database-url\n  $ sluice secrets set shop-db --from database-url',
    )
    .action((name: string, options: { readonly from?: string }) =>
      run((context) => set(context, name, options.from ?? '-')),
    );
};

async function set(context: CommandContext, name: string, file: string): Promise<ExitCode> {
  const read = await readText(context, file);
  if (!read.ok) return context.refuse(read.refused);
  const value = read.value.replace(/\r?\n$/, '');
  if (value === '') return context.refuse(EMPTY.refused);
  if (context.dryRun) return wouldBe(context, `keep the secret ${name}`);
  const api = await context.api();
  const reply = await api.setSecret(name, { value, by: context.world.userName });
  if (!reply.ok) return context.refuse(refusedByApi(reply.failure, api.baseUrl));
  const { paint, symbols } = context.style;
  if (context.json) context.printJson(reply.value);
  else
    context.print([
      `${paint('good', symbols.done)} The secret ${name} is kept, version ${reply.value.version}.`,
      `A sluice.yaml refers to it: secrets: { VARIABLE: { secret: ${name} } }`,
    ]);
  return EXIT.ok;
}

const EMPTY = refusal(EXIT.refusedInput, 'empty-secret', {
  detail: 'The value is empty.',
  remedy: 'Give it on standard input, or with --from a file that holds it.',
});
