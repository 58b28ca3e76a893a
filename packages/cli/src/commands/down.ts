import { existsSync } from 'node:fs';
import type { CommandContext, DefineCommand } from '../command-context.ts';
import { wouldBe } from '../context/act-on-track.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { withMachineLock } from '../machine/machine-lock.ts';
import { stopMachine, type Stopped } from '../machine/stop-machine.ts';

interface DownOptions {
  readonly keepProcesses?: boolean;
}

/** Where there is no directory, none is made. */
const NOTHING: Stopped = { server: false, host: false, database: false };

/** `sluice down`: stop what `up` started. */
export const down: DefineCommand = (command, run) => {
  command
    .description(
      'Stops the control plane, the host with everything it runs, and the embedded database. Nothing is deleted: the ' +
        'next `up` finds all as it was.',
    )
    .option('--keep-processes', 'leave the processes of revisions running; the next `up` adopts them')
    .addHelpText('after', '\nExample:\n  $ sluice down')
    .action((options: DownOptions) => run((context) => bringDown(context, options)));
};

async function bringDown(context: CommandContext, options: DownOptions): Promise<ExitCode> {
  const { directory, style } = context;
  const keepProcesses = options.keepProcesses === true;
  if (context.dryRun) return wouldBe(context, `stop what runs from ${directory}`);
  const stopped = existsSync(directory)
    ? await withMachineLock(directory, () => stopMachine({ directory, keepProcesses }))
    : NOTHING;
  if (context.json) {
    context.printJson({ directory, ...stopped });
    return EXIT.ok;
  }
  const names = [
    ...(stopped.server ? ['control plane'] : []),
    ...(stopped.host ? [keepProcesses ? 'host (its processes run on)' : 'host and all it ran'] : []),
    ...(stopped.database ? ['embedded database'] : []),
  ];
  if (names.length === 0) context.print(`Nothing runs from ${directory}.`);
  else context.print(`${style.paint('good', style.symbols.done)} Stopped: ${names.join(', ')}.`);
  return EXIT.ok;
}
