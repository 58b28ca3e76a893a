import type { CommandContext, DefineCommand } from '../command-context.ts';
import { type TargetOptions, findTrack, withTarget } from '../context/target.ts';
import { withNames } from '../context/with-names.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { explanationLines } from '../output/explanation-lines.ts';

/** `sluice explain`: why it waits, what is known and what happens next. */
export const explain: DefineCommand = (command, run) => {
  withTarget(
    command.description(
      'Says in words what a rollout does, what it waits for, what is known about the candidate and what happens next.',
    ),
  )
    .addHelpText('after', '\nExample:\n  $ sluice explain shop/production/web')
    .action((target: string | undefined, options: TargetOptions) =>
      run((context) => explainTrack(context, target, options)),
    );
};

async function explainTrack(
  context: CommandContext,
  target: string | undefined,
  options: TargetOptions,
): Promise<ExitCode> {
  const found = await findTrack(context, target, options);
  if (!found.ok) return context.refuse(found.refused);
  const { id, explanation } = found.value;
  if (context.json) context.printJson({ track: id, ...explanation });
  else context.print(explanationLines(await withNames(context, found.value), context.space()));
  return EXIT.ok;
}
