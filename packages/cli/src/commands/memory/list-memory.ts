import type { CommandContext, DefineCommand } from '../../command-context.ts';
import { type PlaceOptions, placeIn, withPlace } from '../../context/memory-place.ts';
import { readAll } from '../../context/read-all.ts';
import { EXIT, type ExitCode } from '../../exit-codes.ts';
import { memoryLines } from '../../output/memory-lines.ts';

interface ListOptions extends PlaceOptions {
  readonly prefix?: string;
}

/** `sluice memory list`: what is remembered in one place. */
export const listMemory: DefineCommand = (command, run) => {
  withPlace(
    command.description(
      'Lists what is remembered, in the order of the keys: of all agents where none is named.',
    ),
  )
    .option('--prefix <text>', 'only keys that begin so')
    .addHelpText('after', '\nExample:\n  $ sluice memory list --agent shop/production/triage --prefix user:')
    .action((options: ListOptions) => run((context) => list(context, options)));
};

async function list(context: CommandContext, options: ListOptions): Promise<ExitCode> {
  const { prefix = '' } = options;
  const all = await readAll(context, (api, page) => api.memory({ ...placeIn(options), prefix, ...page }));
  if (!all.ok) return context.refuse(all.refused);
  if (context.json) context.printJson({ items: all.value });
  else context.print(memoryLines(all.value, context.space()));
  return EXIT.ok;
}
