import type { CommandContext, DefineCommand } from '../../command-context.ts';
import { type PlaceOptions, placeIn, withPlace } from '../../context/memory-place.ts';
import { readAll } from '../../context/read-all.ts';
import { EXIT, type ExitCode } from '../../exit-codes.ts';
import { valueWords } from '../../output/memory-lines.ts';
import { momentWords } from '../../output/words.ts';
import { refusedByApi } from '../../refused.ts';

/** `sluice memory get`: what is remembered under a key. */
export const getMemory: DefineCommand = (command, run) => {
  withPlace(
    command
      .description('Shows what is remembered under a key: its value as JSON, or its lines.')
      .argument('<key>', 'the key'),
  )
    .addHelpText('after', '\nExample:\n  $ sluice memory get tone --agent shop/production/triage')
    .action((key: string, options: PlaceOptions) => run((context) => get(context, key, options)));
};

async function get(context: CommandContext, key: string, options: PlaceOptions): Promise<ExitCode> {
  const api = await context.api();
  const place = placeIn(options);
  const reply = await api.memoryEntry(key, place);
  if (!reply.ok) return context.refuse(refusedByApi(reply.failure, api.baseUrl));
  if (reply.value.lines === 0) {
    if (context.json) context.printJson(reply.value);
    else context.print(JSON.stringify(reply.value.value, null, 2));
    return EXIT.ok;
  }
  const lines = await readAll(context, (client, page) => client.memoryLines(key, { ...place, ...page }));
  if (!lines.ok) return context.refuse(lines.refused);
  if (context.json) context.printJson({ ...reply.value, items: lines.value });
  else
    context.print(
      lines.value.map(({ sequence, at, value }) => `${sequence}  ${momentWords(at)}  ${valueWords(value)}`),
    );
  return EXIT.ok;
}
