import type { CommandContext, DefineCommand } from '../../command-context.ts';
import { wouldBe } from '../../context/act-on-track.ts';
import { type PlaceOptions, placeIn, withPlace } from '../../context/memory-place.ts';
import { readTaskInput } from '../../context/task-input.ts';
import { EXIT, type ExitCode } from '../../exit-codes.ts';
import { refusedByApi } from '../../refused.ts';

/** `sluice memory append`: adds a line to a key. */
export const appendMemory: DefineCommand = (command, run) => {
  withPlace(
    command
      .description('Adds a line to a key that holds lines, or to a new one; what was added is never changed.')
      .argument('<key>', 'the key')
      .argument('<value>', 'JSON, @file, or - for standard input'),
  )
    .addHelpText(
      'after',
      '\nExample:\n  $ sluice memory append notes \'"called back"\' --agent shop/production/triage',
    )
    .action((key: string, value: string, options: PlaceOptions) =>
      run((context) => append(context, { key, value }, options)),
    );
};

async function append(
  context: CommandContext,
  said: { readonly key: string; readonly value: string },
  options: PlaceOptions,
): Promise<ExitCode> {
  const value = await readTaskInput(context.world, said.value);
  if (!value.ok) return context.refuse(value.refused);
  if (context.dryRun) return wouldBe(context, `add a line to ${said.key}`);
  const api = await context.api();
  const reply = await api.appendMemory(said.key, placeIn(options), { value: value.value });
  if (!reply.ok) return context.refuse(refusedByApi(reply.failure, api.baseUrl));
  const { paint, symbols } = context.style;
  if (context.json) context.printJson(reply.value);
  else context.print(`${paint('good', symbols.done)} ${said.key} has line ${reply.value.lines} now.`);
  return EXIT.ok;
}
