import type { CommandContext, DefineCommand } from '../../command-context.ts';
import { readDuration } from '../../context/duration-option.ts';
import type { ExitCode } from '../../exit-codes.ts';
import { changePrinter, eventPrinter, watchTask } from '../../follow/watch-task.ts';
import { taskLines } from '../../output/task-lines.ts';

interface WatchOptions {
  readonly timeout: string;
}

/** `sluice tasks watch`: what becomes of a task, as it happens. */
export const followTask: DefineCommand = (command, run) => {
  command
    .description(
      'Follows a task until it has ended, a line for each change; ends with 0 when it succeeded and with 1 when it did not.',
    )
    .argument('<id>', 'id of the task')
    .option('--timeout <duration>', 'longest wait', '30m')
    .addHelpText(
      'after',
      '\nExample:\n  $ sluice tasks watch 01936b2e-4c00-7000-8000-000000000001 --timeout 5m',
    )
    .action((id: string, options: WatchOptions) => run((context) => watch(context, id, options)));
};

async function watch(context: CommandContext, id: string, options: WatchOptions): Promise<ExitCode> {
  const timeout = readDuration(options.timeout, '--timeout');
  if (!timeout.ok) return context.refuse(timeout.refused);
  const wish = { timeoutMs: timeout.value, show: changePrinter(context), told: eventPrinter(context) };
  const watched = await watchTask(context, id, wish);
  if (!watched.ok) return context.refuse(watched.refused);
  const { task, exitCode } = watched;
  if (!context.json && task.endedAt !== null) context.print(['', ...taskLines(task, context.space())]);
  return exitCode;
}
