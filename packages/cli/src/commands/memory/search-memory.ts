import type { CommandContext, DefineCommand } from '../../command-context.ts';
import { type PlaceOptions, placeIn, withPlace } from '../../context/memory-place.ts';
import { wholeNumber } from '../../context/number-option.ts';
import { EXIT, type ExitCode } from '../../exit-codes.ts';
import { valueWords } from '../../output/memory-lines.ts';
import { cutTo } from '../../output/text-width.ts';
import { refusedByApi } from '../../refused.ts';

interface SearchOptions extends PlaceOptions {
  readonly limit?: number;
}

/** `sluice memory search`: what is remembered by its words. */
export const searchMemory: DefineCommand = (command, run) => {
  withPlace(
    command
      .description(
        'Finds what is remembered by its words, the best first: "a phrase", -without, one or other.',
      )
      .argument('<text>', 'what to look for'),
  )
    .option('-n, --limit <number>', 'most that is found, 10 is usual', wholeNumber(1, 100))
    .addHelpText(
      'after',
      '\nExample:\n  $ sluice memory search "late delivery" --agent shop/production/triage',
    )
    .action((text: string, options: SearchOptions) => run((context) => search(context, text, options)));
};

async function search(context: CommandContext, text: string, options: SearchOptions): Promise<ExitCode> {
  const api = await context.api();
  const { limit } = options;
  const reply = await api.searchMemory({ text, ...placeIn(options), ...(limit !== undefined && { limit }) });
  if (!reply.ok) return context.refuse(refusedByApi(reply.failure, api.baseUrl));
  if (context.json) context.printJson(reply.value);
  else if (reply.value.items.length === 0) context.print('Nothing was found.');
  else {
    const { columns, style } = context.space();
    const lines = reply.value.items.map(
      ({ key, sequence, value }) => `${sequence > 0 ? `${key} ${sequence}` : key}  ${valueWords(value)}`,
    );
    context.print(lines.map((line) => cutTo(line, columns, style.symbols.more)));
  }
  return EXIT.ok;
}
