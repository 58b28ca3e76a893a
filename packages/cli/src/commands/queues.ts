import type { CommandContext, DefineCommand } from '../command-context.ts';
import { readAll } from '../context/read-all.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { queueLines } from '../output/queue-lines.ts';

/** `sluice queues`: what waits for agents. */
export const queues: DefineCommand = (command, run) => {
  command
    .description(
      'Shows for each revision of agents its share of new tasks, what waits, runs and is dead, and how many workers are ' +
        'connected to the server that answers. Counts may be some seconds old.',
    )
    .addHelpText('after', '\nExample:\n  $ sluice queues')
    .action(() => run(show));
};

async function show(context: CommandContext): Promise<ExitCode> {
  const all = await readAll(context, (api, page) => api.queues(page));
  if (!all.ok) return context.refuse(all.refused);
  if (context.json) context.printJson({ items: all.value });
  else context.print(queueLines(all.value, context.space()));
  return EXIT.ok;
}
