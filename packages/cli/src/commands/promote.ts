import type { DefineCommand } from '../command-context.ts';
import { commandTrack } from '../context/act-on-track.ts';
import { type TargetOptions, withTarget } from '../context/target.ts';

interface PromoteOptions extends TargetOptions {
  readonly full?: boolean;
}

/** `sluice promote`: end the present wait, or with `--full` all of them. */
export const promote: DefineCommand = (command, run) => {
  withTarget(
    command.description(
      'Ends the present wait: gives the approval that is asked for, declares a hold or a judgement to be over. ' +
        'With --full the candidate becomes stable now, without the steps that are left.',
    ),
  )
    .option('--full', 'make the candidate stable now')
    .addHelpText('after', '\nExample:\n  $ sluice promote shop/production/web')
    .action((target: string | undefined, options: PromoteOptions) =>
      run((context) =>
        commandTrack(context, { target, options, command: options.full ? 'promote-full' : 'promote' }),
      ),
    );
};
